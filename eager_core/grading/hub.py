"""The paper's mathematical and scientific sets, from the Hugging Face Hub, where it can be reached.

HumanEval+ is left out: grading it runs what a model wrote, and a child process alone is no sound wall around that.
"""

import importlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from eager_core.errors import ModelError, SettingsError
from eager_core.grading.answers import gold_answer
from eager_core.grading.mathematics import MathGrader
from eager_core.grading.tasks import Task, TaskSet, check_num_prompts

_BOXED = "\n\nPut your final answer within \\boxed{}."


@dataclass(frozen=True)
class HubSet:
    """Where a set lies, and how one of its rows becomes (prompt, answer)."""

    path: str
    config: str | None
    split: str
    read: Callable[[Mapping[str, Any], int], tuple[str, str]]


def _columns(prompt: str, answer: str) -> Callable[[Mapping[str, Any], int], tuple[str, str]]:
    return lambda row, number: (str(row[prompt]) + _BOXED, gold_answer(str(row[answer])))


def _multiple_choice(row: Mapping[str, Any], number: int) -> tuple[str, str]:
    """Four choices in an order that is fixed for each row, answered with a letter."""
    right = str(row["Correct Answer"])
    choices = [right, *(str(row[f"Incorrect Answer {wrong}"]) for wrong in (1, 2, 3))]
    random.Random(number).shuffle(choices)
    listed = "\n".join(f"{letter}) {choice.strip()}" for letter, choice in zip("ABCD", choices, strict=True))
    prompt = f"{row['Question']}\n\n{listed}\n\nPut the letter of the right choice within \\boxed{{}}."
    return prompt, "ABCD"[choices.index(right)]


HUB_SETS: Mapping[str, HubSet] = {
    "aime2024": HubSet("Maxwell-Jia/AIME_2024", None, "train", _columns("Problem", "Answer")),
    "aime2025-I": HubSet("opencompass/AIME2025", "AIME2025-I", "test", _columns("question", "answer")),
    "aime2025-II": HubSet("opencompass/AIME2025", "AIME2025-II", "test", _columns("question", "answer")),
    "hmmt2025": HubSet("MathArena/hmmt_feb_2025", None, "train", _columns("problem", "answer")),
    "gpqa-diamond": HubSet("Idavidrein/gpqa", "gpqa_diamond", "train", _multiple_choice),
}


def hub_tasks(name: str, num_prompts: int | None = None) -> TaskSet:
    """Return the first `num_prompts` tasks of one of the paper's sets.

    Raises:
        SettingsError: unknown set, or a number of prompts below 1.
        ModelError: the package `datasets` is missing, or the Hub can't be reached or refuses; one sentence says why.
    """
    if name not in HUB_SETS:
        raise SettingsError(f"There is no set {name!r} from the Hub; there are {', '.join(HUB_SETS)}.")
    if num_prompts is not None:
        check_num_prompts(num_prompts)
    hub_set = HUB_SETS[name]
    try:
        # Not among the requirements: it is large, and useless without a way to the Hub.
        datasets = importlib.import_module("datasets")
    except ImportError:
        raise ModelError(
            f"The set {name} needs the package datasets: pip install datasets; or choose an embedded family of tasks."
        ) from None
    try:
        rows = list(datasets.load_dataset(hub_set.path, hub_set.config, split=hub_set.split))
        read = [hub_set.read(row, number) for number, row in enumerate(rows[:num_prompts])]
    except Exception as error:  # The library raises dozens of kinds for one event: there is no way to the rows.
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"The set {name} ({hub_set.path}) can't be had from the Hub: {reason}; choose an embedded family of tasks."
        ) from None
    tasks = tuple(Task(f"{name}-{number}", prompt, answer) for number, (prompt, answer) in enumerate(read))
    return TaskSet(name, tasks, MathGrader())
