"""Walks all settings over a set of prompts, one joint walk a prompt, and keeps each prompt as soon as it is done."""

from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any

from eager_core.engine import Engine
from eager_core.experiment import LeftOut, TasksLeftOut
from eager_core.experiment.fitting import fitting_tasks
from eager_core.experiment.identity import common_identity
from eager_core.exploration import Exploration
from eager_core.grading import Task, TaskSet
from eager_core.sweeps.plan import SweepPlan
from eager_core.sweeps.progress import Grew, PromptFinished, PromptStarted, SweepProgress, SweepStarted, TimeLeft
from eager_core.sweeps.records import SweepRecord, record_of
from eager_core.sweeps.results import SweepTally
from eager_core.sweeps.storage import SweepFolder
from eager_core.walked import WalkedPaths


class Sweep:
    """One grid of settings over one task set.

        with family_tasks("gcd", 20) as tasks:
            sweep = Sweep(load_engine(), tasks, SweepPlan(thetas=(1.8, 2.2, 2.6), max_sequences=(4, 8)))
            for progress in sweep.run():
                print(progress)
            sweep.results()["cells"]

    With a folder, each prompt is written when it is done, and a later sweep with the same plan goes on after it. Memory
    is that of one prompt: its exploration is closed before the next one begins, and of records that are done only their
    numbers are held. Not for several threads at once.

    `tasks` are those that the model can be asked, `left_out` the others.
    """

    def __init__(self, engine: Engine, tasks: TaskSet, plan: SweepPlan, folder: SweepFolder | None = None) -> None:
        """Raises: PromptError, if the model can be asked none of the prompts."""
        fitting = fitting_tasks(engine, tasks, plan.date)
        self.engine = engine
        self.tasks = fitting.tasks
        self.left_out: tuple[LeftOut, ...] = fitting.left_out
        self.plan = plan
        self._folder = folder
        self._identity = _identity_of(common_identity(engine, fitting, plan.seed, plan.date), plan)
        self._tally = SweepTally(plan)

    @property
    def num_done(self) -> int:
        """Prompts that are done."""
        return self._tally.num_prompts

    @property
    def is_whole(self) -> bool:
        """Whether all prompts are done."""
        return self.num_done == len(self.tasks.tasks)

    def run(self, should_stop: Callable[[], bool] = lambda: False) -> Iterator[SweepProgress]:
        """Yield what happens. No prompt is walked again that is known.

        Args:
            should_stop: asked often; once true, the prompt under way is given up, all others are kept.
        Raises:
            SettingsError: the folder belongs to another sweep, or can't be written.
            TraceError: a record in it is broken.
            ModelError: the model failed; what is done is kept.
        """
        with self._folder or nullcontext():
            self._tally = SweepTally(self.plan)
            time_left = TimeLeft(len(self.tasks.tasks))
            if self._folder is not None:
                self._folder.claim(self._identity)
                # Each record is let go once its numbers are taken.
                for record in self._folder.load(self.tasks.tasks, self.plan.walks):
                    self._take(record, time_left)
            try:
                yield from self._run(time_left, should_stop)
            finally:
                self.tasks.close()
                if self._folder is not None and self.num_done:
                    self._folder.save_results(self.results(), list(self._tally.prompt_rows()))

    def results(self, intervals: bool = True) -> dict[str, Any]:
        """Return the table, the front and what sharing saved of what is done so far, as JSON values.

        See `SweepTally.to_json`; `cells` and `front` are empty before the first prompt is done.

        Args:
            intervals: whether to resample the prompts; otherwise the ends of all intervals are None.
        """
        settings = asdict(self.plan.settings)
        return {
            "tasks": self.tasks.name,
            "model": self.engine.model_name,
            "seed": self.plan.seed,
            "date": self.plan.date,
            "settings": {name: value for name, value in settings.items() if name not in ("theta", "max_sequences")},
            "num_prompts": len(self.tasks.tasks),
            "num_done": self.num_done,
            "left_out": [
                {"number": one.number, "task_id": one.task.id, "reason": one.reason} for one in self.left_out
            ],
            **(self._tally.to_json(intervals) if self.num_done else {"cells": [], "front": [], "sharing": None}),
        }

    def _run(self, time_left: TimeLeft, should_stop: Callable[[], bool]) -> Iterator[SweepProgress]:
        tasks = self.tasks.tasks
        if self.left_out:
            yield TasksLeftOut(self.left_out, len(tasks) + len(self.left_out))
        yield SweepStarted(len(tasks), len(self.plan.walks), self.num_done)
        for number, task in enumerate(tasks):
            if self._tally.knows(number):
                continue
            if should_stop():
                return
            yield PromptStarted(number, task)
            record = yield from self._walk(number, task, time_left, should_stop)
            if record is None:
                return
            if self._folder is not None:
                self._folder.append(record)
            self._take(record, time_left)
            yield PromptFinished(number, record, self.num_done)

    def _take(self, record: SweepRecord, time_left: TimeLeft) -> None:
        self._tally.add(record)
        time_left.finish(record.seconds)

    def _walk(
        self, number: int, task: Task, time_left: TimeLeft, should_stop: Callable[[], bool]
    ) -> Generator[SweepProgress, None, SweepRecord | None]:
        """Yield the steps of one prompt's joint walk, and return its record, None where it was stopped."""
        time_left.begin()
        paths, depth, walks = WalkedPaths(), 0, self.plan.walks
        with Exploration(self.engine, task.prompt, self.plan.seed, self.plan.date) as exploration:
            longest = max(1, min(self.plan.settings.max_new_tokens, exploration.knowledge.room))
            for tagged in exploration.sweep(walks, should_stop):
                # The first node of a step: all walks have taken the step before.
                if paths.depth > depth:
                    depth = paths.depth
                    left = time_left.left(depth / longest)
                    yield Grew(number, depth, paths.num_nodes, paths.num_growing, left)
                paths.apply(tagged)
            passes = exploration.knowledge.num_forward_passes
        if paths.is_stopped:
            return None
        seconds = time_left.elapsed
        return record_of(number, task, self.tasks.grader, paths, len(walks), passes, seconds)


def _identity_of(common: dict[str, Any], plan: SweepPlan) -> dict[str, Any]:
    """Return what decides the results of a sweep, as JSON values."""
    settings = asdict(plan.settings)
    del settings["theta"], settings["max_sequences"]
    thetas = list(plan.thetas) if plan.has_theta else None
    return {
        **common,
        "thetas": thetas,
        "max_sequences": list(plan.max_sequences),
        "baseline": plan.has_baseline,
        "settings": settings,
    }
