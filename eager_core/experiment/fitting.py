"""Which prompts of a task set the model can be asked: known before the first run, so that none ends an experiment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from eager_core.engine import Engine
from eager_core.errors import PromptError
from eager_core.grading import Task, TaskSet, has_half_character
from eager_core.prompt import DEFAULT_DATE, digest_of_ids

_MOST_NAMED = 5


@dataclass(frozen=True)
class LeftOut:
    """A task that the model can't be asked."""

    number: int
    """Its place in the set as it was given, from 0."""
    task: Task
    reason: str
    """The engine's own sentence: the prompt is too long, say."""


@dataclass(frozen=True)
class FittingTasks:
    """The tasks that can be run, and those that can't."""

    tasks: TaskSet
    numbers: tuple[int, ...]
    """The place of each in the set as it was given, from 0."""
    prompt_digests: tuple[str, ...]
    """Of the token ids of each prompt in its frame."""
    left_out: tuple[LeftOut, ...]


def fitting_tasks(engine: Engine, tasks: TaskSet, date: str = DEFAULT_DATE) -> FittingTasks:
    """Return the tasks whose prompts `engine` takes. Encodes each prompt once, runs no model.

    Raises:
        PromptError: it takes none.
    """
    taken, digests, left_out = [], [], []
    for number, task in enumerate(tasks.tasks):
        try:
            token_ids = _encode(engine, task, date)
        except PromptError as error:
            left_out.append(LeftOut(number, task, str(error)))
            continue
        taken.append(number)
        digests.append(digest_of_ids(token_ids))
    if left_out and not taken:
        raise PromptError(f"No prompt of {tasks.name} can be run; the first one: {left_out[0].reason}")
    fitting = replace(tasks, tasks=tuple(tasks.tasks[number] for number in taken)) if left_out else tasks
    return FittingTasks(fitting, tuple(taken), tuple(digests), tuple(left_out))


def _encode(engine: Engine, task: Task, date: str) -> list[int]:
    if has_half_character(task.prompt + task.answer):
        raise PromptError("The prompt or its answer holds half of a character, which no file can hold; correct it.")
    return engine.encode_prompt(task.prompt, date)


def left_out_words(left_out: Sequence[LeftOut], num_tasks: int) -> str:
    """Return in one sentence which tasks are left out, and why the first of them is."""
    named = ", ".join(f"{one.number + 1} ({one.task.id})" for one in left_out[:_MOST_NAMED])
    more = f" and {len(left_out) - _MOST_NAMED} more" if len(left_out) > _MOST_NAMED else ""
    tasks = "task is" if num_tasks == 1 else "tasks is" if len(left_out) == 1 else "tasks are"
    number = "number" if len(left_out) == 1 else "numbers"
    first = "" if len(left_out) == 1 else "; the first of them: "
    why = left_out[0].reason if first else f": {left_out[0].reason}"
    return f"{len(left_out)} of {num_tasks:,} {tasks} left out, {number} {named}{more}{first}{why}"
