"""Looking ahead changes no run: it only makes known what would have been asked."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, ModelError, Settings
from eager_core.anticipation import Anticipation, Bounds, is_asked_for, nearest_first
from eager_core.by_hand import HandBranch
from eager_core.outcomes import outcome_of
from eager_core.what_if import SETTINGS, WhatIf
from tests.core.some_runs import any_settings, some_engines, some_settings
from tests.failing_engine import FailingEngine
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

AT_ONCE = Bounds(patience_s=0)
LONG = Settings(max_new_tokens=10)


def long_engine():
    return ScriptedEngine(hashed_logprobs(60, eos_logit=-99.0))


def comparable(tree):
    return list(tree.nodes()), tree.sequences, tree.forks


def ran(exploration, run_settings):
    """Return what a run shows, and the sentence it ends with if it fails."""
    try:
        list(exploration.run(run_settings))
        failure = None
    except ModelError as error:
        failure = str(error)
    return comparable(exploration.tree), failure


class Nowhere(ScriptedEngine):
    """Computes NaN after some paths, always the same ones."""

    def __init__(self, share):
        sound = hashed_logprobs(40)

        def logprobs(path):
            is_broken = path and hash(path) % 100 < share
            return np.full(40, np.nan) if is_broken else sound(path)

        super().__init__(logprobs)


@settings(max_examples=80, deadline=None)
@given(
    engine=st.one_of(some_engines, st.builds(Nowhere, st.sampled_from([3, 20]))),
    places=st.integers(1, 9),
    visits=st.lists(
        st.tuples(
            st.one_of(any_settings, some_settings), st.integers(0, 40), st.sampled_from([None, "shorten", "forget"])
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_runs_are_the_same_after_any_amount_of_it(engine, places, visits):
    """Interrupted anywhere, with what is known forgotten in between, and where the model computes NaN."""
    engine.num_spare_places = places
    exploration = Exploration(engine, "p")
    for asked, num_steps, sparing in visits:
        assert ran(exploration, asked) == ran(Exploration(engine, "p"), asked)
        anticipation = Anticipation(exploration, asked, AT_ONCE)
        for _ in range(num_steps):
            passes = exploration.knowledge.num_spare_passes
            if not anticipation.step():
                break
            assert exploration.knowledge.num_spare_passes <= passes + 1
        if sparing is not None:
            exploration.knowledge._spare(sparing)


@settings(max_examples=25, deadline=None)
@given(engine=some_engines, here=st.one_of(any_settings, some_settings))
def test_in_the_end_every_place_of_every_slider_is_known(engine, here):
    exploration = Exploration(engine, "p")
    list(exploration.run(here))
    passes = exploration.knowledge.num_forward_passes
    anticipation = Anticipation(exploration, here, AT_ONCE)
    anticipation.run()
    assert anticipation.is_over and anticipation.gave_up is None and not anticipation.step()
    what_if = WhatIf(exploration, here)
    for setting in SETTINGS:
        curve = what_if.curve(setting)
        assert curve.num_known == len(curve.places)
    assert exploration.knowledge.num_forward_passes == passes
    for place in curve.places[::3]:
        list(exploration.run(replace(here, temperature=place.value)))
        assert exploration.tree.finished.forward_passes == 0
        assert place.outcome == outcome_of(exploration.tree)
    # No node was asked for twice.
    predicted = [node.index for node in exploration.knowledge._memory.predicted]
    assert len(predicted) == len(set(predicted))


def test_theta_comes_first_and_its_nearest_places_before_the_others():
    here = replace(LONG, theta=2.2)
    assert [place.theta for place in nearest_first(here, "theta")[:5]] == [2.2, 2.3, 2.1, 2.4, 2.0]
    engine = long_engine()
    exploration = Exploration(engine, "p")
    list(exploration.run(here))
    anticipation = Anticipation(exploration, here, AT_ONCE)
    what_if = WhatIf(exploration, here)
    orders = {setting: [] for setting in SETTINGS}
    while anticipation.step():
        for setting in SETTINGS:
            known = {place.value for place in what_if.curve(setting).places if place.is_known}
            orders[setting].append(known)
    full = [
        next(i for i, known in enumerate(orders[setting]) if len(known) == len(orders[setting][-1]))
        for setting in SETTINGS
    ]
    assert full == sorted(full)
    near = next(i for i, known in enumerate(orders["theta"]) if {2.1, 2.3} <= known)
    assert near < full[0] // 2


def test_it_stops_at_its_bound_and_when_told():
    exploration = Exploration(long_engine(), "p")
    list(exploration.run(LONG))
    bounded = Anticipation(exploration, LONG, Bounds(num_nodes=30, patience_s=0))
    bounded.run()
    assert bounded.gave_up.endswith("and may ask for 30.")
    assert bounded.is_over and 30 <= bounded.num_nodes < 30 + exploration.engine.num_spare_places
    asked = iter([False, False, True])
    passes = exploration.knowledge.num_spare_passes
    told = Anticipation(exploration, LONG, AT_ONCE)
    told.run(lambda: next(asked))
    assert not told.is_over and exploration.knowledge.num_spare_passes <= passes + 2


def test_a_run_under_way_keeps_the_turn_and_nothing_is_learnt_meanwhile():
    engine = long_engine()
    exploration = Exploration(engine, "p")
    list(exploration.run(LONG))
    anticipation = Anticipation(exploration, LONG, AT_ONCE)
    anticipation.step()
    other = replace(LONG, theta=1.0)
    run = exploration.run(other)
    next(run)
    learnt = exploration.knowledge.num_learnt
    for _ in range(5):
        assert anticipation.step()
    assert exploration.knowledge.num_learnt == learnt
    list(run)
    assert comparable(exploration.tree) == ran(Exploration(engine, "p"), other)[0]
    anticipation.run()
    assert WhatIf(exploration, LONG).curve("theta").num_known == 31


def test_a_run_that_begins_while_the_model_is_asked_gets_the_turn_at_once():
    """The pass under way asks for what the run asks for too: it is the same tree, and nothing is lost."""
    engine = long_engine()
    exploration = Exploration(engine, "p")
    list(exploration.run(LONG))
    anticipation = Anticipation(exploration, LONG, AT_ONCE)
    foretell = exploration.knowledge.foretell
    runs = []

    def foretold_while_a_run_begins(nodes, patience_s):
        told = foretell(nodes, patience_s)
        if not runs:
            runs.append(ran(exploration, replace(LONG, theta=1.5)))
        return told

    exploration.knowledge.foretell = foretold_while_a_run_begins
    anticipation.run()
    assert runs == [ran(Exploration(engine, "p"), replace(LONG, theta=1.5))]
    assert WhatIf(exploration, LONG).curve("theta").num_known == 31


@pytest.mark.parametrize("where", ["predict", "token_text"])
def test_a_model_that_fails_ends_it_in_silence(where):
    engine = FailingEngine(RuntimeError("boom"), where, at=10**9)
    here = Settings(max_new_tokens=6, theta=1.0)
    exploration = Exploration(engine, "p")
    expected = ran(exploration, here)
    engine.at = engine.num_calls + 3
    anticipation = Anticipation(exploration, here, AT_ONCE)
    anticipation.run()
    assert engine.num_calls >= engine.at
    assert ran(exploration, here) == expected
    other = replace(here, theta=0.5)
    assert ran(exploration, other) == ran(Exploration(FailingEngine(RuntimeError(), where, at=10**9), "p"), other)


def test_an_exploration_that_is_closed_ends_it():
    class Closing(ScriptedEngine):
        is_closed = False

        def open(self, prompt_ids):
            memory = super().open(prompt_ids)
            foretell = memory.foretell

            def until_closed(nodes, patience_s):
                if self.is_closed:
                    raise ModelError("The exploration was closed while it ran; start a new one.")
                return foretell(nodes, patience_s)

            memory.foretell = until_closed
            return memory

    engine = Closing(hashed_logprobs(60, eos_logit=-99.0))
    exploration = Exploration(engine, "p")
    list(exploration.run(LONG))
    anticipation = Anticipation(exploration, LONG, AT_ONCE)
    anticipation.step()
    engine.is_closed = True
    anticipation.run()
    assert anticipation.is_over and anticipation.num_known < 31
    assert anticipation.gave_up.startswith("The exploration was closed")


def test_branches_by_hand_are_looked_ahead_with():
    engine = long_engine()
    exploration = Exploration(engine, "p")
    by_hand = [HandBranch((), 7)]
    list(exploration.run(LONG, by_hand=by_hand))
    Anticipation(exploration, LONG, AT_ONCE, by_hand, sliders=["theta"]).run()
    curve = WhatIf(exploration, LONG, by_hand).curve("theta")
    assert curve.num_known == 31
    # The branch counts beside M.
    assert max(place.outcome.num_sequences for place in curve.places) == LONG.max_sequences + 1


def test_the_switch():
    assert is_asked_for({}) and is_asked_for({"EAGER_EXPLORER_ANTICIPATE": "1"})
    assert not is_asked_for({"EAGER_EXPLORER_ANTICIPATE": "0"})
