"""What a visitor asks of a sweep: the form's values, checked, as a plan and a task set."""

from dataclasses import dataclass, replace
from typing import Any

from components.experiments.form import Form
from components.frame.controls import Controls
from eager_core.calibration import Goal, check_goal
from eager_core.errors import SettingsError
from eager_core.grading import TaskSet
from eager_core.grids import values_of, whole_values_of
from eager_core.settings import Settings
from eager_core.sweeps import SweepPlan

MOST_SETTINGS = 256
"""Full sampling counted: more would be points on points. The command line has no such limit."""


@dataclass(frozen=True)
class SweepForm:
    """The values of the form, in the order in which the page hands them over; a number may be None: empty."""

    tasks: str = "gcd"
    """A family of tasks, or the visitor's own file (see `components.experiments.form`)."""
    num_prompts: int | None = 8
    thetas: str = "1.8:2.7:0.1"
    max_sequences: str = "1,4,8,16"
    max_new_tokens: int | None = 48
    temperature: float | None = 0.6

    def plan(self, beside: Controls) -> SweepPlan:
        """Return the plan; what the form does not ask for is as `beside` has it: strategy, measure, top-p, seed.

        Raises:
            SettingsError: a value is missing or outside its range, or the grid is empty or too large.
        """
        thetas, counts = values_of("theta", self.thetas), whole_values_of("max_sequences (M)", self.max_sequences)
        num_settings = (len(thetas) + 1) * len(counts)
        if num_settings > MOST_SETTINGS:
            raise SettingsError(
                f"The grid has {num_settings:,} settings, full sampling counted, but up to {MOST_SETTINGS} are swept "
                "here; take fewer values of theta or M."
            )
        return SweepPlan(
            self._settings(beside, counts[0]), thetas, counts, seed=int(beside.seed), date=beside.checked_date()
        )

    def pilot_plan(self, beside: Controls, goal: Goal, max_sequences: int) -> SweepPlan:
        """Return the plan of a calibration's own pilots: all thetas at one M, without full sampling.

        Raises:
            SettingsError: as `plan`, or a goal that no theta can reach at this M.
        """
        plan = replace(self, max_sequences=str(max_sequences)).plan(beside)
        check_goal(goal, plan.walks[0], has_answers=True)
        return replace(plan, has_baseline=False)

    def check_tasks(self, own: TaskSet | None) -> None:
        """Raises: SettingsError: the number of prompts is out of its range, or there is no such task set."""
        self._budget_form().check_num_prompts()
        self._budget_form().check_tasks(own)

    def task_set(self, own: TaskSet | None, seed: int) -> TaskSet:
        """Return the tasks, `own` being what the visitor uploaded; see `Form.task_set`."""
        return self._budget_form().task_set(own, seed)

    def _budget_form(self) -> Form:
        return Form(tasks=self.tasks, num_prompts=self.num_prompts)

    def _settings(self, beside: Controls, max_sequences: int) -> Settings:
        # Not typed: a number that is empty is refused by `Controls.settings`, in words. Theta comes from the grid.
        asked: dict[str, Any] = {
            "theta": 1.0, "max_sequences": max_sequences, "temperature": self.temperature,
            "max_new_tokens": self.max_new_tokens,
        }  # fmt: skip
        return replace(beside, **asked).settings()


def goal_asked(name: str, wanted: float | None, max_sequences: int | None) -> tuple[Goal, int]:
    """Return what a calibration is asked for: the goal, and M.

    Raises:
        SettingsError: a number is missing or outside its range.
    """
    if wanted is None:
        raise SettingsError("The goal has no number; type one.")
    if max_sequences is None:
        raise SettingsError("max_sequences (M) of the calibration is empty; type a number that was swept.")
    return Goal(name, float(wanted)), int(max_sequences)
