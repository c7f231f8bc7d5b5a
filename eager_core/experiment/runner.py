"""Runs the stages over a set of prompts, one prompt at a time, and keeps each as soon as it is done."""

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace

from eager_core.budget import Allocation, CardAllocation, Grant, Outcome, allocate, allocate_by_card, retry_thetas
from eager_core.engine import Engine
from eager_core.errors import TraceError
from eager_core.experiment.explorations import Explorations
from eager_core.experiment.fitting import LeftOut, fitting_tasks
from eager_core.experiment.identity import identity_of
from eager_core.experiment.plan import CONTINUES, Plan
from eager_core.experiment.progress import (
    AllocationMade,
    Grew,
    Progress,
    PromptFinished,
    PromptStarted,
    StageFinished,
    StageStarted,
    TasksLeftOut,
)
from eager_core.experiment.records import PromptRecord
from eager_core.experiment.results import Results
from eager_core.experiment.storage import ResultsFolder
from eager_core.experiment.work import PromptWork, repeats_former_run
from eager_core.grading import TaskSet
from eager_core.settings import Settings

_FIRST_SUMMARY_RECORDS = 8
_SUMMARY_GROWTH = 1.25
"""The summary is written whenever there are so many times more records than last time: all of it costs O(records)."""


class Experiment:
    """One plan over one task set.

        with family_tasks("chain_sum", 20) as tasks:
            experiment = Experiment(load_engine(), tasks, Plan(Settings(theta=2.0)))
            for progress in experiment.run():
                print(progress)
            experiment.results()

    With a folder, each prompt is written when it is done, and a later run with the same plan goes on after it. Reruns
    of stage 2 continue in the tree that stage 1 left, so that the model is asked for new nodes only; after an
    interruption what was known is computed again, with the same results.

    `tasks` are those that the model can be asked, `left_out` the others. `records` and `allocations` hold what there is
    so far, by stage. What the grader holds is freed whenever a run ends. Not for several threads at once.
    """

    def __init__(self, engine: Engine, tasks: TaskSet, plan: Plan, folder: ResultsFolder | None = None) -> None:
        """Raises: PromptError, if the model can be asked none of the prompts."""
        fitting = fitting_tasks(engine, tasks, plan.date)
        self.engine = engine
        self.tasks = fitting.tasks
        self.left_out: tuple[LeftOut, ...] = fitting.left_out
        self.plan = plan
        self.records: dict[str, list[PromptRecord]] = {}
        self.allocations: dict[str, Allocation | CardAllocation] = {}
        self._grants: dict[str, dict[int, Grant]] = {}
        self._folder = folder
        self._identity = identity_of(engine, fitting, plan)
        self._explorations = Explorations(engine, plan.seed, plan.date)
        self._results = Results(tasks.name, engine.model_name, plan.settings)
        self._num_records = self._num_summed_up = 0
        self._is_summed_up = False

    def run(self, should_stop: Callable[[], bool] = lambda: False) -> Iterator[Progress]:
        """Yield what happens. Nothing is run again that is known.

        Args:
            should_stop: asked often; once true, the prompt under way is given up, all others are kept.
        Raises:
            SettingsError: the folder belongs to another experiment, or can't be written.
            ModelError, PromptError: the model failed; what is done is kept.
        """
        with self._folder or nullcontext():
            if self._folder is not None:
                self._folder.claim(self._identity)
            try:
                yield from self._run_stages(should_stop)
            finally:
                self._explorations.close()
                self.tasks.close()
                self._sum_up()

    def results(self, intervals: bool = True) -> dict:
        """Return scores, allocations and the plots' data of what is done so far, as JSON values; see `Results.to_json`.

        Args:
            intervals: whether to compute the bootstrap intervals that are not known yet.
        """
        return {
            "rules": self.plan.rules,
            "seed": self.plan.seed,
            "date": self.plan.date,
            "left_out": [
                {"number": one.number, "task_id": one.task.id, "reason": one.reason} for one in self.left_out
            ],
            **self._results.to_json(self.allocations, intervals),
        }

    def _run_stages(self, should_stop: Callable[[], bool]) -> Iterator[Progress]:
        if self.left_out:
            yield TasksLeftOut(self.left_out, len(self.tasks.tasks) + len(self.left_out))
        for stage in self.plan.ordered_stages:
            yield from self._run_stage(stage, should_stop)
            if len(self.records[stage]) < len(self.tasks.tasks):
                return

    def _run_stage(self, stage: str, should_stop: Callable[[], bool]) -> Iterator[Progress]:
        done = self.records[stage] = []
        self._results.begin(stage)
        yield StageStarted(stage, len(self.tasks.tasks))
        if stage in CONTINUES:
            self.allocations[stage] = self._allocate(stage)
            self._is_summed_up = False
            yield AllocationMade(stage, self.allocations[stage])
        yield from self._run_prompts(stage, done, should_stop)
        if len(done) == len(self.tasks.tasks):
            self._sum_up()
            yield StageFinished(stage, self._results.scores(stage))

    def _allocate(self, stage: str) -> Allocation | CardAllocation:
        max_sequences, former = self.plan.settings.max_sequences, self.records[CONTINUES[stage]]
        if stage == "card":
            entropies = [_mean_entropy(record) for record in former]
            return allocate_by_card(entropies, max_sequences, self.plan.target_cost)
        outcomes = [Outcome(len(record.sequences), record.is_solved) for record in former]
        allocation = allocate(outcomes, max_sequences, stage, self.plan.rules)
        self._grants[stage] = {grant.prompt: grant for grant in allocation.grants}
        return allocation

    def _run_prompts(
        self, stage: str, done: list[PromptRecord], should_stop: Callable[[], bool]
    ) -> Iterator[Progress]:
        """Fill `done` with the records of all prompts, as far as it gets."""
        for number, task in enumerate(self.tasks.tasks):
            if should_stop():
                return
            record = self._folder.load(stage, number, task) if self._folder is not None else None
            tree = None
            is_new = record is None
            if record is None:
                began = time.perf_counter()
                work = self._work(stage, number)
                yield PromptStarted(stage, number, task)
                for event in work.run(should_stop):
                    yield Grew(stage, number, event)
                if work.was_stopped:
                    return
                record, tree = work.record(time.perf_counter() - began), work.tree
            self._keep(record, done, is_new)
            yield PromptFinished(stage, number, record, tree)

    def _keep(self, record: PromptRecord, done: list[PromptRecord], is_new: bool) -> None:
        done.append(record)
        self._results.add(record)
        self._num_records += 1
        self._is_summed_up = False
        if self._folder is not None and is_new:
            self._folder.save(record)
            if self._num_records >= max(_FIRST_SUMMARY_RECORDS, _SUMMARY_GROWTH * self._num_summed_up):
                self._sum_up()

    def _sum_up(self) -> None:
        """Write the summary, if there is a folder and anything that the last one lacks."""
        if self._folder is not None and not self._is_summed_up:
            self._folder.save_results(self.results())
            self._num_summed_up, self._is_summed_up = self._num_records, True

    def _work(self, stage: str, number: int) -> PromptWork:
        """Return what is to be run for one prompt in one stage."""
        settings, task = self.plan.settings, self.tasks.tasks[number]
        former = self.records[CONTINUES[stage]][number] if stage in CONTINUES else None
        most, runs = settings.max_sequences, [settings]
        if stage == "parallel":
            runs = [replace(settings, strategy="parallel")]
        elif stage == "plain":
            runs = [replace(settings, strategy="greedy")]
        elif stage == "card":
            allocation = self.allocations[stage]
            assert isinstance(allocation, CardAllocation)  # `_allocate` gives this stage no other
            most = allocation.num_sequences[number]
            runs = [replace(settings, max_sequences=most)]
        elif former is not None:
            most, runs = self._granted(stage, number, former)
        return PromptWork(stage, number, task, self.tasks.grader, self._explorations, former, tuple(runs), most)

    def _granted(self, stage: str, number: int, former: PromptRecord) -> tuple[int, list[Settings]]:
        """Return how many sequences a prompt may have in stage 2, and its reruns: none where nothing is granted."""
        settings, grant = self.plan.settings, self._grants[stage].get(number)
        if grant is None or not grant.num_extra:
            return settings.max_sequences, []
        most = settings.max_sequences + grant.num_extra
        thetas = retry_thetas(settings.theta, grant.lowers_theta, self.plan.rules)
        runs = [replace(settings, theta=theta, max_sequences=most) for theta in thetas]
        return most, [run for run in runs if not repeats_former_run(settings, run, former)]


def _mean_entropy(record: PromptRecord) -> float:
    if record.mean_entropy is None:
        raise TraceError(
            f"The record of prompt {record.number} in stage {record.stage} lacks its mean_entropy; delete it, and it "
            "is made again."
        )
    return record.mean_entropy
