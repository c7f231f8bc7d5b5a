"""Looking ahead after a run: what is told is what cold runs give, and it ends within one pass."""

from dataclasses import replace

import pytest

from components.what_if.looking_ahead import LookingAhead
from eager_core import Exploration, Settings
from eager_core.errors import ModelError
from eager_core.outcomes import outcome_of
from eager_core.what_if import SETTINGS, WhatIf, places_of, with_setting
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

SETTINGS_OF_RUN = Settings(theta=1.0, max_sequences=3, max_new_tokens=10, temperature=0.6)


def engine() -> ScriptedEngine:
    return ScriptedEngine(hashed_logprobs(30))


def explored(settings: Settings = SETTINGS_OF_RUN) -> Exploration:
    exploration = Exploration(engine(), "hello")
    list(exploration.run(settings))
    return exploration


def looking(exploration, explores=True, is_over=lambda: False, quiet=lambda: None, settings=SETTINGS_OF_RUN):
    return LookingAhead(exploration, settings, (), explores, is_over, quiet, pause_s=0)


def num_passes(exploration) -> int:
    return exploration.knowledge.num_forward_passes + exploration.knowledge.num_spare_passes


@pytest.mark.parametrize("strategy", ["paper", "percentile"])
def test_at_last_every_place_is_told_as_a_cold_run_gives_it(strategy):
    settings = replace(SETTINGS_OF_RUN, strategy=strategy)
    (*_, last) = looking(explored(settings), settings=settings).news()
    assert last.explores is None and list(last.sliders) == list(SETTINGS)
    for setting, told in last.sliders.items():
        assert [place[0] for place in told["places"]] == sorted(
            {*places_of(setting, settings), getattr(settings, setting)}
        )
        for value, *numbers in told["places"]:
            at = with_setting(settings, setting, value)
            cold = explored(at)
            outcome = outcome_of(cold.tree)
            assert numbers == [
                outcome.num_tokens, outcome.num_sequences, outcome.num_forks, round(outcome.saved_fraction, 3)
            ], (setting, value)  # fmt: skip


def test_curves_fill_place_by_place_and_say_what_is_explored():
    exploration = explored()
    counts, explores = [], []
    for news in looking(exploration).news():
        explores.append(news.explores)
        if "places" in news.sliders.get("theta", {}):
            counts.append(sum(len(place) > 1 for place in news.sliders["theta"]["places"]))
    assert counts == sorted(counts) and counts[0] < counts[-1] == 31
    assert explores[0] == "theta" and explores[-1] is None


def test_intervals_come_first_and_are_those_of_the_library():
    exploration = explored()
    first = next(looking(exploration, explores=False).news())
    same = WhatIf(exploration, SETTINGS_OF_RUN).same_tree("theta")
    assert first.sliders["theta"]["same"] == [same.low, same.high]


def test_without_exploring_the_model_is_asked_nothing():
    exploration = explored()
    passes = num_passes(exploration)
    (*_, last) = looking(exploration, explores=False).news()
    assert num_passes(exploration) == passes
    assert last.explores is None and any(len(place) == 1 for place in last.sliders["theta"]["places"])


@pytest.mark.parametrize("at", [1, 2, 7])
def test_it_ends_within_one_pass(at):
    exploration = explored()
    knowledge = exploration.knowledge
    news = list(looking(exploration, is_over=lambda: knowledge.num_spare_passes >= at).news())
    assert knowledge.num_spare_passes == at
    assert news[-1].sliders == {} and news[-1].explores is None


def test_before_every_pass_it_waits_until_it_is_quiet():
    exploration, quiet = explored(), []
    list(looking(exploration, quiet=lambda: quiet.append(exploration.knowledge.num_spare_passes)).news())
    assert set(range(exploration.knowledge.num_spare_passes)) <= set(quiet)


def test_a_closed_exploration_ends_it_in_silence():
    exploration = explored()

    def fail(*asked):
        raise ModelError("This exploration is closed.")

    exploration.knowledge.foretell = fail
    news = list(looking(exploration).news())
    assert news[-1].explores is None and list(news[-1].sliders) == list(SETTINGS)
