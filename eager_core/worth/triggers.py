"""Each measure making the forks: its thetas, and what a prompt comes to at each of them."""

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from eager_core.exploration import Exploration
from eager_core.grading import Grader, Task
from eager_core.outcomes import outcome_of, swept_trees
from eager_core.tree import TokenTree
from eager_core.worth.marks import fork_outcomes, judged_leaves
from eager_core.worth.plan import LEVELS, WorthPlan
from eager_core.worth.records import ProbeRecord, TriggerRecord, WalkRecord, six_digits


def told_measures(probes: Sequence[ProbeRecord], measures: Sequence[str]) -> list[str]:
    """Return those of `measures` that the model told for every prompt."""
    return [name for name in measures if all(record.is_told(name) for record in probes)]


def thetas_of(probes: Sequence[ProbeRecord], measures: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """Return each measure's thetas, falling levels of how many tokens reach them: quantiles over all prompts' tokens.

    A quantile is the same share of tokens for every measure, so that their numbers of forks lie close to each other.
    """
    thetas = {}
    for name in measures:
        values = [value for record in probes for value in record.measures[name] if value is not None]
        found = np.quantile(values, LEVELS) if values else ()
        thetas[name] = tuple(six_digits(max(0.0, float(theta))) for theta in found)
    return thetas


def trigger(
    exploration: Exploration,
    number: int,
    task: Task,
    grader: Grader,
    plan: WorthPlan,
    thetas: Mapping[str, Sequence[float]],
    should_stop: Callable[[], bool] = lambda: False,
) -> TriggerRecord | None:
    """Walk a prompt with all measures at all their thetas together; None if it was stopped.

    Raises:
        ModelError: the model failed.
    """
    began, knowledge = time.perf_counter(), exploration.knowledge
    passes_before, nodes_before = knowledge.num_forward_passes, len(knowledge.nodes)
    grid = [(measure, theta) for measure, of_measure in thetas.items() for theta in of_measure]
    trees = swept_trees(exploration, [plan.walk(measure, theta) for measure, theta in grid], should_stop)
    if any(sequence.finish_reason == "stopped" for tree in trees for sequence in tree.sequences):
        return None
    is_correct: dict[str | None, bool] = {}
    walks = [
        _walk_record(measure, theta, tree, task, _Remembering(grader, is_correct))
        for (measure, theta), tree in zip(grid, trees, strict=True)
    ]
    return TriggerRecord(
        number=number,
        task_id=task.id,
        prompt=task.prompt,
        target=task.answer,
        walks=tuple(walks),
        new_tokens=len(knowledge.nodes) - nodes_before,
        forward_passes=knowledge.num_forward_passes - passes_before,
        seconds=time.perf_counter() - began,
    )


def _walk_record(measure: str, theta: float, tree: TokenTree, task: Task, grader: Grader) -> WalkRecord:
    is_right = judged_leaves(tree, task, grader)
    told, outcome = fork_outcomes(tree, is_right), outcome_of(tree)
    return WalkRecord(
        measure, theta, outcome.num_tokens, outcome.num_sequences, sum(is_right.values()),
        {mark: count for mark in ("right", "wrong", "split") if (count := told.num_forks(mark))},
    )  # fmt: skip


class _Remembering:
    """A grader that asks another one once for each answer to one task: the walks of a grid give the same ones often."""

    def __init__(self, grader: Grader, is_correct: dict[str | None, bool]) -> None:
        self._grader = grader
        self._is_correct = is_correct

    def extract(self, text: str) -> str | None:
        return self._grader.extract(text)

    def is_correct(self, task: Task, answer: str | None) -> bool:
        if answer not in self._is_correct:
            self._is_correct[answer] = self._grader.is_correct(task, answer)
        return self._is_correct[answer]
