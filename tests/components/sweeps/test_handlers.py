"""A sweep and a calibration as Gradio runs them: what the page is sent, what a stop keeps, visitors apart."""

import asyncio
import csv
import io
import json
from dataclasses import astuple, replace
from types import SimpleNamespace

import pytest

from components.frame.controls import Controls
from components.sweeps.form import SweepForm
from components.sweeps.handlers import SweepHandlers
from components.visitors.engines import Engines
from eager_core import Settings
from eager_core.calibration import Goal, calibrations_of, choose, save_calibration
from eager_core.errors import ModelError
from eager_core.grading import family_tasks
from eager_core.sweeps import PromptFinished, Sweep, SweepPlan, pilots_of
from tests.experiment.tiny_tasks import tiny_engine, tiny_tasks

ME, OTHER = SimpleNamespace(session_hash="me"), SimpleNamespace(session_hash="other")
FORM = SweepForm("gcd", 7, "0.6:1.8:0.3", "2,5", 10, 1.0)
PLAN = SweepPlan(Settings(temperature=1.0, max_new_tokens=10), (0.6, 0.9, 1.2, 1.5, 1.8), (2, 5))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EAGER_EXPLORER_CACHE", str(tmp_path))


def sweeps_of(engine=None, own=None) -> SweepHandlers:
    engine = engine or tiny_engine()
    return SweepHandlers(Engines(lambda name, precision: engine), lambda visitor: own)


def gathered(updates, on_delta=lambda delta: None) -> tuple[list[dict], list[str], list[dict]]:
    """Return the deltas, the problem lines and what was calibrated."""

    async def gather():
        deltas, problems, calibrated = [], [], []
        async for delta, problem, *rest in updates:
            if isinstance(delta, str):
                deltas.append(json.loads(delta))
                on_delta(deltas[-1])
            if isinstance(problem, str):
                problems.append(problem)
            calibrated += [json.loads(told) for told in rest if isinstance(told, str)]
        return deltas, problems, calibrated

    return asyncio.run(gather())


def run(handlers, form=FORM, visitor=ME, controls=None, on_delta=lambda delta: None):
    deltas, problems, _ = gathered(handlers.run(visitor, *astuple(form), *astuple(controls or Controls())), on_delta)
    return deltas, problems


def calibrate(handlers, *asked, visitor=ME) -> tuple[dict | None, str]:
    told, problem = asyncio.run(handlers.calibrate(visitor, *asked))
    return json.loads(told) if isinstance(told, str) else None, problem


def offered(handlers, visitor=ME, measure="top_k_entropy") -> dict:
    return json.loads(handlers.offer("", "auto", measure, visitor))


@pytest.fixture(scope="module")
def plain():
    """The same sweep as the library runs it: its results, and its records."""
    sweep = Sweep(tiny_engine(), family_tasks("gcd", 7), PLAN)
    records = [told.record for told in sweep.run() if isinstance(told, PromptFinished)]
    return sweep.results(), records


def without_seconds(results: dict) -> dict:
    return {**results, "sharing": {**results["sharing"], "seconds": 0.0}}


def test_a_sweep_tells_its_results_and_saves_what_the_library_gives(plain):
    handlers = sweeps_of()
    deltas, problems = run(handlers)
    assert problems == [""]
    assert [delta["seq"] for delta in deltas] == list(range(len(deltas)))
    assert deltas[-1]["progress"]["state"] == "done" and deltas[-1]["progress"]["share"] == 1
    told = [delta["results"] for delta in deltas if "results" in delta][-1]
    expected = plain[0]
    assert [cell["values"][0][0] for cell in told["cells"]] == [
        round(cell["pass_at_k"]["value"], 4) for cell in expected["cells"]
    ]
    assert [cell["is_full"] for cell in told["cells"]] == [False] * 10 + [True] * 2
    assert told["front"] == expected["front"]
    assert f"{expected['sharing']['num_nodes']:,} tokens" in told["shared"]
    assert f"{expected['sharing']['num_nodes_separate']:,}" in told["shared"]
    saved = json.loads(json.loads(handlers.save_json(ME)[0])["text"])
    assert without_seconds(saved) == without_seconds(json.loads(json.dumps(expected)))
    rows = list(csv.DictReader(io.StringIO(json.loads(handlers.save_csv(ME)[0])["text"])))
    assert [float(row["num_tokens"]) for row in rows] == [cell["num_tokens"]["value"] for cell in expected["cells"]]


def test_a_page_that_missed_deltas_is_told_all_again():
    handlers = sweeps_of()
    deltas, _ = run(handlers)
    snapshot = json.loads(asyncio.run(handlers.catch_up(ME)))
    assert snapshot["seq"] == deltas[-1]["seq"] and snapshot["start"]["metrics"][0] == ["Pass@k", "share"]
    assert snapshot["results"] == [delta["results"] for delta in deltas if "results" in delta][-1]
    assert asyncio.run(handlers.catch_up(OTHER)) != snapshot


def test_a_stop_keeps_what_is_done():
    handlers = sweeps_of()
    many = replace(FORM, num_prompts=40, max_new_tokens=60, max_sequences="2,5,9")
    deltas, _ = run(handlers, many, on_delta=lambda delta: "results" in delta and handlers.stop(ME))
    assert deltas[-1]["progress"]["state"] == "stopped"
    saved = json.loads(json.loads(handlers.save_json(ME)[0])["text"])
    assert 0 < saved["num_done"] < 40
    assert len(saved["cells"]) == 18


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"thetas": ""}, "is not a number"),
        ({"thetas": "2.7:1.8:0.1"}, "a range must rise"),
        ({"thetas": "nan"}, "is not a number"),
        ({"thetas": "0:1:0.0001"}, "10,001 values"),
        ({"thetas": "0:3:0.01", "max_sequences": "1:32:1"}, "up to 256 are swept here"),
        ({"max_sequences": "0"}, "max_sequences"),
        ({"max_sequences": "1.5"}, "not a whole number"),
        ({"max_sequences": "8:1:1"}, "a range must rise"),
        ({"num_prompts": 0}, "number of prompts is 0"),
        ({"num_prompts": None}, "number of prompts is empty"),
        ({"max_new_tokens": None}, "is empty"),
        ({"temperature": None}, "is empty"),
        ({"tasks": "file"}, "no file"),
    ],
)
def test_refusals_are_one_sentence_and_lose_nothing(changes, sentence):
    handlers = sweeps_of()
    assert "no results to save" in handlers.save_csv(ME)[1]
    run(handlers, replace(FORM, num_prompts=1))
    before = json.loads(handlers.save_json(ME)[0])["text"]
    deltas, problems = run(handlers, replace(FORM, **changes))
    assert deltas == [] and len(problems) == 1
    shown = problems[0].replace("M maximum sequences", "max_sequences")
    assert sentence in shown or sentence.replace("max_sequences", "M ") in problems[0]
    assert json.loads(handlers.save_json(ME)[0])["text"] == before


def test_a_strategy_without_theta_is_swept_at_one_and_can_not_be_calibrated():
    handlers = sweeps_of()
    deltas, problems = run(handlers, controls=Controls(strategy="greedy"))
    assert deltas == [] and "has no theta" in problems[0]
    deltas, problems = run(handlers, replace(FORM, thetas="1"), controls=Controls(strategy="greedy"))
    assert deltas[-1]["progress"]["state"] == "done"
    assert "no theta to calibrate" in calibrate(handlers, "sequences", 1, 2)[1]


def test_a_calibration_is_the_library_s_and_is_offered_by_numbers_and_the_task_s_name(plain):
    handlers = sweeps_of()
    assert "nothing to choose from" in calibrate(handlers, "sequences", 2, 5)[1]
    run(handlers)
    assert offered(handlers)["theta"] is None
    expected = choose(pilots_of(PLAN, plain[1], 5), Goal("token_share", 0.47))
    told, problem = calibrate(handlers, "token_share", 0.47, 5)
    assert problem == ""
    assert told["chosen"] == {
        "theta": expected.theta, "low": expected.low, "high": expected.high, "value": expected.value,
    }  # fmt: skip
    assert told["curve"] == [list(point) for point in expected.curve]
    assert f"off by {expected.held_back.off_by:+.3g}".replace("-", "−") in told["words"][2]
    offer = json.loads(handlers.offer("scripted", "auto", "top_k_entropy", ME))
    assert offer["theta"] == expected.theta
    for part in ("gcd", "share of full sampling", "0.47", "M = 5", f"{expected.num_pilots} prompts"):
        assert part in offer["title"]
    prompts = [task.prompt for task in family_tasks("gcd", 7).tasks]
    assert not any(prompt in json.dumps([told, offer], ensure_ascii=False) for prompt in prompts)
    # Every page with this model and measure is offered it, and no other.
    assert json.loads(handlers.offer("scripted", "auto", "top_k_entropy", OTHER))["theta"] == expected.theta
    assert json.loads(handlers.offer("scripted", "auto", "varentropy", ME))["theta"] is None


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("forks", 90, 5), "No theta from 0.6 to 1.8"),
        (("sequences", 9, 5), "a prompt may have 5"),
        (("sequences", None, 5), "no number"),
        (("token_share", 3, 5), "must be from 0 to 1"),
        (("sequences", 2, 4), "was swept at 2, 5"),
        (("sequences", 2, None), "is empty"),
    ],
)
def test_a_goal_that_can_not_be_is_one_sentence(asked, sentence):
    handlers = sweeps_of()
    run(handlers)
    told, problem = calibrate(handlers, *asked)
    assert sentence in problem
    assert told is None or (told["chosen"] is None and len(told["curve"]) == 5)
    assert calibrations_of("scripted", "top_k_entropy") == {}


def test_pilots_of_its_own_are_walked_at_one_m_and_give_the_same_theta(plain):
    handlers = sweeps_of()
    asked = ("token_share", 0.47, 5)
    deltas, problems, told = gathered(handlers.walk_pilots(ME, *asked, *astuple(FORM), *astuple(Controls())))
    assert problems[-1] == "" and deltas[-1]["progress"]["state"] == "done"
    last = [delta["results"] for delta in deltas if "results" in delta][-1]
    assert len(last["cells"]) == 5 and not any(cell["is_full"] for cell in last["cells"])
    expected = choose(pilots_of(PLAN, plain[1], 5), Goal("token_share", 0.47))
    assert [one["chosen"]["theta"] for one in told] == [expected.theta]
    _, problems, told = gathered(handlers.walk_pilots(ME, "sequences", 9, 5, *astuple(FORM), *astuple(Controls())))
    assert "a prompt may have 5" in problems[-1] and told == []


def test_what_is_chosen_on_a_visitor_s_own_file_stays_with_the_visitor():
    handlers = sweeps_of(own=replace(tiny_tasks(6), name="secret.jsonl"))
    run(handlers, replace(FORM, tasks="file"))
    told, _ = calibrate(handlers, "forks", 5, 5)
    assert told["chosen"] is not None
    assert calibrations_of("scripted", "top_k_entropy") == {}
    assert json.loads(handlers.offer("scripted", "auto", "top_k_entropy", ME))["theta"] == told["chosen"]["theta"]
    assert json.loads(handlers.offer("scripted", "auto", "top_k_entropy", OTHER))["theta"] is None


def test_the_newest_calibration_is_offered(plain):
    for goal, task in ((Goal("token_share", 0.47), "gcd"), (Goal("pass_at_k", 1), "lcm")):
        calibration = choose(pilots_of(PLAN, plain[1], 5), goal)
        save_calibration("scripted", task, replace(PLAN.settings, max_sequences=5), calibration)
    offer = json.loads(sweeps_of().offer("scripted", "auto", "top_k_entropy", ME))
    assert offer["theta"] == calibration.theta and "lcm" in offer["title"]


def test_a_model_that_can_not_be_had_is_told_in_a_sentence():
    def fail(name, precision):
        raise ModelError("There is no such model; name another.")

    handlers = SweepHandlers(Engines(fail), lambda visitor: None)
    deltas, problems = run(handlers)
    assert deltas[-1]["progress"]["state"] == "failed"
    assert "no such model" in problems[-1]


def test_a_page_that_closes_ends_its_sweep():
    handlers = sweeps_of()
    trial = handlers.trial("me")
    number = trial.begin()
    handlers.leave(ME)
    assert trial.is_over(number)
