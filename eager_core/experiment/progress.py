"""What an experiment tells while it runs."""

from dataclasses import dataclass

from eager_core.budget import Allocation, CardAllocation
from eager_core.events import Event
from eager_core.experiment.fitting import LeftOut
from eager_core.experiment.records import PromptRecord
from eager_core.grading import Scores, Task
from eager_core.tree import TokenTree


@dataclass(frozen=True)
class TasksLeftOut:
    """Told first, where the model can't be asked some of the prompts."""

    left_out: tuple[LeftOut, ...]
    num_tasks: int
    """Of the whole set, these counted."""


@dataclass(frozen=True)
class StageStarted:
    """A stage begins."""

    stage: str
    num_prompts: int


@dataclass(frozen=True)
class AllocationMade:
    """Who gets what in the stage that has just begun."""

    stage: str
    allocation: Allocation | CardAllocation


@dataclass(frozen=True)
class PromptStarted:
    """A prompt is about to be generated for; not told for those known from an earlier, interrupted run."""

    stage: str
    number: int
    task: Task


@dataclass(frozen=True)
class Grew:
    """An event of the generation for a prompt. A rerun begins with another `RunStarted`."""

    stage: str
    number: int
    event: Event


@dataclass(frozen=True)
class PromptFinished:
    """A prompt is done in this stage, and written where there is a folder."""

    stage: str
    number: int
    record: PromptRecord
    tree: TokenTree | None
    """Of its last run; None if nothing was run for it now."""


@dataclass(frozen=True)
class StageFinished:
    """All prompts are done in this stage."""

    stage: str
    scores: Scores


Progress = TasksLeftOut | StageStarted | AllocationMade | PromptStarted | Grew | PromptFinished | StageFinished
