"""Joint walks: each equals the walk alone, and no node is predicted twice."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, Settings, SettingsError, TokenTree
from tests.core.some_runs import any_settings, some_engines
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

THETAS = [round(0.1 * step, 1) for step in range(31)]


def comparable(tree):
    return list(tree.nodes()), tree.sequences, tree.forks


def swept(exploration, grid):
    trees = [TokenTree() for _ in grid]
    for walk, event in exploration.sweep(grid):
        trees[walk].apply(event)
    return trees


def alone(engine, run_settings, seed):
    exploration = Exploration(engine, "p", seed)
    list(exploration.run(run_settings))
    return exploration.tree


@settings(max_examples=100, deadline=None)
@given(engine=some_engines, grid=st.lists(any_settings, min_size=1, max_size=6), seed=st.integers(0, 9))
def test_a_walk_in_company_equals_the_walk_alone(engine, grid, seed):
    exploration = Exploration(engine, "p", seed)
    for tree, run_settings in zip(swept(exploration, grid), grid, strict=True):
        assert comparable(tree) == comparable(alone(engine, run_settings, seed))
        assert tree.started.settings == run_settings and tree.finished is not None
    predicted = [node.index for node in exploration.knowledge._memory.predicted]
    assert len(predicted) == len(set(predicted))


def test_a_whole_slider_takes_as_many_passes_as_one_run():
    engine = ScriptedEngine(hashed_logprobs(60, eos_logit=-99.0))
    exploration = Exploration(engine, "p")
    trees = swept(exploration, [Settings(theta=theta, max_new_tokens=12) for theta in THETAS])
    assert exploration.knowledge.num_forward_passes == 12
    assert {tree.finished.forward_passes for tree in trees} == {12}
    # Afterwards every place of the slider is known.
    for theta, tree in zip(THETAS, trees, strict=True):
        known = exploration.known_walk(Settings(theta=theta, max_new_tokens=12))
        assert known.is_whole and comparable(known.tree) == comparable(tree)
    assert exploration.knowledge.num_forward_passes == 12


@settings(max_examples=60, deadline=None)
@given(engine=some_engines, runs=st.lists(any_settings, max_size=3), asked=any_settings)
def test_a_known_walk_breaks_off_where_nothing_is_known(engine, runs, asked):
    exploration = Exploration(engine, "p")
    for run_settings in runs:
        list(exploration.run(run_settings))
    passes = exploration.knowledge.num_forward_passes
    known = exploration.known_walk(asked)
    assert exploration.knowledge.num_forward_passes == passes
    whole = alone(engine, asked, 0)
    assert list(known.tree.nodes()) == list(whole.nodes())[: known.tree.num_nodes]
    assert known.is_whole == (comparable(known.tree) == comparable(whole))
    list(exploration.run(asked))
    assert known.is_whole == (exploration.tree.finished.forward_passes == 0)
    unfinished = {s.leaf for s in known.tree.sequences if s.finish_reason is None}
    assert set(known.open_leaves) <= unfinished and bool(known.open_leaves) == bool(unfinished)


@settings(max_examples=150, deadline=None)
@given(engine=some_engines, run_settings=any_settings, thetas=st.lists(st.floats(0, 4), min_size=1, max_size=5))
def test_inside_its_interval_theta_changes_nothing_and_at_its_ends_it_does(engine, run_settings, thetas):
    """Tokens and forks are compared; the rule that names why a token did not fork may differ."""
    exploration = Exploration(engine, "p")

    def taken(theta):
        changed = Settings(**{**vars_of(run_settings), "theta": theta})
        list(exploration.run(changed))
        tree = exploration.tree
        forks = [(fork.node, fork.sequence, fork.new_sequence) for fork in tree.forks]
        return [node.token_id for node in tree.nodes()], forks

    here = taken(run_settings.theta)
    interval = exploration.known_walk(run_settings).theta_interval
    assert run_settings.theta in interval
    for theta in thetas:
        if theta in interval:
            assert taken(theta) == here
    for end in (interval.low, interval.high):
        for beyond in (math.nextafter(end, -math.inf), end, math.nextafter(end, math.inf)):
            if 0 < beyond < 100 and beyond not in interval:
                assert taken(beyond) != here


def vars_of(run_settings):
    return {name: getattr(run_settings, name) for name in Settings.__dataclass_fields__}


@pytest.mark.parametrize("number", [0, 10_000])
def test_a_grid_that_makes_no_sense_is_refused(number):
    exploration = Exploration(ScriptedEngine(hashed_logprobs(9)), "p")
    with pytest.raises(SettingsError, match=f"{number:,} settings"):
        list(exploration.sweep([Settings()] * number))


def test_a_stopped_sweep_keeps_every_tree():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(60, eos_logit=-99.0)), "p")
    steps = iter(range(100))
    trees = [TokenTree(), TokenTree()]
    grid = [Settings(theta=1.0, max_new_tokens=9), Settings(theta=2.0, max_new_tokens=9)]
    for walk, event in exploration.sweep(grid, lambda: next(steps) >= 4):
        trees[walk].apply(event)
    for tree in trees:
        assert tree.finished is not None
        assert {(tree.num_tokens(s), s.finish_reason) for s in tree.sequences} == {(4, "stopped")}
