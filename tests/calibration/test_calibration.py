"""Choosing theta: against curves worked by hand, and on a scripted model from prompt to stored value."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, Settings, SettingsError
from eager_core.calibration import (
    GOALS,
    Goal,
    Pilot,
    calibrations_of,
    choose,
    goal_of,
    load_calibration,
    save_calibration,
    walk_pilots,
)
from eager_core.calibration.storage import calibrations_file
from eager_core.grading import Task
from eager_core.outcomes import Outcome, outcome_of
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

THETAS = (1.0, 1.5, 2.0)


def pilot(prompt, sequences, tokens=(90, 60, 30), full=(100, 100, 100), forks=(9, 3, 0), solved=None):
    rows = zip(THETAS, sequences, tokens, full, forks, solved or (None,) * 3, strict=True)
    return Pilot(
        prompt,
        tuple(Outcome(Settings(theta=theta), t, s, f, full_tokens, ok) for theta, s, t, full_tokens, f, ok in rows),
    )


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EAGER_EXPLORER_CACHE", str(tmp_path))


@pytest.mark.parametrize(
    ("goal", "theta", "value"),
    [
        ("sequences=6", 1.0, 6.0),  # means 6, 3, 1
        ("sequences=4", 1.5, 3.0),
        ("sequences=1", 2.0, 1.0),
        ("token_share=0.55", 1.5, 0.6),
        ("forks=9", 1.0, 10.0),  # 18 of 180 tokens; then 6 of 120
        ("forks=5", 1.5, 5.0),
    ],
)
def test_the_nearest_theta(goal, theta, value):
    chosen = choose([pilot("a", (8, 4, 1)), pilot("b", (4, 2, 1))], goal_of(goal))
    assert (chosen.theta, chosen.value) == (theta, pytest.approx(value))
    assert [point[0] for point in chosen.curve] == list(THETAS) and chosen.held_back is None
    assert chosen.low <= chosen.theta <= chosen.high


def test_of_equally_near_thetas_the_cheapest():
    assert choose([pilot("a", (5, 3, 3))], Goal("sequences", 4)).theta == 2.0


def test_pass_at_k_takes_the_cheapest_within_the_margin():
    """Pass@k is 1, 0.75, 0.5 over four prompts; tokens fall with theta."""
    pilots = [pilot(str(n), (4, 2, 1), solved=(True, n != 0, n > 1)) for n in range(4)]
    assert [choose(pilots, Goal("pass_at_k", margin)).theta for margin in (0, 0.1, 0.25, 0.3, 0.5)] == [
        1.0, 1.0, 1.5, 1.5, 2.0,
    ]  # fmt: skip


def test_prompts_held_back_have_no_say_and_test_the_choice():
    """Every third of six: prompts 2 and 5 have 2 sequences where the others have 6."""
    pilots = [pilot(str(n), (2, 1, 1) if n in (2, 5) else (6, 3, 1)) for n in range(6)]
    chosen = choose(pilots, Goal("sequences", 6))
    assert (chosen.theta, chosen.value, chosen.num_pilots) == (1.0, 6.0, 4)
    assert (chosen.held_back.num_prompts, chosen.held_back.value, chosen.held_back.off_by) == (2, 2.0, -4.0)


def test_the_interval_is_narrow_where_prompts_agree_and_wide_where_they_do_not():
    agreeing = choose([pilot("a", (6, 3, 1))] * 5, Goal("sequences", 3))
    assert (agreeing.low, agreeing.high) == (1.5, 1.5)
    torn = choose([pilot("a", (6, 6, 1)), pilot("b", (6, 1, 1))], Goal("sequences", 3))
    assert torn.low < torn.high


ROWS = st.lists(
    st.tuples(
        st.tuples(*[st.integers(1, 8)] * 3), st.tuples(*[st.integers(1, 90)] * 3), st.tuples(*[st.integers(0, 9)] * 3),
        st.tuples(*[st.booleans()] * 3),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(rows=ROWS, name=st.sampled_from(list(GOALS)))
def test_the_interval_is_what_choosing_anew_on_resampled_prompts_gives(rows, name):
    """The slow way: each of a thousand sets of prompts, drawn with replacement, chooses by itself."""
    pilots = [pilot(str(n), row[0], tokens=row[1], forks=row[2], solved=row[3]) for n, row in enumerate(rows)]
    goal = Goal(name, {"sequences": 2, "token_share": 0.5, "forks": 5, "pass_at_k": 0.1}[name])
    try:
        chosen = choose(pilots, goal, held_back_share=0)
    except SettingsError:
        return
    draws = np.random.default_rng(0).integers(len(pilots), size=(1000, len(pilots)))
    thetas = []
    for draw in draws:
        columns = list(zip(*(pilots[number].outcomes for number in draw), strict=True))
        values = [goal.kind.of(column) for column in columns]
        tokens = [sum(outcome.num_tokens for outcome in column) for column in columns]
        if name == "pass_at_k":
            good = [n for n, value in enumerate(values) if value >= max(values) - goal.wanted - 1e-12]
            thetas.append(THETAS[min(good, key=lambda n: (tokens[n], -n))])
        else:
            nearest = min(abs(value - goal.wanted) for value in values)
            thetas.append(THETAS[max(n for n in range(3) if abs(values[n] - goal.wanted) <= nearest + 1e-12)])
    assert (chosen.low, chosen.high) == tuple(np.quantile(thetas, [0.025, 0.975]))


@pytest.mark.parametrize(
    ("share", "numbers"),
    [(0, []), (0.1, [9]), (0.3, [3, 6, 9]), (1 / 3, [2, 5, 8]), (0.5, [1, 3, 5, 7, 9])],
)
def test_the_share_held_back_is_spread_evenly(share, numbers):
    pilots = [pilot(str(n), (2, 1, 1) if n in numbers else (6, 3, 1)) for n in range(10)]
    chosen = choose(pilots, Goal("sequences", 6), share)
    assert (chosen.value, chosen.num_pilots) == (6.0, 10 - len(numbers))
    assert (chosen.held_back and (chosen.held_back.num_prompts, chosen.held_back.value)) == (
        (len(numbers), 2.0) if numbers else None
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sequences=nan", "sequences is nan"),
        ("sequences=0", "from 1 to 1024"),
        ("token_share=2", "from 0 to 1"),
        ("beauty=1", "no goal 'beauty'"),
        ("sequences", "written like sequences=6"),
        ("", "written like sequences=6"),
    ],
)
def test_goals_that_make_no_sense(text, words):
    with pytest.raises(SettingsError, match=words):
        goal_of(text)


def test_a_goal_that_no_theta_reaches_and_one_without_answers():
    with pytest.raises(SettingsError, match="gives sequences 9: on these prompts it lies between 1 and 6"):
        choose([pilot("a", (6, 3, 1))], Goal("sequences", 9))
    with pytest.raises(SettingsError, match="needs prompts with answers"):
        choose([pilot("a", (6, 3, 1))], Goal("pass_at_k", 0.1))
    with pytest.raises(SettingsError, match="No pilot prompt"):
        choose([], Goal("sequences", 3))


@given(rows=st.lists(st.tuples(*[st.integers(1, 8)] * 3), min_size=1, max_size=9), wanted=st.integers(1, 8))
def test_whatever_the_pilots_the_choice_is_the_nearest_on_those_that_chose(rows, wanted):
    pilots = [pilot(str(n), row) for n, row in enumerate(rows)]
    choosing = [row for n, row in enumerate(rows) if len(rows) < 6 or n % 3 != 2]
    means = [sum(column) / len(choosing) for column in zip(*choosing, strict=True)]
    if not min(means) <= wanted <= max(means):
        with pytest.raises(SettingsError):
            choose(pilots, Goal("sequences", wanted))
        return
    chosen = choose(pilots, Goal("sequences", wanted))
    assert abs(chosen.value - wanted) == pytest.approx(min(abs(mean - wanted) for mean in means))


def test_from_prompts_to_a_stored_theta():
    engine = ScriptedEngine(hashed_logprobs(60, eos_logit=-4.0))
    run = Settings(max_sequences=6, max_new_tokens=8)
    pilots = list(walk_pilots(engine, ["a", "b", "c"], run, (0.5, 1.5, 2.9)))
    assert [outcome.settings.theta for outcome in pilots[0].outcomes] == [0.5, 1.5, 2.9]
    calibration = choose(pilots, Goal("sequences", 4))
    assert load_calibration("scripted", "letters", "top_k_entropy") is None
    save_calibration("scripted", "letters", run, calibration)
    stored = load_calibration("scripted", "letters", "top_k_entropy")
    assert (stored.theta, stored.goal, stored.max_sequences) == (calibration.theta, "sequences", 6)
    assert load_calibration("scripted", "letters", "varentropy") is None
    for task in ("words", "letters"):
        save_calibration("scripted", task, run, calibration)
    save_calibration("other", "letters", run, calibration)
    assert list(calibrations_of("scripted", "top_k_entropy")) == ["words", "letters"]
    text = calibrations_file().read_text(encoding="utf-8")
    calibrations_file().write_text(text, encoding="utf-8-sig")  # saved again by an editor that writes a mark
    assert load_calibration("scripted", "letters", "top_k_entropy") == stored
    calibrations_file().write_text("{broken")
    assert load_calibration("scripted", "letters", "top_k_entropy") is None


def test_outcomes_are_those_of_single_cold_runs():
    engine = ScriptedEngine(hashed_logprobs(60, eos_logit=-4.0))
    run, thetas = Settings(max_sequences=6, max_new_tokens=8, temperature=1.0), (0.5, 1.5, 2.9)
    (walked,) = walk_pilots(engine, ["abc"], run, thetas, seed=3)
    for theta, outcome in zip(thetas, walked.outcomes, strict=True):
        with Exploration(engine, "abc", seed=3) as exploration:
            list(exploration.run(replace(run, theta=theta)))
            assert outcome == outcome_of(exploration.tree)


def test_tasks_are_graded_and_a_stop_leaves_out_what_was_not_done():
    class Grader:
        def extract(self, text):
            return text

        def is_correct(self, task, answer):
            return answer.endswith(task.answer)

    engine = ScriptedEngine(hashed_logprobs(60, eos_logit=-4.0))
    tasks = [Task("1", "a", ""), Task("2", "b", "never")]
    pilots = list(walk_pilots(engine, tasks, Settings(max_new_tokens=4), (1.0,), grader=Grader()))
    assert [pilot.outcomes[0].is_solved for pilot in pilots] == [True, False]
    steps = iter(range(100))
    stopped = walk_pilots(engine, tasks, Settings(max_new_tokens=4), (1.0,), should_stop=lambda: next(steps) > 5)
    assert len(list(stopped)) == 1


@pytest.mark.parametrize(
    ("prompts", "changes", "thetas", "words"),
    [
        ([], {}, (1.0,), "0 pilot prompts"),
        (["a"] * 1001, {}, (1.0,), "1,001 pilot prompts"),
        (["a"], {}, (), "no theta to try"),
        (["a"], {"strategy": "parallel"}, (1.0,), "parallel has no theta"),
    ],
)
def test_pilots_that_make_no_sense(prompts, changes, thetas, words):
    with pytest.raises(SettingsError, match=words):
        list(walk_pilots(ScriptedEngine(hashed_logprobs(9)), prompts, Settings(**changes), thetas))
