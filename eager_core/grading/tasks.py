"""A task set: prompts with answers, and a grader that reads answers and judges them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from eager_core.errors import SettingsError


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


@runtime_checkable
class ComparesAnswers(Protocol):
    """A grader that knows more than their text of whether two answers are the same: they then vote together."""

    def is_same(self, one: str, other: str) -> bool:
        """Whether two answers mean the same. The order of the two changes nothing."""


@runtime_checkable
class Closable(Protocol):
    """A grader that holds something (a process) while it is used."""

    def close(self) -> None:
        """Free what is held. The next judgement takes hold of it again."""


@dataclass(frozen=True)
class TaskSet:
    """Tasks of one kind. A context manager, because its grader may hold a process; whoever loads it closes it."""

    name: str
    tasks: Sequence[Task]
    grader: Grader

    def close(self) -> None:
        """Free what the grader holds. The set stays usable: what is judged afterwards takes hold of it again."""
        if isinstance(self.grader, Closable):
            self.grader.close()

    def __enter__(self) -> "TaskSet":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def check_num_prompts(num_prompts: int, most: int | None = None) -> None:
    """Raises: SettingsError: a number of prompts that is not whole, is below 1, or above `most`, if there is a most."""
    is_whole = isinstance(num_prompts, int) and not isinstance(num_prompts, bool)
    if not is_whole or num_prompts < 1 or (most is not None and num_prompts > most):
        limit = "at least 1" if most is None else f"from 1 to {most:,}"
        raise SettingsError(f"The number of prompts is {num_prompts}, but must be {limit}.")


def has_half_character(text: str) -> bool:
    """Whether half of a surrogate pair stands alone in `text` (a cut emoji), which no file in UTF-8 can hold."""
    return any("\ud800" <= character <= "\udfff" for character in text)
