"""Procedural tasks from reasoning-gym, at a difficulty that a model of 135M parameters sometimes solves.

Only families whose verifier compares texts or decimal numbers are let in: others of that library parse or evaluate
what a model wrote. Measured pass rates of SmolLM2-135M-Instruct stand in benchmarks/README.md.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eager_core.errors import ModelError, SettingsError
from eager_core.grading.answers import LONGEST_ANSWER_CHARACTERS, last_boxed, last_number
from eager_core.grading.plain_numbers import decimal_of, normal_form
from eager_core.grading.tasks import Task, TaskSet, check_num_prompts

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
    """Asks the family's own verifier about the last boxed answer, or else the last number.

    The verifier takes "1,2" and "1_2" for 12, so that it is only ever asked about plain numbers, written out.
    """

    def __init__(self, dataset: Any, entries: Mapping[str, Any]) -> None:
        self._dataset = dataset
        self._entries = entries

    def extract(self, text: str) -> str | None:
        return last_boxed(text) or last_number(text)

    def is_correct(self, task: Task, answer: str | None) -> bool:
        if answer is None or len(answer) > LONGEST_ANSWER_CHARACTERS:
            return False
        number = decimal_of(normal_form(answer))
        if number is None or abs(number.adjusted()) > LONGEST_ANSWER_CHARACTERS:
            return False
        # As a whole number where it is one: some verifiers compare texts, to which 6.0 is not 6.
        written = format(number.to_integral_value() if number == number.to_integral_value() else number, "f")
        return self._dataset.score_answer(written, self._entries[task.id]) >= 1.0

    def is_same(self, one: str, other: str) -> bool:
        numbers = decimal_of(normal_form(one)), decimal_of(normal_form(other))
        return one == other if None in numbers else numbers[0] == numbers[1]


def family_tasks(name: str, num_prompts: int, seed: int = 0) -> TaskSet:
    """Return `num_prompts` tasks of an embedded family; the same seed gives the same tasks.

    Raises:
        SettingsError: unknown family, or a number of prompts outside 1 to 10,000.
        ModelError: reasoning-gym is not installed.
    """
    if name not in FAMILIES:
        raise SettingsError(f"There is no task family {name!r}; the embedded ones are {', '.join(FAMILIES)}.")
    check_num_prompts(num_prompts, LARGEST_NUM_PROMPTS)
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
