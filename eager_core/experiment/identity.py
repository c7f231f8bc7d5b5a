"""What makes two experiments one: hashes of everything that decides their results, and in words what differs.

    {"format": 2, "model": ..., "weights": ..., "precision": ..., "device": ..., "rules": ..., "seed": ...,
     "date": ..., "target_cost": ..., "settings": {...}, "versions": {"torch": ...},
     "tasks": [{"number": 1, "id": ..., "prompt": hash, "answer": hash, "tokens": hash}, ...]}

A task's id and the name of its set are for people: they may change.
"""

import importlib.metadata
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import blake2b
from typing import Any

from eager_core.engine import Engine
from eager_core.experiment.fitting import FittingTasks
from eager_core.experiment.plan import Plan
from eager_core.grading import Task

FORMAT = 2
"""Of the folder. 1 knew a task by its place in its file."""

_PACKAGES = ("torch", "transformers", "numpy", "math-verify")
"""Whose versions may change a result."""

_MOST_NAMED = 3
_TOLD_OTHERWISE = ("format", "weights", "settings", "versions", "tasks")
_WORDS = {"prompt": "the prompt", "answer": "the answer", "tokens": "the tokens of the prompt"}


def identity_of(engine: Engine, fitting: FittingTasks, plan: Plan) -> dict[str, Any]:
    """Return what decides the results of an experiment, as JSON values."""
    return {
        **common_identity(engine, fitting, plan.seed, plan.date),
        "rules": plan.rules,
        "target_cost": plan.target_cost,
        "settings": asdict(plan.settings),
    }


def common_identity(engine: Engine, fitting: FittingTasks, seed: int, date: str) -> dict[str, Any]:
    """Return what decides the results of any work with a model over tasks, as JSON values."""
    tasks = zip(fitting.numbers, fitting.tasks.tasks, fitting.prompt_digests, strict=True)
    return {
        "format": FORMAT,
        "model": engine.model_name,
        "weights": engine.weights_digest,
        "precision": engine.precision,
        # Which processor among several of a kind computes makes no difference.
        "device": engine.device.partition(":")[0],
        "seed": seed,
        "date": date,
        "versions": {package: _version(package) for package in _PACKAGES},
        "tasks": [_task(number, task, digest) for number, task, digest in tasks],
    }


def _task(number: int, task: Task, tokens: str) -> dict[str, Any]:
    return {
        "number": number + 1,
        "id": task.id,
        "prompt": _digest(task.prompt),
        "answer": _digest(task.answer),
        "tokens": tokens,
    }


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def changes(before: Any, now: Mapping[str, Any], name: str = "experiment.json") -> list[str]:
    """Return what differs between the identity in a folder and that of the present work, each in words.

    Args:
        before: JSON values, whatever they are.
        name: of the file that `before` was read from.
    """
    if not isinstance(before, dict):
        return [f"its {name} is not one that this program wrote"]
    if before.get("format") != now["format"]:
        return [f"it has format {_short(before.get('format'))}, and this version of the program writes {now['format']}"]
    return [*_plain_changes(before, now), *_task_changes(before.get("tasks"), now["tasks"])]


def _plain_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in (name for name in now if name not in _TOLD_OTHERWISE):
        yield from _change(f"the {name}", before.get(name), now[name])
    if before.get("weights") != now["weights"]:
        yield "the model's weights or configuration changed"
    for group, words in (("settings", "the setting {}"), ("versions", "the version of {}")):
        told = before.get(group)
        then = told if isinstance(told, dict) else {}
        for name in sorted({*then, *now[group]}):
            yield from _change(words.format(name), then.get(name), now[group].get(name))


def _change(words: str, before: Any, now: Any) -> Iterator[str]:
    if before != now:
        yield f"{words} changed from {_short(before)} to {_short(now)}"


def _task_changes(before: Any, now: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    then = [task for task in before if isinstance(task, dict)] if isinstance(before, list) else []
    if len(then) != len(now):
        yield f"the number of tasks changed from {len(then)} to {len(now)}"
        return
    pairs = list(zip(then, now, strict=True))
    # Where the prompt itself changed its tokens did too, which says nothing more.
    same = [(old, new) for old, new in pairs if old.get("prompt") == new["prompt"]]
    for name, compared in (("prompt", pairs), ("answer", pairs), ("tokens", same)):
        yield from _named(_WORDS[name], [new for old, new in compared if old.get(name) != new[name]])


def _named(words: str, tasks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield which tasks differ in what `words` say, by their numbers from 1."""
    if not tasks:
        return
    named = ", ".join(f"{task['number']} ({task['id']})" for task in tasks[:_MOST_NAMED])
    more = f" and {len(tasks) - _MOST_NAMED} more" if len(tasks) > _MOST_NAMED else ""
    yield f"{words} of task {named}{more} changed"


def changes_words(found: Sequence[str]) -> str:
    """Return changes as one phrase; of many the first ones."""
    more = f", and {len(found) - _MOST_NAMED} more things" if len(found) > _MOST_NAMED else ""
    return ", ".join(found[:_MOST_NAMED]) + more


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
