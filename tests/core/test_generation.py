"""The loop against Algorithm 1 written plainly, and worked by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, Settings
from eager_core.events import Forked, NodeAdded
from tests.core.plain_eager import plain_eager_init
from tests.core.some_runs import some_engines, some_settings
from tests.scripted_engine import EOS, ScriptedEngine, hashed_logprobs, scripted_logprobs


@settings(max_examples=150, deadline=None)
@given(engine=some_engines, run_settings=some_settings, seed=st.integers(0, 99))
def test_equals_algorithm_1_written_plainly(engine, run_settings, seed):
    exploration = Exploration(engine, "ab", seed)
    events = list(exploration.run(run_settings))
    tree = exploration.tree
    done, forks = plain_eager_init(engine.logprobs, [97, 98], run_settings, seed, EOS)

    def path(node_id):
        return tuple(node.token_id for node in tree.path(node_id))

    assert {s.id: (path(s.leaf), s.finish_reason) for s in tree.sequences} == done
    assert [(fork.step, path(fork.node), fork.sequence, fork.new_sequence) for fork in tree.forks] == forks
    assert len([event for event in events if isinstance(event, NodeAdded)]) == tree.num_nodes - 1


# After the prompt tokens 1 and 2 are equally likely; then certain ways to the end.
BY_HAND = scripted_logprobs(
    {
        (): {1: 0.5, 2: 0.4, 3: 0.1},
        (1,): {4: 0.6, 5: 0.4},
        (2,): {6: 1.0},
        (1, 4): {7: 0.55, 8: 0.45},
        (1, 5): {EOS: 1.0},
        (2, 6): {7: 0.5, 8: 0.5},
    },
    vocabulary_size=30,
)


def test_by_hand():
    """Entropies: prompt 0.943, (1,) 0.673, (2,) 0, (1, 4) 0.688, (2, 6) 0.693; theta 0.68; M 3."""
    exploration = Exploration(ScriptedEngine(BY_HAND), "p")
    events = list(exploration.run(Settings(theta=0.68, max_sequences=3, temperature=0, max_new_tokens=3)))
    tree = exploration.tree
    assert [tree.text(sequence) for sequence in tree.sequences] == [" 1 4 7", " 2 6 7", " 1 4 8"]
    assert [sequence.parent_sequence for sequence in tree.sequences] == [None, 0, 0]
    assert [(fork.step, fork.sequence, fork.new_sequence) for fork in tree.forks] == [(0, 0, 1), (2, 0, 2)]
    assert [(fork.first_token_id, fork.second_token_id) for fork in tree.forks] == [(1, 2), (7, 8)]
    # (2, 6) is above theta too, but sequence 0 is handled first and takes the last place: M is full.
    rules = {tuple(node.token_id for node in tree.path(node.id)): node.rule for node in tree.nodes() if node.id}
    assert rules == {
        (1,): "first",
        (2,): "second",
        (1, 4): "greedy",
        (2, 6): "greedy",
        (1, 4, 7): "first",
        (1, 4, 8): "second",
        (2, 6, 7): "full",
    }
    # A fork is told before the two nodes it causes, the continuing sequence's first.
    at = [index for index, event in enumerate(events) if isinstance(event, Forked)][1]
    assert [(event.sequence, event.token_id) for event in events[at + 1 : at + 5 : 2]] == [(0, 7), (2, 8)]


def test_theta_is_reached_at_equality():
    engine = ScriptedEngine(BY_HAND)
    first = Exploration(engine, "p")
    list(first.run(Settings(theta=0.5, max_new_tokens=1)))
    exact = first.tree.forks[0].entropy
    second = Exploration(engine, "p")
    list(second.run(Settings(theta=exact, max_new_tokens=1)))
    assert len(second.tree.forks) == 1


def test_total_cap_counts_finished_sequences_and_active_cap_does_not():
    # Each fork ends one sequence at once and goes on with the other.
    script = {(1,) * n: {1: 0.5, EOS: 0.5} for n in range(9)}
    engine = ScriptedEngine(scripted_logprobs(script, 30))
    num_sequences = {}
    for cap in ("total", "active"):
        exploration = Exploration(engine, "p")
        list(exploration.run(Settings(theta=0.1, max_sequences=2, max_new_tokens=6, cap=cap, temperature=0)))
        num_sequences[cap] = len(exploration.tree.sequences)
    assert num_sequences["total"] == 2
    assert num_sequences["active"] > 2


def test_entropy_of_sampling_measures_at_the_temperature_of_the_draw():
    engine = ScriptedEngine(scripted_logprobs({(): {1: 0.6, 2: 0.4}}, 30))
    num_forks = []
    for entropy_of in ("model", "sampling"):
        exploration = Exploration(engine, "p")
        # At temperature 0.2 the shares are 0.88 and 0.12: 0.36 nats instead of 0.67.
        list(exploration.run(Settings(theta=0.5, temperature=0.2, entropy_of=entropy_of, max_new_tokens=1)))
        num_forks.append(len(exploration.tree.forks))
    assert num_forks == [1, 0]


def test_one_pass_a_step_one_position_a_token_and_no_prefix_twice():
    engine = ScriptedEngine(hashed_logprobs(50, eos_logit=-9.0))
    exploration = Exploration(engine, "p")
    list(exploration.run(Settings(theta=1.0, max_sequences=6, max_new_tokens=12)))
    memory = exploration.knowledge._memory
    predicted = [node.index for node in memory.predicted]
    assert len(predicted) == len(set(predicted))
    # The last token of a sequence needs no prediction; the prompt does.
    num_inner = sum(1 for node in exploration.tree.nodes() if exploration.tree.children(node.id))
    assert len(predicted) == num_inner
    assert memory.num_forward_passes == 12


def test_context_limits_the_length():
    engine = ScriptedEngine(hashed_logprobs(50, eos_logit=-99.0), context_length=7)
    exploration = Exploration(engine, "abc")
    list(exploration.run(Settings(max_new_tokens=100, max_sequences=1)))
    (sequence,) = exploration.tree.sequences
    assert exploration.tree.num_tokens(sequence) == 4 and sequence.finish_reason == "length"


@pytest.mark.parametrize("num_steps", [0, 1, 5])
def test_stop_keeps_the_partial_tree(num_steps):
    engine = ScriptedEngine(hashed_logprobs(50, eos_logit=-9.0))
    whole = Exploration(engine, "p")
    list(whole.run(Settings(theta=1.0, max_new_tokens=9)))
    stopped = Exploration(engine, "p")
    asked = iter(range(100))
    list(stopped.run(Settings(theta=1.0, max_new_tokens=9), should_stop=lambda: next(asked) == num_steps))
    assert stopped.tree.finished is not None
    assert {sequence.finish_reason for sequence in stopped.tree.sequences} == {"stopped"}
    assert {stopped.tree.num_tokens(sequence) for sequence in stopped.tree.sequences} == {num_steps}
    num_kept = stopped.tree.num_nodes
    assert list(stopped.tree.nodes()) == list(whole.tree.nodes())[:num_kept]
