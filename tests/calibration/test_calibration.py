"""Choosing theta: against curves worked by hand, and on a scripted model from prompt to stored value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eager_core import Settings, SettingsError
from eager_core.calibration import Goal, Pilot, choose, goal_of, load_calibration, save_calibration, walk_pilots
from eager_core.calibration.storage import calibrations_file
from eager_core.grading import Task
from eager_core.outcomes import Outcome
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
    settings = Settings(max_sequences=6, max_new_tokens=8)
    pilots = list(walk_pilots(engine, ["a", "b", "c"], settings, (0.5, 1.5, 2.9)))
    assert [outcome.settings.theta for outcome in pilots[0].outcomes] == [0.5, 1.5, 2.9]
    calibration = choose(pilots, Goal("sequences", 4))
    assert load_calibration("scripted", "letters", "top_k_entropy") is None
    save_calibration("scripted", "letters", settings, calibration)
    stored = load_calibration("scripted", "letters", "top_k_entropy")
    assert (stored.theta, stored.goal, stored.max_sequences) == (calibration.theta, "sequences", 6)
    assert load_calibration("scripted", "letters", "varentropy") is None
    text = calibrations_file().read_text(encoding="utf-8")
    calibrations_file().write_text(text, encoding="utf-8-sig")  # saved again by an editor that writes a mark
    assert load_calibration("scripted", "letters", "top_k_entropy") == stored
    calibrations_file().write_text("{broken")
    assert load_calibration("scripted", "letters", "top_k_entropy") is None


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
