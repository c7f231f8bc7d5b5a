"""What a visitor asks of an experiment: the form's values, checked, as a plan and a task set."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from components.frame.controls import Controls
from eager_core.errors import SettingsError
from eager_core.experiment import Plan
from eager_core.grading import FAMILIES, TaskSet, family_tasks, read_tasks

MOST_PROMPTS = 40
"""The trees of all prompts and stages stay in memory while the page is open; the command line has no such limit."""

OWN_FILE = "file"
"""The choice that means the visitor's own file."""

STAGES = ("parallel", "init", "adapt", "full")


@dataclass(frozen=True)
class Form:
    """The values of the form, in the order in which the page hands them over; a number may be None: empty."""

    tasks: str = "chain_sum"
    """A family of `FAMILIES`, or `OWN_FILE`."""
    num_prompts: int | None = 6
    theta: float | None = 2.2
    max_sequences: int | None = 8
    temperature: float | None = 0.6
    max_new_tokens: int | None = 48
    strategy: str = "paper"
    stages: Sequence[str] = STAGES
    rules: str = "paper"

    def plan(self, beside: Controls) -> Plan:
        """Return the plan; what the form does not ask for is as `beside` has it: top-p, seed, measure and so on.

        Raises:
            SettingsError: a value is missing or outside its range.
        """
        # Not typed: a number that is empty is refused by `Controls.settings`, in words.
        asked: dict[str, Any] = {
            "theta": self.theta, "max_sequences": self.max_sequences, "temperature": self.temperature,
            "max_new_tokens": self.max_new_tokens, "strategy": self.strategy,
        }  # fmt: skip
        controls = replace(beside, **asked)
        return Plan(controls.settings(), tuple(self.stages), self.rules, controls.seed, date=controls.checked_date())

    def check_num_prompts(self) -> None:
        """Raises: SettingsError: the number of prompts is missing or outside its range."""
        number = self.num_prompts
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= MOST_PROMPTS:
            told = "empty" if number is None else number
            raise SettingsError(f"The number of prompts is {told}, but must be from 1 to {MOST_PROMPTS}.")

    def task_set(self, own: TaskSet | None, seed: int) -> TaskSet:
        """Return the tasks. Slow at first: the embedded families take two seconds to import.

        Args:
            own: what the visitor uploaded.
        Raises:
            SettingsError: nothing was uploaded, or there is no such family.
            ModelError: the families are not installed.
        """
        if self.tasks == OWN_FILE:
            chosen = self._own(own)
            return replace(chosen, tasks=tuple(chosen.tasks[: self.num_prompts]))
        assert self.num_prompts is not None  # `check_num_prompts` comes first
        return family_tasks(self.tasks, self.num_prompts, seed)

    def check_tasks(self, own: TaskSet | None) -> None:
        """Raises: SettingsError: nothing was uploaded, or there is no such family."""
        if self.tasks == OWN_FILE:
            self._own(own)
        elif self.tasks not in FAMILIES:
            raise SettingsError(f"There is no task set {self.tasks!r}; choose one of {', '.join(FAMILIES)}, or a file.")

    def _own(self, own: TaskSet | None) -> TaskSet:
        if own is None:
            raise SettingsError("There is no file of tasks yet; upload one, or choose another task set.")
        return own


def uploaded_tasks(path: str) -> TaskSet:
    """Return the first tasks of an uploaded file, as many as an experiment on the page may have.

    Raises:
        SettingsError: the file is not what it should be; the sentence has its name, not where the server keeps it.
    """
    try:
        return read_tasks(path, MOST_PROMPTS)
    except SettingsError as error:
        raise SettingsError(str(error).replace(path, Path(path).name)) from None
