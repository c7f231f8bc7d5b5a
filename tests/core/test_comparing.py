"""Two trees beside each other: what is shared, where they part first, and why, against sets of paths."""

from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, Settings, TokenTree
from eager_core.by_hand import HandBranch
from eager_core.comparing import compare
from eager_core.events import RunStarted
from tests.core.some_runs import any_settings, some_engines, some_settings
from tests.scripted_engine import ScriptedEngine, hashed_logprobs, scripted_logprobs


def run(engine, run_settings, seed=0, prompt="p", by_hand=(), num_steps=None):
    exploration = Exploration(engine, prompt, seed)
    steps = iter(range(num_steps if num_steps is not None else 10**9))
    list(exploration.run(run_settings, lambda: next(steps, None) is None, by_hand))
    return exploration.tree


def paths(tree):
    """Return the path of each node; the slow twin of all alignment."""
    return [tuple((step.token_id, step.text) for step in tree.path(node.id)) for node in tree.nodes()]


def shape(tree):
    """Return what two trees that are the same have alike: each sequence by its tokens and its end."""
    own = paths(tree)
    return sorted((own[s.leaf], s.finish_reason or "", s.parent_sequence is None) for s in tree.sequences), sorted(own)


@settings(max_examples=150, deadline=None)
@given(
    engine=some_engines,
    pair=st.tuples(st.one_of(any_settings, some_settings), st.one_of(any_settings, some_settings)),
    seeds=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    stops=st.tuples(st.none() | st.integers(0, 6), st.none() | st.integers(0, 6)),
)
def test_alignment_and_divergence_are_those_of_sets_of_paths(engine, pair, seeds, stops):
    a, b = (run(engine, asked, seed, num_steps=stop) for asked, seed, stop in zip(pair, seeds, stops, strict=True))
    compared = compare(a, b)
    of_a, of_b = paths(a), paths(b)
    both = set(of_a) & set(of_b)
    assert compared.alignment.shared_nodes_a == {node for node, path in enumerate(of_a) if path in both}
    assert compared.alignment.shared_nodes_b == {node for node, path in enumerate(of_b) if path in both}
    assert compared.alignment.pairs == {(of_a.index(path), of_b.index(path)) for path in both}
    assert (compared.divergence is None) == (shape(a) == shape(b))
    if compared.divergence is None:
        return
    where = compared.divergence
    assert of_a[where.node_a] == of_b[where.node_b] and len(of_a[where.node_a]) == where.depth
    if where.cause != "starts":
        apart = [path for path in both if after(a, of_a, path) != after(b, of_b, path)]
        assert of_a[where.node_a] in apart
        by_growth = min((len(path), first_through(a, of_a, path)) for path in apart)
        assert by_growth == (where.depth, where.sequence)


def after(tree, of_nodes, path):
    """Return the tokens that follow a path, and how sequences end at it."""
    follow = {own[-1] for own in of_nodes if own and own[:-1] == path}
    return follow, sorted(s.finish_reason or "" for s in tree.sequences if of_nodes[s.leaf] == path)


def first_through(tree, of_nodes, path):
    """Return the lowest sequence that passes a path; of samples that share it, the first."""
    return min(s.id for s in tree.sequences if of_nodes[s.leaf][: len(path)] == path)


@settings(max_examples=60, deadline=None)
@given(engine=some_engines, pair=st.tuples(any_settings, any_settings), seeds=st.tuples(st.just(0), st.integers(0, 1)))
def test_swapped_all_is_swapped(engine, pair, seeds):
    a, b = (run(engine, asked, seed) for asked, seed in zip(pair, seeds, strict=True))
    one, other = compare(a, b), compare(b, a)
    assert (one.ledger_a, one.ledger_b) == (other.ledger_b, other.ledger_a) == (a.ledger(), b.ledger())
    assert {name: (right, left) for name, (left, right) in one.settings.items()} == other.settings
    assert asdict(one.difference) == {name: pytest.approx(-value) for name, value in asdict(other.difference).items()}
    if one.divergence is not None:
        swapped = other.divergence
        assert (one.divergence.cause, one.divergence.node_a) == (swapped.cause, swapped.node_b)
        names = {"A": "B", "B": "A", "A's": "B's", "B's": "A's"}
        words = sorted(names.get(word.rstrip(",.:"), word) for word in one.sentence.split())
        assert len(words) == len(other.sentence.split())
    assert one.sentence.endswith(".") and one.sentence.count("\n") == 0 and ".." not in one.sentence


TORN = {3: 0.5, 4: 0.3, 5: 0.2}
ENGINE = ScriptedEngine(scripted_logprobs({(): TORN, (3,): {3: 0.6, 4: 0.4}, (4,): {6: 1.0}, (5,): {7: 1.0}}, 12))
HERE = Settings(theta=1.0, max_sequences=4, max_new_tokens=3, temperature=1.0, top_p=1.0)


@pytest.mark.parametrize(
    ("a", "b", "cause", "sentence"),
    [
        ({}, {}, None, "A and B are the same tree."),
        ({}, {"theta": 1.5}, "fork",
         "After the prompt, A forks and B does not: the entropy of 1.030 reaches A's threshold of 1.000 but not B's "
         "theta of 1.5."),
        ({"theta": 1.5}, {}, "fork",
         "After the prompt, B forks and A does not: the entropy of 1.030 reaches B's threshold of 1.000 but not A's "
         "theta of 1.5."),
        ({}, {"max_sequences": 1}, "fork",
         "After the prompt, A forks and B does not: B has all sequences that its M of 1 allows."),
        ({"theta": 0.6, "cap": "active"}, {"theta": 0.6, "cap": "active", "max_sequences": 2}, "fork",
         "After ' 3', A forks and B does not: B has all unfinished sequences that its M of 2 allows."),
        ({}, {"strategy": "greedy"}, "fork",
         "After the prompt, A forks and B does not: B's strategy, greedy, never forks."),
        ({"strategy": "parallel"}, {"strategy": "parallel", "max_sequences": 1}, "starts",
         "A begins 4 sequences at the prompt and B 1 sequence."),
        ({}, {"max_new_tokens": 1}, "end",
         "After ' 3', A goes on and B ends there at its length limit of 1 token."),
        ({}, {"measure": "top_2_margin"}, "fork",
         "After the prompt, A forks and B does not: the entropy of 1.030 reaches A's threshold of 1.000, while B's "
         "closeness of the top two does not reach B's theta of 1."),
    ],
)  # fmt: skip
def test_the_cause_in_one_sentence(a, b, cause, sentence):
    compared = compare(run(ENGINE, replace(HERE, **a)), run(ENGINE, replace(HERE, **b)))
    assert (compared.divergence and compared.divergence.cause) == cause
    assert compared.sentence == sentence


def test_with_what_the_model_said_the_other_measure_is_told_too():
    exploration = Exploration(ENGINE, "p")
    list(exploration.run(HERE))
    other = run(ENGINE, replace(HERE, measure="top_2_margin"))
    told = compare(exploration.tree, other, lambda node: exploration.knowledge.root.prediction if node == 0 else None)
    assert "B's closeness of the top two of 0.800 does not reach B's theta of 1." in told.sentence


def test_other_dice_other_temperature_and_a_person():
    calm = replace(HERE, theta=9.0, max_new_tokens=1)
    trees = [run(ENGINE, calm, seed) for seed in range(20)]
    other = next(tree for tree in trees if tree.node(1).token_id != trees[0].node(1).token_id)
    compared = compare(trees[0], other)
    dice = [tree.node(1).dice for tree in (trees[0], other)]
    seeds = f"(seeds 0 and {other.started.seed})"
    assert compared.sentence == (
        f"After the prompt, A goes on with '{trees[0].node(1).text}' and B with '{other.node(1).text}': the roll is "
        f"{dice[0]:.3f} in A and {dice[1]:.3f} in B {seeds}."
    )
    hot = next(seed for seed, tree in enumerate(trees) if tree.node(1).token_id == 5)
    compared = compare(run(ENGINE, replace(calm, temperature=0.1), hot), trees[hot])
    assert compared.sentence == (
        "After the prompt, A goes on with ' 3' and B with ' 5': the same roll lands there at temperature 0.1 and at "
        "temperature 1."
    )
    compared = compare(run(ENGINE, replace(calm, temperature=0), hot), trees[hot])
    assert compared.sentence.endswith("' 5': A takes the most likely token and B draws.")
    by_hand = run(ENGINE, calm, hot, by_hand=[HandBranch((), 4)])
    compared = compare(by_hand, trees[hot])
    assert compared.divergence.cause == "by_hand"
    assert compared.sentence == "After the prompt, A has a branch by hand with ' 4' that B does not have."


def test_what_is_empty_or_unfinished_or_of_another_prompt():
    whole, empty = run(ENGINE, HERE), TokenTree()
    assert compare(empty, TokenTree()).sentence == "Neither A nor B has begun."
    compared = compare(empty, whole)
    assert compared.divergence.cause == "empty" and compared.sentence.startswith("A has not begun")
    assert not compared.alignment.pairs and compared.difference.generated_tokens == whole.num_nodes - 1
    begun = TokenTree()
    begun.apply(RunStarted("scripted", "p", HERE, 0, prompt_digest=whole.started.prompt_digest))
    assert compare(begun, whole).sentence == "After the prompt, B goes on and A has not grown further yet."
    stopped = run(ENGINE, HERE, num_steps=1)
    assert compare(whole, stopped).sentence == "After ' 3', A goes on and B was stopped there."
    elsewhere = compare(whole, run(ENGINE, HERE, prompt="q"))
    assert elsewhere.divergence.cause == "prompt" and not elsewhere.alignment.shared_nodes_a
    assert elsewhere.sentence == "A and B have different prompts, so they share nothing."


def test_another_models_tokens_are_compared_by_what_they_read_as():
    class Other(ScriptedEngine):
        model_name = "other"

        def token_text(self, path, token_id):
            return " 3" if token_id == 8 else f" {token_id}x"

    other = Other(scripted_logprobs({(): {8: 0.9, 3: 0.1}, (8,): {3: 1.0}}, 12))
    a, b = run(ENGINE, replace(HERE, theta=9.0, temperature=0)), run(other, replace(HERE, theta=9.0, temperature=0))
    compared = compare(a, b)
    # Node 1 reads " 3" in both, under other ids; what follows shares an id, 3, and is another token.
    assert compared.alignment.pairs == {(0, 0), (1, 1)}
    assert compared.sentence == "After ' 3', A goes on with ' 3' and B with ' 3x' (A is of scripted, B of other)."
    assert compared.settings["model"] == ("scripted", "other")


def test_a_tree_that_grows_meanwhile_is_compared_as_it_stood():
    engine = ScriptedEngine(hashed_logprobs(60, eos_logit=-99.0))
    exploration = Exploration(engine, "p")
    whole = run(engine, Settings(theta=2.0, max_new_tokens=8))
    for _ in exploration.run(Settings(theta=2.0, max_new_tokens=8)):
        compared = compare(exploration.tree, whole)
        assert len(compared.alignment.places_a) == exploration.tree.num_nodes
    # What a run cost is no part of what it came to.
    assert compared.divergence is None and not any(
        value for name, value in asdict(compared.difference).items() if name != "seconds"
    )
