"""Runs a study over a task set, one prompt at a time, and keeps each as soon as it is done.

    samples   every prompt: M samples, the measures of their tokens, rollouts from chosen places
    walks     every prompt again: each measure makes the forks, at thetas chosen from all prompts' samples
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Any

from eager_core.engine import Engine
from eager_core.errors import SettingsError
from eager_core.experiment import LeftOut
from eager_core.experiment.explorations import Explorations
from eager_core.experiment.fitting import fitting_tasks
from eager_core.grading import Task, TaskSet
from eager_core.worth.analysis import worth_of
from eager_core.worth.identity import identity_of_study
from eager_core.worth.plan import WorthPlan
from eager_core.worth.probe import probe
from eager_core.worth.records import ProbeRecord, TriggerRecord
from eager_core.worth.storage import WorthFolder
from eager_core.worth.triggers import thetas_of, told_measures, trigger

STAGES = ("samples", "walks")


@dataclass(frozen=True)
class PromptDone:
    """A prompt is finished in one stage."""

    stage: str
    record: ProbeRecord | TriggerRecord
    is_new: bool
    """Whether it was run now; else it stood in the folder."""


class WorthStudy:
    """One plan over one task set.

        with family_tasks("gcd", 20) as tasks:
            study = WorthStudy(load_engine(), tasks, WorthPlan(Settings(max_new_tokens=64)))
            for done in study.run():
                print(done)
            study.results()["measures"]["top_k_entropy"]["auc"]

    With a folder, each prompt is written when it is done, and a later study of the same plan goes on after it; the
    difference at which outcomes count as different may be another one, for that needs no model. `probes` and `triggers`
    hold what there is so far. What the grader holds is freed whenever a run ends. Not for several threads at once.
    """

    def __init__(self, engine: Engine, tasks: TaskSet, plan: WorthPlan, folder: WorthFolder | None = None) -> None:
        """
        Raises:
            SettingsError: no task has an answer.
            PromptError: the model can be asked none of the prompts.
        """
        if not any(task.answer.strip() for task in tasks.tasks):
            raise SettingsError(f"No task of {tasks.name} has an answer to judge by; name tasks with answers.")
        fitting = fitting_tasks(engine, tasks, plan.date)
        self.engine = engine
        self.tasks = fitting.tasks
        self.left_out: tuple[LeftOut, ...] = fitting.left_out
        self.plan = plan
        self.probes: list[ProbeRecord] = []
        self.triggers: list[TriggerRecord] = []
        self._folder = folder
        self._identity = identity_of_study(engine, fitting, plan)
        self._explorations = Explorations(engine, plan.seed, plan.date)

    @property
    def num_steps(self) -> int:
        """How many `PromptDone` a whole run tells."""
        return len(STAGES) * len(self.tasks.tasks)

    def run(self, should_stop: Callable[[], bool] = lambda: False) -> Iterator[PromptDone]:
        """Yield each prompt as it is done. Nothing is run again that is known.

        Args:
            should_stop: asked often; once true, the prompt under way is given up, all others are kept.
        Raises:
            SettingsError: the folder belongs to another study or can't be written, or the model tells no measure.
            ModelError, PromptError: the model failed; what is done is kept.
        """
        self.probes, self.triggers = [], []
        with self._folder or nullcontext():
            if self._folder is not None:
                self._folder.claim(self._identity)
            try:
                yield from self._probes(should_stop)
                if len(self.probes) == len(self.tasks.tasks):
                    yield from self._walks(should_stop)
            finally:
                self._explorations.close()
                self.tasks.close()
                if self._folder is not None and self.probes:
                    self._folder.save_results(self.results())

    def results(self) -> dict[str, Any]:
        """Return what is known so far, as JSON values; see `worth_of`.

        Raises:
            SettingsError: no prompt is done.
        """
        records: list[ProbeRecord | TriggerRecord] = [*self.probes, *self.triggers]
        return {
            "tasks": self.tasks.name,
            "model": self.engine.model_name,
            "settings": asdict(self.plan.settings),
            "num_rollouts": self.plan.num_rollouts,
            "seed": self.plan.seed,
            "left_out": [
                {"number": one.number, "task_id": one.task.id, "reason": one.reason} for one in self.left_out
            ],
            "cost": {
                "rollout_tokens": sum(record.rollout_tokens for record in self.probes),
                "walk_tokens": sum(record.new_tokens for record in self.triggers),
                "forward_passes": sum(record.forward_passes for record in records),
                "seconds": sum(record.seconds for record in records),
            },
            **worth_of(self.probes, self._whole_triggers(), self.plan),
        }

    def _whole_triggers(self) -> list[TriggerRecord]:
        """Those of all prompts, or none: sums over some of them would stand beside samples of all."""
        return self.triggers if len(self.triggers) == len(self.tasks.tasks) else []

    def _probes(self, should_stop: Callable[[], bool]) -> Iterator[PromptDone]:
        for number, task in enumerate(self.tasks.tasks):
            record = self._known("samples", number, task, ProbeRecord)
            is_new = record is None
            if record is None:
                exploration = self._explorations.of(number, task.prompt)
                record = probe(exploration, number, task, self.tasks.grader, self.plan, should_stop)
            if record is None:
                return
            yield self._kept("samples", record, self.probes, is_new)

    def _walks(self, should_stop: Callable[[], bool]) -> Iterator[PromptDone]:
        measures = told_measures(self.probes, self.plan.measures)
        if not measures:
            raise SettingsError(
                f"The model does not tell {', '.join(self.plan.measures)}; choose another measure, say top_k_entropy."
            )
        thetas = thetas_of(self.probes, measures)
        for number, task in enumerate(self.tasks.tasks):
            record = self._known("walks", number, task, TriggerRecord)
            is_new = record is None
            if record is None:
                exploration = self._explorations.of(number, task.prompt)
                record = trigger(exploration, number, task, self.tasks.grader, self.plan, thetas, should_stop)
            if record is None:
                return
            yield self._kept("walks", record, self.triggers, is_new)

    def _known(self, stage: str, number: int, task: Task, kind: type) -> Any:
        return None if self._folder is None else self._folder.load(stage, number, task, kind)

    def _kept(self, stage: str, record: Any, done: list, is_new: bool) -> PromptDone:
        if is_new and self._folder is not None:
            self._folder.save(stage, record)
        done.append(record)
        return PromptDone(stage, record, is_new)
