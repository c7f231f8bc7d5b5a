"""A sweep the slow, obvious way: every cell is a run of its own in a fresh exploration, graded by itself."""

from dataclasses import asdict
from functools import cache

import numpy as np

from eager_core import Exploration
from eager_core.outcomes import outcome_of
from tests.grading.plain_scores import score_prompt


def slow_cells(engine, tasks, plan, settings):
    """Return (scores, outcomes, nodes of each run) of all prompts at one choice of settings."""
    scores, outcomes, num_nodes = [], [], []
    for task in tasks.tasks:
        with Exploration(engine, task.prompt, plan.seed, plan.date) as exploration:
            list(exploration.run(settings))
            tree = exploration.tree
            outcomes.append(outcome_of(tree))
            texts = [tree.text(sequence) for sequence in tree.kept_sequences]
            scores.append(score_prompt(task, tasks.grader, texts, tree.ledger().generated_tokens))
            num_nodes.append(len(exploration.knowledge.nodes) - 1)
    return scores, outcomes, num_nodes


def slow_mean(values):
    return dict(_slow_mean(tuple(map(float, values))))


@cache
def _slow_mean(values):
    """Mean and 95 % interval over prompts: 2,000 sets of as many prompts, drawn with replacement."""
    draws = np.random.default_rng(0).integers(len(values), size=(2000, len(values)))
    means = [sum(values[prompt] for prompt in draw) / len(draw) for draw in draws]
    low, high = np.quantile(means, [0.025, 0.975])
    return {"value": float(np.mean(values)), "low": float(low), "high": float(high)}


def slow_front(points):
    """Of (tokens, Pass@k) those that no other betters, in the order they stand."""

    def betters(one, other):
        return one[0] <= other[0] and one[1] >= other[1] and one != other

    return [place for place, point in enumerate(points) if not any(betters(other, point) for other in points)]


def without_time(results):
    """What must be the same after an interruption."""
    results = {**results, "sharing": {**results["sharing"], "seconds": 0.0}}
    return results


def record_without_time(record):
    return {**asdict(record), "seconds": 0.0}
