"""The other strategies against their plain twins, and worked by hand."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, Settings
from eager_core.settings import STRATEGIES
from eager_core.strategies import STRATEGY_OF_NAME
from tests.core.best_sequence import best_sequence
from tests.core.plain_strategies import drawn, plain_percentile, plain_reference
from tests.core.some_runs import some_engines
from tests.scripted_engine import EOS, ScriptedEngine, hashed_logprobs, scripted_logprobs


def grown(engine, run_settings: Settings, seed: int = 0):
    exploration = Exploration(engine, "ab", seed)
    list(exploration.run(run_settings))
    return exploration.tree


def path(tree, node_id: int) -> tuple[int, ...]:
    return tuple(node.token_id for node in tree.path(node_id))


def paths_and_forks(tree):
    sequences = {s.id: (path(tree, s.leaf), s.finish_reason) for s in tree.sequences}
    forks = [
        (fork.step, path(tree, fork.node), pytest.approx(fork.threshold), fork.sequence, fork.new_sequence)
        for fork in tree.forks
    ]
    return sequences, forks


def rules(tree) -> dict[tuple[int, ...], str]:
    return {path(tree, node.id): node.rule for node in tree.nodes() if node.id}


def test_every_name_has_a_class():
    assert tuple(STRATEGY_OF_NAME) == STRATEGIES


reference_settings = st.builds(
    Settings,
    strategy=st.just("reference"),
    theta=st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0]),
    max_sequences=st.integers(1, 12),
    temperature=st.sampled_from([0.0, 0.01, 0.6, 1.7]),
    top_p=st.sampled_from([0.3, 0.95, 1.0]),
    max_new_tokens=st.integers(1, 10),
    dynamic_threshold=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(engine=some_engines, run_settings=reference_settings, seed=st.integers(0, 99))
def test_reference_equals_its_plain_twin(engine, run_settings, seed):
    tree = grown(engine, run_settings, seed)
    assert paths_and_forks(tree) == plain_reference(engine.logprobs, [97, 98], run_settings, seed, EOS)


percentile_settings = st.builds(
    Settings,
    strategy=st.just("percentile"),
    max_sequences=st.integers(1, 40),
    max_new_tokens=st.integers(1, 8),
    percentile=st.sampled_from([0.0, 0.5, 0.8, 1.0]),
    num_candidate_branches=st.integers(2, 6),
)


@settings(max_examples=100, deadline=None)
@given(engine=some_engines, run_settings=percentile_settings)
def test_percentile_equals_its_plain_twin(engine, run_settings):
    tree = grown(engine, run_settings)
    assert paths_and_forks(tree) == plain_percentile(engine.logprobs, run_settings, EOS)


@settings(max_examples=60, deadline=None)
@given(engine=some_engines, num_samples=st.integers(1, 6), seed=st.integers(0, 9))
def test_parallel_samples_are_independent_dice_over_one_tree(engine, num_samples, seed):
    run_settings = Settings(strategy="parallel", max_sequences=num_samples, max_new_tokens=6)
    exploration = Exploration(engine, "ab", seed)
    list(exploration.run(run_settings))
    tree = exploration.tree
    for sequence in tree.sequences:
        tokens: tuple[int, ...] = ()
        while len(tokens) < 6 and tokens[-1:] != (EOS,):
            tokens += (drawn(engine.logprobs(tokens), [97, 98], run_settings, seed, tokens, stream=sequence.id),)
        assert path(tree, sequence.leaf) == tokens
    assert len(tree.sequences) == num_samples and not tree.forks
    # Every sample has nodes of its own, but no prefix was asked of the model twice.
    assert tree.ledger().reused_prefix_tokens == 0 and tree.ledger().saved_fraction == pytest.approx(0, abs=0.2)
    predicted = [node.index for node in exploration.knowledge._memory.predicted]
    assert len(predicted) == len(set(predicted))


def test_greedy_takes_the_most_probable_whatever_the_temperature():
    tree = grown(ScriptedEngine(hashed_logprobs(50)), Settings(strategy="greedy", temperature=2.0, max_new_tokens=9))
    assert len(tree.sequences) == 1
    assert {(node.rank, node.rule) for node in tree.nodes() if node.id} == {(1, "greedy")}


# Entropies: () 0.943, (1,) and (2,) 0.673, elsewhere 0; the end is never drawn before the third token.
TWO_FORKS = scripted_logprobs(
    {
        (): {1: 0.5, 2: 0.4, 3: 0.1},
        (1,): {4: 0.6, 5: 0.4},
        (2,): {6: 0.6, 7: 0.4},
        **{(a, b): {8: 1.0} for a, b in ((1, 4), (1, 5), (2, 6), (2, 7))},
    },
    vocabulary_size=30,
)


def by_hand(**changes) -> Settings:
    defaults = {"strategy": "reference", "theta": 0.6, "temperature": 0.0, "max_new_tokens": 3, "max_sequences": 4}
    return Settings(**{**defaults, **changes})


def test_reference_counts_a_step_as_the_authors_do():
    """After the first fork 2 are active. Sequence 0 is counted 2 + 0 and forks; then both its children count too, so
    sequence 1 sees 2 + 2 = 4, not less than M = 4, and is refused, although there are only 3 sequences."""
    tree = grown(ScriptedEngine(TWO_FORKS), by_hand(dynamic_threshold=False))
    assert [(fork.step, fork.sequence) for fork in tree.forks] == [(0, 0), (1, 0)]
    assert rules(tree)[(2, 6)] == "full"
    paper = grown(ScriptedEngine(TWO_FORKS), by_hand(strategy="paper"))
    assert [(fork.step, fork.sequence) for fork in paper.forks] == [(0, 0), (1, 0), (1, 1)]


def test_reference_raises_its_threshold_to_the_99th_percentile_of_what_it_saw():
    """The first fork's 0.943 counts twice, so the threshold of step 1 is 0.943, and 0.673 does not exceed it."""
    tree = grown(ScriptedEngine(TWO_FORKS), by_hand())
    assert [(fork.step, fork.threshold) for fork in tree.forks] == [(0, 0.6)]
    assert {rules(tree)[(1, 4)], rules(tree)[(2, 6)]} == {"greedy"}


def test_reference_needs_more_than_theta():
    exact = grown(ScriptedEngine(TWO_FORKS), by_hand()).forks[0].entropy
    assert not grown(ScriptedEngine(TWO_FORKS), by_hand(theta=exact)).forks
    assert grown(ScriptedEngine(TWO_FORKS), by_hand(theta=exact, strategy="paper")).forks


def test_reference_stops_looking_once_m_is_reached():
    tree = grown(ScriptedEngine(TWO_FORKS), by_hand(max_sequences=2))
    assert [fork.step for fork in tree.forks] == [0]
    assert {rule for route, rule in rules(tree).items() if len(route) > 1} == {"unmonitored"}


def test_reference_lets_a_drawn_end_pass():
    """At temperature 0 the most likely token is drawn; where that is the end, no fork is considered."""
    engine = ScriptedEngine(scripted_logprobs({(): {EOS: 0.5, 1: 0.4, 2: 0.1}}, 30))
    tree = grown(engine, by_hand())
    assert not tree.forks and rules(tree) == {(EOS,): "ended"}
    assert grown(engine, by_hand(strategy="paper")).forks


def test_reference_does_not_fork_after_the_thinking():
    class Thinking(ScriptedEngine):
        """Tokens 4 and 5 read as the two halves of the mark."""

        def token_text(self, path, token_id):
            return {4: "so. </thi", 5: "nk> 42"}.get(token_id, super().token_text(path, token_id))

    certain = {(): {4: 1.0}, (4,): {5: 1.0}}
    script = certain | {(4, 5): {1: 0.5, 2: 0.5}, (4, 5, 1): {1: 0.5, 2: 0.5}}
    run_settings = by_hand(max_new_tokens=4, dynamic_threshold=False)
    tree = grown(Thinking(scripted_logprobs(script, 30)), run_settings)
    assert not tree.forks
    assert [node.rule for node in tree.nodes()][1:] == ["greedy", "greedy", "guarded", "guarded"]
    assert grown(ScriptedEngine(scripted_logprobs(script, 30)), run_settings).forks


def test_reference_stops_looking_after_1000_steps_without_a_fork():
    script = {(1,) * n: ({1: 0.6, 2: 0.4} if n == 1000 else {1: 1.0}) for n in range(1002)}
    engine = ScriptedEngine(scripted_logprobs(script, 30))
    tree = grown(engine, by_hand(max_new_tokens=1002))
    assert not tree.forks
    rule_at = [node.rule for node in tree.nodes()][1:]
    assert rule_at == ["greedy"] * 1000 + ["unmonitored"] * 2
    # One quiet step less, and the fork is seen.
    script = {(1,) * n: ({1: 0.6, 2: 0.4} if n == 999 else {1: 1.0}) for n in range(1002)}
    tree = grown(ScriptedEngine(scripted_logprobs(script, 30)), by_hand(max_new_tokens=1002))
    assert [fork.step for fork in tree.forks] == [999]


def test_percentile_by_hand():
    """Before any history the threshold is 5 nats: no fork at the prompt (0.943). Its 80th percentile alone is 0.943,
    so (1,) with 1.386 forks into all its four tokens; M = 3 keeps the three most likely of them."""
    script = {
        (): {1: 0.5, 2: 0.4, 3: 0.1},
        (1,): {4: 0.26, 5: 0.25, 6: 0.25, 7: 0.24},
        **{(1, token): {8: 1.0} for token in (4, 5, 6, 7)},
    }
    engine = ScriptedEngine(scripted_logprobs(script, 30))
    tree = grown(engine, Settings(strategy="percentile", max_sequences=3, max_new_tokens=3))
    assert [(fork.step, fork.new_sequence, fork.second_token_id) for fork in tree.forks] == [
        (1, 1, 5), (1, 2, 6), (1, 3, 7),
    ]  # fmt: skip
    assert tree.forks[0].threshold == pytest.approx(0.943, abs=1e-3)
    assert [rules(tree)[(1, token)] for token in (4, 5, 6, 7)] == ["first", "second", "further", "further"]
    assert [sequence.finish_reason for sequence in tree.sequences] == ["length", "length", "length", "pruned"]
    assert best_sequence(tree).id == 0


def test_percentile_prunes_stubs_without_giving_up_their_places():
    """Two equally likely tokens everywhere: each step forks both kept paths and prunes two of the four, for ever."""
    engine = ScriptedEngine(hashed_logprobs(40, spread=0.1, eos_logit=-99.0))
    tree = grown(engine, Settings(strategy="percentile", percentile=0.0, max_sequences=2, max_new_tokens=30))
    reasons = Counter(sequence.finish_reason for sequence in tree.sequences)
    assert reasons["length"] == 2 and reasons["pruned"] > 10
    # Each stub was paid for, and no full sample is counted for it: this run cost more than two samples.
    ledger = tree.ledger()
    assert ledger.parallel_tokens == 2 * 30
    assert ledger.generated_tokens > ledger.parallel_tokens and ledger.saved_fraction < 0


def test_percentile_gives_fewer_children_with_each_fork():
    """min(4, 10 // (1 + forks)) is 4, 4, 3, 2, 2 and then 1, which is none; the entropies rise along the trunk."""
    shares = {(1,) * n: {1: 0.99 - 0.1 * n, 2: 0.04 * n, 3: 0.03 * n, 4: 0.02 * n, 5: 0.01 * n} for n in range(1, 8)}
    tree = grown(
        ScriptedEngine(scripted_logprobs({(): {1: 1.0}, **shares}, 30)),
        Settings(strategy="percentile", percentile=1.0, max_sequences=32, max_new_tokens=8),
    )
    trunk = tree.path(tree.sequences[0].leaf)
    assert [len(tree.children(node.id)) for node in trunk] == [4, 4, 3, 2, 2, 1, 1, 0]
    assert [node.rule for node in trunk] == ["greedy", *["first"] * 5, "spent", "spent"]
