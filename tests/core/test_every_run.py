"""What every run obeys, whatever the strategy, the settings and the model."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, ModelError, Settings
from eager_core.by_hand import HandBranch
from eager_core.settings import STRATEGIES
from eager_core.strategies.quantile import RunningQuantile
from tests.core.best_sequence import best_sequence
from tests.core.some_runs import any_settings, some_engines
from tests.scripted_engine import ScriptedEngine, hashed_logprobs


@settings(max_examples=150, deadline=None)
@given(
    engine=some_engines,
    run_settings=any_settings,
    seed=st.integers(0, 99),
    stop_at=st.integers(1, 30),
    by_hand=st.lists(st.tuples(st.lists(st.integers(0, 2), max_size=2), st.integers(0, 2)), max_size=3),
)
def test_what_every_run_obeys(engine, run_settings, seed, stop_at, by_hand):
    steps = iter(range(1000))
    exploration = Exploration(engine, "p", seed)
    branches = [HandBranch(tuple(path), token_id) for path, token_id in by_hand]
    list(exploration.run(run_settings, lambda: next(steps) >= stop_at, branches))
    tree = exploration.tree
    ended = [s for s in tree.sequences if s.finish_reason in ("eos", "length", "stopped")]
    # Something is always kept, and every sequence has ended.
    assert ended and all(sequence.finish_reason for sequence in tree.sequences)
    assert best_sequence(tree) in ended
    # Every node lies on a sequence, and leaves are told apart by their sequences.
    assert {n.id for s in tree.sequences for n in tree.path(s.leaf)} | {0} == {n.id for n in tree.nodes()}
    # Pruning makes room: it never leaves fewer than could be kept, nor more than may be.
    by_a_person = {s.id for s in tree.sequences if any(n.rule == "by_hand" for n in tree.path(s.leaf))}
    of_the_method = [sequence for sequence in ended if sequence.id not in by_a_person]
    assert of_the_method
    pruned = [sequence for sequence in tree.sequences if sequence.finish_reason == "pruned"]
    if pruned:
        assert run_settings.strategy == "percentile"
        assert len(of_the_method) >= min(run_settings.max_sequences, 32)
    elif run_settings.strategy != "percentile":
        assert len(of_the_method) <= run_settings.max_sequences
    # What nobody kept saves nothing: the same run without its stubs could only have cost less.
    ledger = tree.ledger()
    assert ledger.parallel_tokens <= max(run_settings.max_sequences, len(ended)) * run_settings.max_new_tokens
    kept_tokens = len({node.id for sequence in ended for node in tree.path(sequence.leaf)})
    assert kept_tokens + ledger.reused_prefix_tokens == sum(tree.num_tokens(s) for s in ended)


@pytest.mark.parametrize("max_sequences", [1, 8, 32])
def test_percentile_grows_to_the_length_limit(max_sequences):
    engine = ScriptedEngine(hashed_logprobs(60, eos_logit=-99.0))
    exploration = Exploration(engine, "p")
    list(exploration.run(Settings(strategy="percentile", max_sequences=max_sequences, max_new_tokens=40)))
    reasons = Counter(sequence.finish_reason for sequence in exploration.tree.sequences)
    assert reasons["length"] == max_sequences


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_model_that_computes_nan_ends_the_run_in_words(strategy):
    sound = hashed_logprobs(30, eos_logit=-99.0)
    engine = ScriptedEngine(lambda path: sound(path) * float("nan") if len(path) == 2 else sound(path))
    exploration = Exploration(engine, "p")
    with pytest.raises(ModelError, match=r"computes NaN after token 2 .* float32"):
        list(exploration.run(Settings(strategy=strategy, theta=100.0, max_sequences=1, max_new_tokens=5)))
    assert exploration.tree.num_nodes == 3


def test_a_measure_that_the_engine_cannot_tell_is_named():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(30)), "p")
    with pytest.raises(ModelError, match="does not tell the measure layer_divergence"):
        list(exploration.run(Settings(measure="layer_divergence")))


@settings(max_examples=200, deadline=None)
@given(
    numbers=st.lists(st.floats(0, 12, allow_subnormal=False) | st.sampled_from([0.0, 1.5]), min_size=1, max_size=60),
    share=st.sampled_from([0.0, 0.5, 0.8, 0.99, 1.0]) | st.floats(0, 1),
)
def test_the_running_quantile_is_the_one_of_the_sorted_numbers(numbers, share):
    """By its definition: at place (n - 1) * share of the sorted numbers, linearly between its neighbours."""
    running = RunningQuantile(share)
    for count, number in enumerate(numbers, start=1):
        running.add(number)
        ordered = sorted(numbers[:count])
        place = (count - 1) * share
        below, above = ordered[int(place)], ordered[min(int(place) + 1, count - 1)]
        assert running.value == pytest.approx(below + (above - below) * (place - int(place)), rel=1e-12, abs=1e-300)
        assert len(running) == count


def test_the_text_of_a_token_is_looked_up_at_the_end_of_its_path():
    """A path of 3,000 tokens: what is read of it per token does not grow with it."""
    looked_up = []

    class Counting(ScriptedEngine):
        def token_text(self, path, token_id):
            looked_up.append(list(path[-3:]))
            assert len(path) == len(looked_up) - 1
            return f" {token_id}"

    script = hashed_logprobs(5, eos_logit=-99.0)
    engine = Counting(lambda path: script(path[-2:]), context_length=10**6)
    exploration = Exploration(engine, "p")
    list(exploration.run(Settings(strategy="greedy", max_new_tokens=300)))
    (sequence,) = exploration.tree.sequences
    path = [node.token_id for node in exploration.tree.path(sequence.leaf)]
    assert looked_up == [path[max(0, end - 3) : end] for end in range(len(path))]
    known = exploration.knowledge.root
    for token_id in path:
        known = known.children[token_id]
    tokens = known.token_path
    assert list(tokens) == path and list(reversed(tokens)) == path[::-1] and tokens[:] == path
    assert (tokens[-1], tokens[0], tokens[-5:-2], tokens[2:9:3]) == (path[-1], path[0], path[-5:-2], path[2:9:3])
    with pytest.raises(IndexError):
        tokens[len(path)]
