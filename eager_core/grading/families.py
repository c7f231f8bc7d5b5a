"""Procedural tasks from reasoning-gym, at a difficulty that a model of 135M parameters sometimes solves.

Only families whose verifier compares texts or decimal numbers are let in: others of that library parse or evaluate
what a model wrote. Measured pass rates of SmolLM2-135M-Instruct stand in benchmarks/README.md.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eager_core.errors import ModelError, SettingsError
from eager_core.grading.answers import last_boxed, last_number
from eager_core.grading.tasks import Task, TaskSet

LARGEST_NUM_PROMPTS = 10_000


@dataclass(frozen=True)
class Family:
    """One kind of task and its difficulty."""

    dataset: str
    """Its name in reasoning-gym."""
    label: str
    """For people."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """What makes it easy enough; reasoning-gym's own defaults elsewhere."""


FAMILIES: Mapping[str, Family] = {
    "chain_sum": Family(
        "chain_sum",
        "sums and differences of two numbers with one or two digits",
        {"min_terms": 2, "max_terms": 2, "min_digits": 1, "max_digits": 2},
    ),
    "products": Family("products", "products of two digits", {"min_digits": 1, "max_digits": 1}),
    "gcd": Family("gcd", "greatest common divisor of two numbers up to 30", {"max_value": 30}),
    "lcm": Family("lcm", "least common multiple of two numbers up to 10", {"max_value": 10}),
}
"""The embedded task sets by name."""


class _FamilyGrader:
    """Asks the family's own verifier about the last boxed answer, or else the last number."""

    def __init__(self, dataset: Any, entries: Mapping[str, Any]) -> None:
        self._dataset = dataset
        self._entries = entries

    def extract(self, text: str) -> str | None:
        boxed = last_boxed(text)
        return boxed if boxed is not None else last_number(text)

    def is_correct(self, task: Task, answer: str | None) -> bool:
        return answer is not None and self._dataset.score_answer(answer, self._entries[task.id]) >= 1.0


def family_tasks(name: str, num_prompts: int, seed: int = 0) -> TaskSet:
    """Return `num_prompts` tasks of an embedded family; the same seed gives the same tasks.

    Raises:
        SettingsError: unknown family, or a number of prompts outside 1 to 10,000.
        ModelError: reasoning-gym is not installed.
    """
    if name not in FAMILIES:
        raise SettingsError(f"There is no task family {name!r}; the embedded ones are {', '.join(FAMILIES)}.")
    if not 1 <= num_prompts <= LARGEST_NUM_PROMPTS:
        raise SettingsError(f"The number of prompts is {num_prompts}, but must be from 1 to {LARGEST_NUM_PROMPTS}.")
    try:
        # Imported only where it is used: it takes two seconds, which a reader of traces need not wait.
        reasoning_gym = importlib.import_module("reasoning_gym")
    except ImportError:
        raise ModelError("The embedded tasks need the package reasoning-gym; install requirements.txt.") from None
    family = FAMILIES[name]
    dataset = reasoning_gym.create_dataset(family.dataset, size=num_prompts, seed=seed, **family.config)
    entries = {f"{name}-{seed}-{number}": dataset[number] for number in range(num_prompts)}
    tasks = tuple(Task(task_id, entry["question"], str(entry["answer"])) for task_id, entry in entries.items())
    return TaskSet(name, tasks, _FamilyGrader(dataset, entries))
