"""What-if curves: each place is that of a run of its own, known ones ask no model, and every sentence is true."""

import math
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, Settings
from eager_core.by_hand import HandBranch
from eager_core.outcomes import outcome_of
from eager_core.what_if import WhatIf, limits_of, places_of, with_setting
from eager_core.what_if.draws import TOLERANCE
from tests.core.some_runs import any_settings, some_engines, some_settings
from tests.scripted_engine import ScriptedEngine, hashed_logprobs, scripted_logprobs

every_settings = st.one_of(
    any_settings,
    some_settings,
    st.builds(
        lambda run_settings, strategy: replace(run_settings, entropy_of="sampling", strategy=strategy),
        some_settings,
        st.sampled_from(["paper", "reference"]),
    ),
)
some_setting = st.sampled_from(["theta", "max_sequences", "temperature"])


def cold(engine, run_settings, by_hand=()):
    """Return the tree of a run in an exploration of its own."""
    exploration = Exploration(engine, "p")
    list(exploration.run(run_settings, by_hand=by_hand))
    return exploration.tree


def taken(tree):
    """Return tokens and forks; the rule that names why a token did not fork may differ where these do not."""
    forks = [(fork.node, fork.sequence, fork.new_sequence) for fork in tree.forks]
    return [(node.parent, node.token_id) for node in tree.nodes()], forks, tree.sequences


def explored(engine, grid, by_hand=()):
    exploration = Exploration(engine, "p")
    for run_settings in grid:
        list(exploration.run(run_settings, by_hand=by_hand))
    return exploration


def all_of(setting, run_settings):
    return [with_setting(run_settings, setting, value) for value in places_of(setting, run_settings)]


@settings(max_examples=50, deadline=None)
@given(engine=some_engines, here=every_settings, others=st.lists(every_settings, max_size=4), setting=some_setting)
def test_a_curve_is_that_of_runs_one_by_one_and_asks_no_model(engine, here, others, setting):
    """The slow twin walks each place by itself."""
    exploration = explored(engine, [here, *[replace(here, theta=other.theta) for other in others], *others])
    passes = exploration.knowledge.num_forward_passes
    curve = WhatIf(exploration, here).curve(setting)
    assert exploration.knowledge.num_forward_passes == passes
    assert [place.value for place in curve.places] == sorted({*places_of(setting, here), getattr(here, setting)})
    assert curve.present == getattr(here, setting) and curve.num_known >= 1
    for place in curve.places:
        asked = with_setting(here, setting, place.value)
        walked = exploration.known_walk(asked)
        assert place.is_known == walked.is_whole
        if place.is_known:
            assert place.outcome == outcome_of(walked.tree) == outcome_of(cold(engine, asked))
    known = [place.value for place in curve.places if place.is_known]
    trees = {value: cold(engine, with_setting(here, setting, value)) for value in known}
    apart = [(low, high) for low, high in pairwise(known) if taken(trees[low]) != taken(trees[high])]
    assert [(step.low, step.high) for step in curve.steps] == apart


def children_after(tree, path):
    """Return the tokens that follow a path of tokens in a tree, None where it does not come by; found by walking."""
    places = {0}
    for token_id in path:
        places = {child for node in places for child in tree.children(node) if tree.node(child).token_id == token_id}
    return {tree.node(child).token_id for node in places for child in tree.children(node)} if places else None


@settings(max_examples=50, deadline=None)
@given(engine=some_engines, here=every_settings, setting=some_setting)
def test_each_step_is_where_it_says_and_the_first_difference(engine, here, setting):
    exploration = explored(engine, all_of(setting, here))
    for step in WhatIf(exploration, here).curve(setting).steps:
        lower, higher = (cold(engine, with_setting(here, setting, value)) for value in (step.low, step.high))
        assert step.low < step.at <= step.high
        if step.at < step.high or setting == "max_sequences":
            after = cold(engine, with_setting(here, setting, step.at))
            before = max(step.low, before_of(setting, step.at))
            before = cold(engine, with_setting(here, setting, before))
        else:
            before, after = lower, higher
        # It happens there and nowhere else between the two: before it as at the lower place, then otherwise.
        told = children_after(before, step.path), len(starts(before))
        assert told == (children_after(lower, step.path), len(starts(lower)))
        kept = fate(before, step.path), fate(after, step.path)
        assert told != (children_after(after, step.path), len(starts(after))) or kept[0] != kept[1]
        # All that was decided earlier is the same at both ends.
        depth = len(step.path)
        assert shallow(lower, depth) == shallow(higher, depth)


def test_a_fork_that_another_draw_comes_before_is_told_of_the_place_alone():
    engine = ScriptedEngine(hashed_logprobs(9, 0.5, -3.0), num_kept=20)
    here = Settings(theta=1.5, max_sequences=2, temperature=0.0, top_p=0.9, max_new_tokens=2, entropy_of="sampling")
    (step, *_) = WhatIf(explored(engine, all_of("temperature", here)), here).curve("temperature").steps
    assert (step.low, step.at, step.sentence) == (0.0, 0.1, "With temperature 0.1, there is a fork after ' 7'.")


def before_of(setting, at):
    match setting:
        case "theta":
            return math.nextafter(at, -math.inf)
        case "max_sequences":
            return at - 1
        case "temperature":
            return at - 2 * TOLERANCE


def starts(tree):
    return [sequence for sequence in tree.sequences if sequence.parent_sequence is None]


def fate(tree, path):
    leaves = {s.leaf: s.finish_reason for s in tree.sequences}
    return sorted(
        (reason or "") for leaf, reason in leaves.items() if tuple(n.token_id for n in tree.path(leaf)) == path
    )


def shallow(tree, depth):
    """Return all tokens of a tree down to a depth, by their paths."""
    return {tuple(n.token_id for n in tree.path(node.id)) for node in tree.nodes() if node.depth <= depth}


@settings(max_examples=80, deadline=None)
@given(engine=some_engines, here=every_settings, setting=some_setting, seed=st.integers(0, 99))
def test_the_tree_stays_the_same_inside_its_interval_and_not_beyond(engine, here, setting, seed):
    """The slow twin runs cold at random values inside and at the ends."""
    exploration = explored(engine, [here])
    passes = exploration.knowledge.num_forward_passes
    what_if = WhatIf(exploration, here)
    same = what_if.same_tree(setting)
    assert exploration.knowledge.num_forward_passes == passes
    assert getattr(here, setting) in same
    low, high = limits_of(setting, here)
    random = Random(seed)
    if setting == "max_sequences":
        inside = range(same.low, same.high + 1)
    else:
        inside = [same.low, same.high, *[random.uniform(same.low, same.high) for _ in range(6)]]
    expected = taken(cold(engine, here))
    for value in inside:
        assert taken(cold(engine, with_setting(here, setting, value))) == expected
    for beyond in (same.below, same.above):
        if beyond is not None:
            assert taken(cold(engine, with_setting(here, setting, beyond))) != expected
    if same.is_exact:
        assert same.below is not None or same.low == min(low, getattr(here, setting))
        assert same.above is not None or same.high == max(high, getattr(here, setting))
        gap = {"theta": 1e-9, "max_sequences": 1, "temperature": TOLERANCE}[setting]
        assert same.above is None or 0 < same.above - same.high <= gap
        assert same.below is None or 0 < same.low - same.below <= gap
    else:
        assert here.strategy == "reference" and here.entropy_of == "sampling" and here.dynamic_threshold


@settings(max_examples=30, deadline=None)
@given(engine=some_engines, here=every_settings, setting=some_setting, steps=st.lists(st.integers(0, 50), max_size=2))
def test_branches_by_hand_stay_where_they_are(engine, here, setting, steps):
    tree = cold(engine, here)
    by_hand = [
        HandBranch(tuple(step.token_id for step in tree.path(node.id)[:-1]), (node.token_id + 1) % 3)
        for node in list(tree.nodes())[1:]
        if node.id in steps
    ]
    exploration = explored(engine, all_of(setting, here), by_hand)
    list(exploration.run(here, by_hand=by_hand))
    what_if = WhatIf(exploration, here, by_hand)
    for place in what_if.curve(setting).places:
        run = cold(engine, with_setting(here, setting, place.value), by_hand)
        assert place.outcome == outcome_of(run)
    same = what_if.same_tree(setting)
    for value in (same.low, same.high):
        assert taken(cold(engine, with_setting(here, setting, value), by_hand)) == taken(exploration.tree)


def test_places_whose_tree_is_known_to_be_the_same_are_not_walked(monkeypatch):
    engine = ScriptedEngine(hashed_logprobs(60, eos_logit=-99.0))
    here = Settings(theta=2.0, max_new_tokens=6)
    exploration = explored(engine, all_of("theta", here))
    walked = []
    walk = exploration.known_walk

    def watched(asked, by_hand):
        walked.append(asked.theta)
        return walk(asked, by_hand)

    monkeypatch.setattr(exploration, "known_walk", watched)
    what_if = WhatIf(exploration, here)
    curve = what_if.curve("theta")
    trees = {repr(taken(cold(engine, replace(here, theta=place.value)))) for place in curve.places}
    assert len(walked) == len(trees) < len(curve.places) == curve.num_known
    # What was found stays found, until more is known; then only open places are walked again.
    assert what_if.curve("theta") == curve and len(walked) == len(trees)


def test_open_places_are_looked_at_again_once_more_is_known_and_all_once_something_is_forgotten():
    engine = ScriptedEngine(hashed_logprobs(60, eos_logit=-99.0))
    here = Settings(theta=2.5, max_new_tokens=8)
    exploration = explored(engine, [here])
    what_if = WhatIf(exploration, here)
    before = what_if.curve("theta")
    assert 1 <= before.num_known < 31
    list(exploration.run(replace(here, theta=1.0)))
    after = what_if.curve("theta")
    assert before.num_known < after.num_known
    assert {place.value for place in before.places if place.is_known} < {p.value for p in after.places if p.is_known}
    # The last run's tree is in use; what only others needed goes.
    exploration.knowledge._spare("forget")
    forgotten = what_if.curve("theta")
    assert [place.is_known for place in forgotten.places] == [
        exploration.known_walk(replace(here, theta=place.value)).is_whole for place in forgotten.places
    ]
    assert forgotten.num_known < after.num_known


TORN = {3: 0.5, 4: 0.3, 5: 0.2}
CALM = {3: 0.97, 4: 0.03}


def test_the_sentences_say_what_happens():
    script = {(): TORN, (3,): CALM, (4,): {6: 1.0}, (5,): {7: 1.0}, (3, 3): {0: 1.0}, (4, 6): {0: 1.0}}
    engine = ScriptedEngine(scripted_logprobs(script, 12))
    here = Settings(theta=2.0, max_sequences=4, max_new_tokens=3, temperature=1.0, top_p=1.0)
    exploration = explored(engine, [step for name in ("theta", "temperature") for step in all_of(name, here)])
    list(exploration.run(replace(here, theta=0.05, max_sequences=1)))
    sentences = [step.sentence for step in WhatIf(exploration, here).curve("theta").steps]
    entropy = -sum(p * math.log(p) for p in TORN.values())
    assert entropy == pytest.approx(1.0297, abs=1e-4)
    assert sentences[-1] == "From theta 1.03 on, the fork after the prompt falls away."
    assert "From theta 0.14 on, the fork after ' 3' falls away." in sentences
    for most in range(1, 33):
        list(exploration.run(replace(here, theta=0.05, max_sequences=most)))
    told = [step.sentence for step in WhatIf(exploration, replace(here, theta=0.05)).curve("max_sequences").steps]
    assert told == [
        "With M 2, there is room for the fork after the prompt.",
        "With M 3, there is room for the fork after ' 3'.",
    ]
    for most in (1, 2, 4):
        list(exploration.run(replace(here, strategy="parallel", max_sequences=most)))
    told = WhatIf(exploration, replace(here, strategy="parallel")).curve("max_sequences", [1, 2, 4]).steps
    assert [step.sentence for step in told] == [
        "With M 2, 1 more sample begins at the prompt.",
        "With M 4, 2 more samples begin at the prompt.",
    ]


def test_the_sentence_of_a_temperature_names_both_tokens():
    script = {(): TORN}
    engine = ScriptedEngine(scripted_logprobs(script, 12))
    here = Settings(theta=9.0, max_new_tokens=1, temperature=0.0, top_p=1.0)
    for seed in range(40):
        exploration = Exploration(engine, "p", seed)
        for run_settings in all_of("temperature", here):
            list(exploration.run(run_settings))
        (step, *_) = WhatIf(exploration, here).curve("temperature").steps or [None]
        if step is not None:
            assert step.sentence.startswith("From temperature ")
            assert step.sentence.endswith("on, the token after the prompt is ' 4' instead of ' 3'.")
            return
    pytest.fail("no dice fell beyond the first token")


def test_the_next_change_is_beyond_the_interval():
    engine = ScriptedEngine(hashed_logprobs(60, eos_logit=-99.0))
    here = Settings(theta=2.4, max_sequences=32, max_new_tokens=8)
    what_if = WhatIf(explored(engine, [here]), here)
    for setting in ("theta", "max_sequences", "temperature"):
        same = what_if.same_tree(setting)
        assert what_if.next_change(setting, "up") == same.above
        assert what_if.next_change(setting, "down") == same.below
    up, down = (what_if.next_change("theta", direction, 0.01) for direction in ("up", "down"))
    assert down < here.theta < up and down == round(down, 2) and up == round(up, 2)
    assert up - 0.01 < what_if.same_tree("theta").above <= up
    none = Settings(theta=1.5, strategy="greedy", max_new_tokens=4)
    for setting in ("theta", "max_sequences", "temperature"):
        still = WhatIf(explored(engine, [none]), none)
        assert still.next_change(setting, "up") is None and still.next_change(setting, "down") is None
