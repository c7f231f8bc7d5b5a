"""What the sweep's buttons and clicks do. One `SweepHandlers` serves all visitors, each with a trial."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import asdict
from typing import Any

import gradio as gr

from components.experiments.left_out import left_out_note
from components.files.download import download
from components.frame.controls import Controls
from components.frame.notices import DEFAULT_MODEL_ID, problem_html
from components.sweeps.form import SweepForm, goal_asked
from components.sweeps.trial import Chosen, SweepTrial
from components.sweeps.words import GOAL_LABELS, chosen_words, offer_words
from components.visitors.engines import DEFAULT, Engines
from components.visitors.identity import visitor_of
from components.visitors.pacing import batches, in_thread
from components.visitors.streaming import problem_of
from eager_core.calibration import Goal
from eager_core.errors import EagerError, SettingsError
from eager_core.grading import TaskSet
from eager_core.sweeps import SweepPlan
from eager_core.sweeps.csv_tables import csv_of

UPDATE_PERIOD_S = 0.15

_SKIP = gr.skip()
_NUM_FORM_VALUES = len(SweepForm.__dataclass_fields__)
_NUM_VALUES = _NUM_FORM_VALUES + len(Controls.__dataclass_fields__)
_NUM_GOAL_VALUES = 3

Update = tuple[Any, Any]
"""The sweep's delta, its problem line."""


class SweepHandlers:
    """The sweep's handlers, as Gradio calls them."""

    def __init__(self, engines: Engines, own_tasks: Callable[[str], TaskSet | None]) -> None:
        """Args: own_tasks: returns what a visitor has uploaded, None for nothing."""
        self.engines = engines
        self._own_tasks = own_tasks
        self._trials: dict[str, SweepTrial] = {}

    def trial(self, visitor: str) -> SweepTrial:
        """Return the visitor's trial, a fresh one at first."""
        return self._trials.setdefault(visitor, SweepTrial())

    async def run(self, request: gr.Request, *values: Any) -> AsyncIterator[Update]:
        """Walk a sweep. Inputs: the form, the controls beside the tree and, from a page, the number of the asking (see
        `NewestWins.admit`). Outputs: its view, its problem."""
        if not self.trial(visitor_of(request)).admit(*values[_NUM_VALUES:]):
            return
        async for update in self._walk(request, values, lambda form, controls: form.plan(controls)):
            yield update

    async def walk_pilots(self, request: gr.Request, *values: Any) -> AsyncIterator[tuple[Any, ...]]:
        """Walk the form's prompts at all its thetas and the calibration's M, and calibrate. Inputs: the goal's name,
        its number, M, and then as `run`. Outputs: the sweep's view, the problem, the calibration."""
        asked, rest = values[:_NUM_GOAL_VALUES], values[_NUM_GOAL_VALUES:]
        trial = self.trial(visitor_of(request))
        if not trial.admit(*rest[_NUM_VALUES:]):
            return
        try:
            goal, most = goal_asked(*asked)
        except EagerError as error:
            yield _SKIP, problem_html(str(error)), _SKIP
            return
        is_whole = False
        async for update in self._walk(request, rest, lambda form, controls: form.pilot_plan(controls, goal, most)):
            is_whole = isinstance(update[0], str) and json.loads(update[0])["progress"]["state"] == "done"
            yield *update, _SKIP
        if is_whole:
            told, problem = await in_thread(calibrated, trial, goal, most)
            yield _SKIP, problem, told

    async def calibrate(self, request: gr.Request, *values: Any) -> Update:
        """Choose theta from what was swept. Inputs: the goal's name, its number, M. Outputs: the calibration, its
        problem."""
        try:
            return await in_thread(calibrated, self.trial(visitor_of(request)), *goal_asked(*values))
        except EagerError as error:
            return _SKIP, problem_html(str(error))

    def offer(self, model: str, precision: str, measure: str, request: gr.Request) -> str:
        """Say which theta is calibrated for the present model and measure. Output: the offer."""
        engine = self.engines.loaded(model or DEFAULT, precision)
        name = engine.model_name if engine else model.strip() or DEFAULT_MODEL_ID
        offered = self.trial(visitor_of(request)).offered(name, measure)
        if offered is None:
            return json.dumps({"theta": None, "title": ""})
        return json.dumps({"theta": offered.stored.theta, "title": offer_words(offered)}, ensure_ascii=False)

    def stop(self, request: gr.Request, order: int | None = None) -> None:
        """End the sweep under way; what is done stays. Input: the newest asking's number when it was pressed."""
        self.trial(visitor_of(request)).stop(order)

    async def catch_up(self, request: gr.Request) -> Any:
        """Tell again what the page has missed. Output: the view."""
        report = self.trial(visitor_of(request)).report
        return _SKIP if report is None else await in_thread(report.snapshot)

    def save_json(self, request: gr.Request) -> tuple[Any, str]:
        """Give the results as JSON. Outputs: the download, the problem line."""
        return self._save(
            request, "eager-sweep.json", lambda results: json.dumps(results, ensure_ascii=False, indent=1)
        )

    def save_csv(self, request: gr.Request) -> tuple[Any, str]:
        """Give the table as CSV. Outputs: the download, the problem line."""
        return self._save(request, "eager-sweep.csv", lambda results: csv_of(results["cells"]))

    def leave(self, request: gr.Request) -> None:
        """The page was closed: end its sweep, forget its results."""
        trial = self._trials.pop(visitor_of(request), None)
        if trial is not None:
            trial.stop()

    def _save(self, request: gr.Request, name: str, text_of: Callable[[dict[str, Any]], str]) -> tuple[Any, str]:
        results = self.trial(visitor_of(request)).results
        if results is None:
            return _SKIP, problem_html("There are no results to save yet; run a sweep first.")
        return download(name, text_of(results)), ""

    async def _walk(
        self, request: gr.Request, values: Iterable[Any], plan_of: Callable[[SweepForm, Controls], SweepPlan]
    ) -> AsyncIterator[Update]:
        """Yield what the page is told of a sweep, from the form and the controls to its end."""
        values, visitor = tuple(values), visitor_of(request)
        trial, own = self.trial(visitor), self._own_tasks(visitor)
        form, controls = SweepForm(*values[:_NUM_FORM_VALUES]), Controls(*values[_NUM_FORM_VALUES:_NUM_VALUES])
        try:
            form.check_tasks(own)
            plan = plan_of(form, controls)
            future = self.engines.request(controls.model or DEFAULT, controls.precision)
        except EagerError as error:
            yield _SKIP, problem_html(str(error))
            return
        number = trial.begin()
        yield waiting(number, "Loading the model …" if not future.done() else "Preparing the tasks …"), ""
        try:
            engine = await asyncio.wrap_future(future)
            async for batch in batches(trial.walk(number, engine, form, plan, own), UPDATE_PERIOD_S):
                report = trial.report
                if report is None or report.run != number:
                    return
                yield await in_thread(report.told, batch), left_out_note(step.progress for step in batch)
            yield await in_thread(ended, trial, number, "stopped" if trial.is_over(number) else "done"), _SKIP
        except Exception as error:
            if trial.is_newest(number):
                trial.stop()  # where this failed and not the sweep, nobody would listen to it
                yield await in_thread(ended, trial, number, "failed"), problem_of(error)


def calibrated(trial: SweepTrial, goal: Goal, max_sequences: int) -> Update:
    """Choose a theta; return what tells the page of it, and the problem line."""
    try:
        chosen = trial.calibrate(goal, max_sequences)
    except SettingsError as error:
        return _SKIP, problem_html(str(error))
    return json.dumps(told_choice(chosen), ensure_ascii=False), problem_html(chosen.problem)


def told_choice(chosen: Chosen) -> dict[str, Any]:
    """Return a calibration as the page shows it: numbers and sentences."""
    calibration = chosen.calibration
    return {
        "goal": GOAL_LABELS[chosen.goal.name],
        # Of Pass@k a margin is wanted, which is no height on the curve.
        "wanted": None if chosen.goal.name == "pass_at_k" else chosen.goal.wanted,
        "conditions": chosen.conditions,
        "curve": [list(point) for point in chosen.curve],
        "chosen": None
        if calibration is None
        else {key: asdict(calibration)[key] for key in ("theta", "low", "high", "value")},
        "words": chosen_words(chosen),
    }


def waiting(number: int, words: str) -> str:
    """Return the delta that stands there until sweep `number` begins."""
    return json.dumps({"run": number, "seq": 0, "progress": {"state": "running", "share": 0, "words": words}})


def ended(trial: SweepTrial, number: int, state: str) -> Any:
    """Return what tells the page how sweep `number` ended."""
    if not trial.is_newest(number):
        return _SKIP
    report = trial.report
    if report is not None and report.run == number:
        return report.ended(state)
    words = "Stopped before it started" if state == "stopped" else "It did not start"
    return json.dumps({"run": number, "seq": 1, "progress": {"state": state, "share": 0, "words": words}})
