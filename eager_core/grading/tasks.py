"""A task set: prompts with answers, and a grader that reads answers and judges them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Task:
    """One prompt with its right answer."""

    id: str
    prompt: str
    answer: str


class Grader(Protocol):
    """Reads an answer from a text and judges it. Never evaluates the text; never raises for what a model wrote."""

    def extract(self, text: str) -> str | None:
        """Return the answer that the text gives, or None if it gives none."""

    def is_correct(self, task: Task, answer: str | None) -> bool:
        """Whether `answer` answers `task`."""


@dataclass(frozen=True)
class TaskSet:
    """Tasks of one kind."""

    name: str
    tasks: Sequence[Task]
    grader: Grader
