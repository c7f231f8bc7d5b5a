"""One visitor's sweeps: the one under way, its results, its pilots, and what was chosen from them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from components.experiments.form import OWN_FILE
from components.sweeps.form import SweepForm
from components.sweeps.report import Report, Step
from components.visitors.newest_wins import NewestWins
from eager_core.calibration import (
    Calibration,
    Goal,
    Pilot,
    StoredCalibration,
    calibrations_of,
    check_goal,
    choose,
    curve_of,
    save_calibration,
)
from eager_core.engine import Engine
from eager_core.errors import SettingsError
from eager_core.grading import TaskSet
from eager_core.settings import Settings
from eager_core.sweeps import PromptFinished, Sweep, SweepPlan, pilots_of


@dataclass(frozen=True)
class Offered:
    """A calibration that the page offers, and the task it was made on."""

    task: str
    stored: StoredCalibration


@dataclass(frozen=True)
class Chosen:
    """What a calibration came to; where no theta reaches the goal, the curve alone and the sentence that says so."""

    goal: Goal
    conditions: str
    """The task's name, M and the model."""
    curve: tuple[tuple[float, float, float], ...]
    calibration: Calibration | None
    problem: str = ""


class SweepTrial(NewestWins):
    """Sweeps of one visitor, of which only the newest goes on. Visitors share nothing but the engines.

    `walk` runs in the thread that iterates it, and waits its turn until the one before has ended.
    """

    def __init__(self) -> None:
        super().__init__()
        self.report: Report | None = None
        """Of the newest sweep that has begun to walk."""
        self.results: dict[str, Any] | None = None
        """As far as that sweep has come."""
        self._plan = SweepPlan(Settings(), thetas=(2.0,), max_sequences=(1,))
        self._model = ""
        self._task = ""
        self._is_own_file = False
        self._pilots: dict[int, list[Pilot]] = {}
        """By M; numbers, and the prompts' texts, which nobody is told."""
        self._own: dict[tuple[str, str], Offered] = {}
        """By model and measure: what was chosen on a visitor's own file stays with the visitor."""

    def walk(
        self, number: int, engine: Engine, form: SweepForm, plan: SweepPlan, own: TaskSet | None
    ) -> Iterator[Step]:
        """Yield what happens in sweep `number`; nothing, if it is over before its turn.

        Args:
            own: the tasks that the visitor uploaded.
        Raises:
            EagerError: the tasks can't be had, or the model refuses all prompts or fails; what is done stays.
        """
        with self._turn:
            if self.is_over(number):
                return
            sweep = Sweep(engine, form.task_set(own, plan.seed), plan)
            self.report = Report(number, sweep.tasks, plan, engine.model_name)
            self.results, self._pilots = None, {most: [] for most in plan.max_sequences}
            self._plan, self._model, self._task = plan, engine.model_name, sweep.tasks.name
            self._is_own_file = form.tasks == OWN_FILE
            for progress in sweep.run(lambda: self.is_over(number)):
                if isinstance(progress, PromptFinished):
                    for most, pilots in self._pilots.items():
                        pilots.extend(pilots_of(plan, [progress.record], most))
                    self.results = sweep.results()
                    yield Step(progress, self.results)
                else:
                    yield Step(progress)

    def calibrate(self, goal: Goal, max_sequences: int) -> Chosen:
        """Return the theta that the walked prompts give for a goal, and keep it. Asks no model.

        Raises:
            SettingsError: nothing was swept, not at this M, or the goal needs what is not known.
        """
        if not any(self._pilots.values()):
            raise SettingsError("There is nothing to choose from yet; run a sweep, or walk pilots, first.")
        if max_sequences not in self._pilots:
            swept = ", ".join(map(str, self._pilots))
            raise SettingsError(f"max_sequences (M) is {max_sequences}, but was swept at {swept}; choose one of these.")
        if not self._plan.has_theta:
            raise SettingsError(f"The strategy {self._plan.settings.strategy} has no theta to calibrate.")
        settings = replace(self._plan.settings, max_sequences=max_sequences)
        check_goal(goal, settings, has_answers=True)
        pilots = list(self._pilots[max_sequences])
        conditions = f"{self._task} · {len(pilots)} prompts · M = {max_sequences} · {self._model}"
        try:
            calibration = choose(pilots, goal)
        except SettingsError as error:
            return Chosen(goal, conditions, curve_of(pilots, goal), None, str(error))
        self._keep(settings, calibration)
        return Chosen(goal, conditions, calibration.curve, calibration)

    def offered(self, model: str, measure: str) -> Offered | None:
        """Return the calibration that is offered for a model and a measure, the visitor's own or the newest kept."""
        own = self._own.get((model, measure))
        if own is not None:
            return own
        kept = calibrations_of(model, measure)
        return Offered(*list(kept.items())[-1]) if kept else None

    def _keep(self, settings: Settings, calibration: Calibration) -> None:
        key = (self._model, settings.measure)
        if not self._is_own_file:
            save_calibration(self._model, self._task, settings, calibration)
            self._own.pop(key, None)
            return
        goal = calibration.goal
        self._own[key] = Offered(
            self._task,
            StoredCalibration(
                goal.name, goal.wanted, calibration.theta, calibration.low, calibration.high, calibration.num_pilots,
                settings.max_sequences, settings.temperature, settings.max_new_tokens,
            ),
        )  # fmt: skip
