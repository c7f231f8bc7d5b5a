"""What the experiment's buttons and clicks do. One `ExperimentHandlers` serves all visitors, each with a trial."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import astuple
from typing import Any

import gradio as gr

from components.experiments.form import OWN_FILE, Form, uploaded_tasks
from components.experiments.left_out import left_out_note
from components.experiments.trial import Trial
from components.files.download import download
from components.files.opening import Reopened, put_on_page
from components.frame.controls import Controls, controls_of
from components.frame.notices import note_html, problem_html
from components.visitors.asking import asked_of
from components.visitors.engines import DEFAULT, Engines
from components.visitors.identity import visitor_of
from components.visitors.pacing import batches, in_thread
from components.visitors.session import Visitors
from components.visitors.streaming import problem_of
from eager_core.errors import EagerError, SettingsError
from eager_core.events import start_of
from eager_core.traces import Trace

UPDATE_PERIOD_S = 0.12

_SKIP = gr.skip()
_NUM_FORM_VALUES = len(Form.__dataclass_fields__)
_NUM_VALUES = _NUM_FORM_VALUES + len(Controls.__dataclass_fields__)

Update = tuple[Any, Any]
"""The experiment's delta, its problem line."""


class ExperimentHandlers:
    """The experiment's handlers, as Gradio calls them."""

    def __init__(self, engines: Engines, visitors: Visitors) -> None:
        """Args: visitors: their sessions, whose tree view shows a prompt's tree when it is opened."""
        self.engines = engines
        self.visitors = visitors
        self._trials: dict[str, Trial] = {}

    def trial(self, visitor: str) -> Trial:
        """Return the visitor's trial, a fresh one at first."""
        return self._trials.setdefault(visitor, Trial())

    async def run(self, request: gr.Request, *values: Any) -> AsyncIterator[Update]:
        """Run an experiment. Inputs: the form, the controls beside the tree and, from a page, the number of the asking
        (see `NewestWins.admit`). Outputs: its view, its problem."""
        trial = self.trial(visitor_of(request))
        form, controls = Form(*values[:_NUM_FORM_VALUES]), Controls(*values[_NUM_FORM_VALUES:_NUM_VALUES])
        if not trial.admit(*values[_NUM_VALUES:]):
            return
        try:
            form.check_num_prompts()
            form.check_tasks(trial.own_tasks)
            plan = form.plan(controls)
            future = self.engines.request(controls.model or DEFAULT, controls.precision)
        except EagerError as error:
            yield _SKIP, problem_html(str(error))
            return
        self.visitors.session(visitor_of(request)).end_looking_ahead()
        number = trial.begin()
        yield waiting(number, "Loading the model …" if not future.done() else "Preparing the tasks …"), ""
        try:
            engine = await asyncio.wrap_future(future)
            async for batch in batches(trial.walk(number, engine, form, plan, controls), UPDATE_PERIOD_S):
                report = trial.report
                if report is None or report.run != number:
                    return
                yield await in_thread(report.told, batch), left_out_note(step.progress for step in batch)
            yield await in_thread(ended, trial, number, "stopped" if trial.is_over(number) else "done"), _SKIP
        except Exception as error:
            if trial.is_newest(number):
                trial.stop()  # where this failed and not the experiment, nobody would listen to it
                yield await in_thread(ended, trial, number, "failed"), problem_of(error)

    def stop(self, request: gr.Request, order: int | None = None) -> None:
        """End the experiment under way; what is done stays. Input: the newest asking's number when it was pressed."""
        self.trial(visitor_of(request)).stop(order)

    def upload(self, path: str, request: gr.Request) -> tuple[Any, str]:
        """Take a file of tasks; a broken one leaves the last. Outputs: the choice of tasks, the problem line."""
        try:
            tasks = uploaded_tasks(path)
        except EagerError as error:
            return _SKIP, problem_html(str(error))
        self.trial(visitor_of(request)).own_tasks = tasks
        return OWN_FILE, note_html(f"{tasks.name}: {len(tasks.tasks)} tasks are ready.")

    def open_tree(self, click: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Show a prompt's tree, {stage, number}, as it was grown. Outputs: the tree's delta, its problem, the
        inspector, the prompt and all controls."""
        trial = self.trial(visitor_of(request))
        events = trial.events_of(click.stage, click.number)
        if not events:
            return (_SKIP,) * (4 + len(astuple(Controls())))
        started = start_of(events)
        controls = controls_of(started, trial.controls)
        reopened = Reopened(controls, asked_of(started.prompt, controls), True, "")
        is_right = trial.is_right(click.stage, click.number)
        return put_on_page(self.visitors.session(visitor_of(request)), Trace(events, None), reopened, is_right)

    async def catch_up(self, request: gr.Request) -> Any:
        """Tell again what the page has missed. Output: the view."""
        report = self.trial(visitor_of(request)).report
        return _SKIP if report is None else await in_thread(report.snapshot)

    def save(self, request: gr.Request) -> tuple[Any, str]:
        """Give the results as JSON. Outputs: the download, the problem line."""
        results = self.trial(visitor_of(request)).results
        if results is None:
            return _SKIP, problem_html(str(SettingsError("There are no results to save yet; run an experiment first.")))
        text = json.dumps(results, ensure_ascii=False, indent=1, allow_nan=False)
        return download("eager-results.json", text), ""

    def leave(self, request: gr.Request) -> None:
        """The page was closed: end its experiment, forget its trees."""
        trial = self._trials.pop(visitor_of(request), None)
        if trial is not None:
            trial.stop()


def waiting(number: int, words: str) -> str:
    """Return the delta that stands there until experiment `number` begins."""
    progress = {"state": "running", "stage": None, "number": None, "share": 0, "words": words}
    return json.dumps({"run": number, "seq": 0, "progress": progress})


def ended(trial: Trial, number: int, state: str) -> Any:
    """Return what tells the page how experiment `number` ended."""
    if not trial.is_newest(number):
        return _SKIP
    report = trial.report
    if report is None or report.run != number:
        words = "Stopped before it started" if state == "stopped" else "It did not start"
        progress = {"state": state, "stage": None, "number": None, "share": 0, "words": words}
        return json.dumps({"run": number, "seq": 1, "progress": progress})
    return report.ended(state)
