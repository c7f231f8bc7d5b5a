"""Runs the stages over a set of prompts, one prompt at a time, and keeps each as soon as it is done."""

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace

from eager_core.budget import RULES, Allocation, CardAllocation, Outcome, allocate, allocate_by_card, retry_thetas
from eager_core.engine import Engine
from eager_core.errors import SettingsError
from eager_core.experiment.explorations import Explorations
from eager_core.experiment.progress import (
    AllocationMade,
    Grew,
    Progress,
    PromptFinished,
    PromptStarted,
    StageFinished,
    StageStarted,
)
from eager_core.experiment.records import PromptRecord
from eager_core.experiment.results import results_of, stage_scores
from eager_core.experiment.storage import ResultsFolder
from eager_core.experiment.work import PromptWork
from eager_core.grading import TaskSet
from eager_core.settings import LARGEST_MAX_SEQUENCES, Settings, check_seed

ALL_STAGES = ("parallel", "init", "adapt", "full", "plain", "card")
"""Full parallel sampling, EAGer-init, stage 2 without and with labels, one greedy sequence, the skill card's budget."""

LARGEST_TARGET_COST = 4.0

_CONTINUES = {"adapt": "init", "full": "init", "card": "plain"}
"""The stage whose sequences and tokens a stage goes on from."""


@dataclass(frozen=True)
class Plan:
    """What an experiment does.

    Raises:
        SettingsError: unknown stages or rules, a strategy that never forks, a cost out of range, or an M so large that
            stage 2 would exceed the most sequences.
    """

    settings: Settings = field(default_factory=Settings)
    """Of stage 1; parallel sampling takes its M, temperature, top-p and length."""
    stages: tuple[str, ...] = ("parallel", "init", "adapt", "full")
    rules: str = "paper"
    """Whose stage 2: "paper" or "reference"."""
    seed: int = 0
    target_cost: float = 1.0
    """Stage "card" only: 1.0 is M sequences a prompt."""

    def __post_init__(self) -> None:
        check_seed(self.seed)
        unknown = [stage for stage in self.stages if stage not in ALL_STAGES]
        if unknown or not self.stages:
            raise SettingsError(f"stages are {list(self.stages)}, but must be some of: {', '.join(ALL_STAGES)}.")
        if self.rules not in RULES:
            raise SettingsError(f"rules is {self.rules!r}, but must be one of: {', '.join(RULES)}.")
        if self.settings.strategy in ("parallel", "greedy"):
            raise SettingsError(
                f"The strategy of an experiment is {self.settings.strategy!r}, but must be one that forks; its stages "
                '"parallel" and "plain" are the baselines.'
            )
        if not 0 < self.target_cost <= LARGEST_TARGET_COST:
            raise SettingsError(
                f"target_cost is {self.target_cost!r}, but must be above 0 to {LARGEST_TARGET_COST:g}; 1.0 is standard."
            )
        if 4 * self.settings.max_sequences > LARGEST_MAX_SEQUENCES and {*_CONTINUES} & {*self.stages}:
            raise SettingsError(
                f"max_sequences (M) is {self.settings.max_sequences}, but at most {LARGEST_MAX_SEQUENCES // 4} leave "
                "room for what stage 2 gives; lower M, or leave stage 2 out."
            )

    @property
    def ordered_stages(self) -> tuple[str, ...]:
        """The stages asked for and those that they continue, in the order they run."""
        needed = {*self.stages, *(_CONTINUES[stage] for stage in self.stages if stage in _CONTINUES)}
        return tuple(stage for stage in ALL_STAGES if stage in needed)


class Experiment:
    """One plan over one task set.

        experiment = Experiment(load_engine(), family_tasks("chain_sum", 20), Plan(Settings(theta=2.0)))
        for progress in experiment.run():
            print(progress)
        experiment.results()

    With a folder, each prompt is written when it is done, and a later run with the same plan goes on after it. Reruns
    of stage 2 continue in the tree that stage 1 left, so that the model is asked for new nodes only; after an
    interruption what was known is computed again, with the same results.

    `records` and `allocations` hold what there is so far, by stage. Not for several threads at once.
    """

    def __init__(self, engine: Engine, tasks: TaskSet, plan: Plan, folder: ResultsFolder | None = None) -> None:
        self.engine = engine
        self.tasks = tasks
        self.plan = plan
        self.records: dict[str, list[PromptRecord]] = {}
        self.allocations: dict[str, Allocation | CardAllocation] = {}
        self._folder = folder
        self._explorations = Explorations(engine, plan.seed)

    def run(self, should_stop: Callable[[], bool] = lambda: False) -> Iterator[Progress]:
        """Yield what happens. Nothing is run again that is known.

        Args:
            should_stop: asked often; once true, the prompt under way is given up, all others are kept.
        Raises:
            SettingsError: the folder belongs to another experiment, or can't be written.
            ModelError, PromptError: the model failed, or a prompt does not fit it; what is done is kept.
        """
        with self._folder or nullcontext():
            if self._folder is not None:
                self._folder.claim(self._identity())
            try:
                for stage in self.plan.ordered_stages:
                    yield from self._run_stage(stage, should_stop)
                    if len(self.records[stage]) < len(self.tasks.tasks):
                        return
            finally:
                self._explorations.close()

    def results(self) -> dict:
        """Return scores, allocations and the plots' data of what is done so far, as JSON values; see `results_of`."""
        return {
            "rules": self.plan.rules,
            "seed": self.plan.seed,
            **results_of(self.tasks.name, self.engine.model_name, self.plan.settings, self.records, self.allocations),
        }

    def _identity(self) -> dict:
        return {
            "format": 1,
            "model": self.engine.model_name,
            "precision": self.engine.precision,
            "tasks": self.tasks.name,
            "task_ids": [task.id for task in self.tasks.tasks],
            "settings": asdict(self.plan.settings),
            "rules": self.plan.rules,
            "seed": self.plan.seed,
            "target_cost": self.plan.target_cost,
        }

    def _run_stage(self, stage: str, should_stop: Callable[[], bool]) -> Iterator[Progress]:
        done = self.records[stage] = []
        yield StageStarted(stage, len(self.tasks.tasks))
        if stage in _CONTINUES:
            self.allocations[stage] = self._allocate(stage)
            yield AllocationMade(stage, self.allocations[stage])
        yield from self._run_prompts(stage, done, should_stop)
        if len(done) == len(self.tasks.tasks):
            yield StageFinished(stage, stage_scores(done, self.records.get("parallel")))

    def _allocate(self, stage: str) -> Allocation | CardAllocation:
        max_sequences, former = self.plan.settings.max_sequences, self.records[_CONTINUES[stage]]
        if stage == "card":
            entropies = [record.mean_entropy for record in former]
            return allocate_by_card(entropies, max_sequences, self.plan.target_cost)
        outcomes = [Outcome(len(record.sequences), record.is_solved) for record in former]
        return allocate(outcomes, max_sequences, stage, self.plan.rules)

    def _run_prompts(
        self, stage: str, done: list[PromptRecord], should_stop: Callable[[], bool]
    ) -> Iterator[Progress]:
        """Fill `done` with the records of all prompts, as far as it gets."""
        for number in range(len(self.tasks.tasks)):
            if should_stop():
                return
            record = self._folder.load(stage, number) if self._folder is not None else None
            is_new, tree = record is None, None
            if is_new:
                began = time.perf_counter()
                work = self._work(stage, number)
                yield PromptStarted(stage, number, self.tasks.tasks[number])
                for event in work.run(should_stop):
                    yield Grew(stage, number, event)
                if work.was_stopped:
                    return
                record, tree = work.record(time.perf_counter() - began), work.tree
            done.append(record)
            if self._folder is not None and is_new:
                self._folder.save(record)
                self._folder.save_results(self.results())
            yield PromptFinished(stage, number, record, tree)

    def _work(self, stage: str, number: int) -> PromptWork:
        """Return what is to be run for one prompt in one stage."""
        settings, task = self.plan.settings, self.tasks.tasks[number]
        most, runs = settings.max_sequences, [settings]
        if stage == "parallel":
            runs = [replace(settings, strategy="parallel")]
        elif stage == "plain":
            runs = [replace(settings, strategy="greedy")]
        elif stage == "card":
            most = self.allocations[stage].num_sequences[number]
            runs = [replace(settings, max_sequences=most)]
        elif stage != "init":
            num_extra, thetas = self._granted(stage, number)
            most += num_extra
            runs = [replace(settings, theta=theta, max_sequences=most) for theta in thetas]
        former = self.records[_CONTINUES[stage]][number] if stage in _CONTINUES else None
        return PromptWork(stage, number, task, self.tasks.grader, self._explorations, former, tuple(runs), most)

    def _granted(self, stage: str, number: int) -> tuple[int, tuple[float, ...]]:
        """Return a prompt's sequences beyond M, and the thetas of its reruns: none where nothing is granted."""
        for grant in self.allocations[stage].grants:
            if grant.prompt == number and grant.num_extra:
                return grant.num_extra, retry_thetas(self.plan.settings.theta, grant.lowers_theta, self.plan.rules)
        return 0, ()
