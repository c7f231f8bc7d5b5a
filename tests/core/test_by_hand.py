"""Branches that a person adds leave the rest of the tree as it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, Settings, SettingsError
from eager_core.by_hand import HandBranch
from eager_core.traces import trace_from_json, trace_of, trace_to_json
from tests.core.some_runs import some_engines, some_settings
from tests.scripted_engine import ScriptedEngine, hashed_logprobs


def path_of(tree, node_id):
    return tuple(node.token_id for node in tree.path(node_id))


def paths(tree):
    """All nodes by path, with everything but their ids."""
    return {path_of(tree, node.id): (node.entropy, node.rank, node.dice, node.rule) for node in tree.nodes()}


@settings(max_examples=80, deadline=None)
@given(
    engine=some_engines,
    run_settings=some_settings,
    picks=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=4),
)
def test_only_the_asked_branches_are_added(engine, run_settings, picks):
    exploration = Exploration(engine, "p", 1)
    list(exploration.run(run_settings))
    plain = exploration.tree
    inner = [node.id for node in plain.nodes() if plain.children(node.id)]
    branches = []
    for pick, token in picks:
        node_id = inner[pick % len(inner)]
        branches.append(HandBranch(path_of(plain, node_id), 1 + token % (len(engine.logprobs(())) - 1)))
    list(exploration.run(run_settings, by_hand=branches))
    tree = exploration.tree
    for path, facts in paths(plain).items():
        assert paths(tree)[path] == facts
    by_hand = [node for node in tree.nodes() if node.rule == "by_hand"]
    asked = {(*branch.path, branch.token_id) for branch in branches}
    assert {path_of(tree, node.id) for node in by_hand} == asked - set(paths(plain))
    # What a person asked for draws on: no fork below it.
    for node in by_hand:
        below = [node.id]
        while below:
            children = tree.children(below.pop())
            assert len(children) <= 1
            below.extend(children)
    assert trace_from_json(trace_to_json(trace_of(tree))) == tree


def test_without_branches_nothing_is_said_of_them():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(30)), "p")
    list(exploration.run(Settings(max_new_tokens=3)))
    assert exploration.tree.started.by_hand == ()
    assert trace_of(exploration.tree)["by_hand"] == []


def test_a_branch_that_the_run_takes_anyway_changes_nothing():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(30, eos_logit=-9)), "p")
    run_settings = Settings(max_new_tokens=5, theta=1.0)
    list(exploration.run(run_settings))
    plain = exploration.tree
    taken = HandBranch((), plain.node(plain.children(0)[0]).token_id)
    list(exploration.run(run_settings, by_hand=[taken]))
    assert list(exploration.tree.nodes()) == list(plain.nodes())


def test_a_branch_by_hand_can_be_branched_again_and_samples_grow_it_once():
    engine = ScriptedEngine(hashed_logprobs(40, eos_logit=-99))
    for run_settings in (Settings(theta=9.0, max_new_tokens=6), Settings(strategy="parallel", max_sequences=4)):
        exploration = Exploration(engine, "p")
        first = HandBranch((), 7)
        list(exploration.run(run_settings, by_hand=[first]))
        (node,) = [node for node in exploration.tree.nodes() if node.rule == "by_hand"]
        below = exploration.tree.node(exploration.tree.children(node.id)[0])
        other = 8 if below.token_id == 9 else 9
        again = HandBranch(path_of(exploration.tree, below.id), other)
        list(exploration.run(run_settings, by_hand=[first, again]))
        by_hand = [path_of(exploration.tree, node.id) for node in exploration.tree.nodes() if node.rule == "by_hand"]
        assert by_hand == [(7,), (*again.path, other)]
        assert exploration.tree.ledger().saved_fraction >= 0


@pytest.mark.parametrize(
    ("branch", "named", "token_id"),
    [
        (HandBranch((), 30), ":30", 30),
        (HandBranch((), -1), ":-1", -1),
        (HandBranch((4, 999_999), 3), "4,999999:3", 999_999),
    ],
)
def test_a_token_that_the_model_has_not_is_refused_before_anything_begins(branch, named, token_id):
    exploration = Exploration(ScriptedEngine(hashed_logprobs(30)), "p")
    with pytest.raises(SettingsError) as refused:
        next(exploration.run(Settings(max_new_tokens=3), by_hand=[HandBranch((), 29), branch]))
    told = f"The branch {named} has token {token_id}, but this model's tokens are 0 to 29; "
    assert str(refused.value).startswith(told)
    assert exploration.tree.started is None
    list(exploration.run(Settings(max_new_tokens=3), by_hand=[HandBranch((), 29), HandBranch((0,), 0)]))
    assert exploration.tree.finished is not None
