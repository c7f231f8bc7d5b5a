"""What a sweep tells while it runs, and how long it may still take."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from eager_core.experiment import TasksLeftOut
from eager_core.grading import Task
from eager_core.sweeps.records import SweepRecord


@dataclass(frozen=True)
class SweepStarted:
    """Told before the first prompt."""

    num_prompts: int
    num_walks: int
    """Settings that are walked together for each of them."""
    num_known: int
    """Prompts that are done already, from an interrupted run."""


@dataclass(frozen=True)
class PromptStarted:
    """A prompt is about to be walked; not told for those that are done already."""

    number: int
    task: Task


@dataclass(frozen=True)
class Grew:
    """All unfinished walks of a prompt took a step."""

    number: int
    depth: int
    """Tokens after the prompt that the longest path has."""
    num_nodes: int
    """Distinct nodes of all walks of this prompt so far."""
    num_growing: int
    """Walks that have not ended."""
    seconds_left: float
    """Of the whole sweep, as far as can be told."""


@dataclass(frozen=True)
class PromptFinished:
    """A prompt is done, and written where there is a folder."""

    number: int
    record: SweepRecord
    num_done: int
    """Prompts, those known from an interrupted run counted."""


SweepProgress = TasksLeftOut | SweepStarted | PromptStarted | Grew | PromptFinished


class TimeLeft:
    """Says how long a sweep may still take, from the prompts that are done and how far the present one is."""

    def __init__(self, num_prompts: int, now: Callable[[], float] = time.perf_counter) -> None:
        self._num_left = num_prompts
        self._now = now
        self._seconds_done: list[float] = []
        self._began = now()

    def begin(self) -> None:
        """A prompt begins."""
        self._began = self._now()

    @property
    def elapsed(self) -> float:
        """Seconds since the present prompt began."""
        return self._now() - self._began

    def finish(self, seconds: float) -> None:
        """A prompt is done, and took so long; one from an earlier run counts too."""
        self._num_left -= 1
        self._seconds_done.append(seconds)

    def left(self, share: float) -> float:
        """Return the seconds left.

        Args:
            share: of the longest way that the present prompt may take, above 0. Of use for the first prompt alone:
                what others took tells more, for most end before that way does.
        """
        elapsed = self.elapsed
        mean = sum(self._seconds_done) / len(self._seconds_done) if self._seconds_done else elapsed / share
        return max(0.0, mean - elapsed) + mean * (self._num_left - 1)
