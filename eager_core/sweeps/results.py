"""From records to a table's rows, the front of Pass@k against tokens, and what sharing saved, as JSON values."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from eager_core.grading import PromptScore, mean_interval, scores_of
from eager_core.sweeps.plan import SweepPlan
from eager_core.sweeps.records import SweepRecord, theta_of


class SweepTally:
    """The numbers of a sweep's records, texts left out. `add` costs O(walks); records may come in any order."""

    def __init__(self, plan: SweepPlan) -> None:
        self._plan = plan
        self._task_ids: dict[int, str] = {}
        self._scores: dict[int, list[PromptScore]] = {}
        """By the number of the prompt, one a walk."""
        self._walks: dict[int, list[tuple[int, int]]] = {}
        """Forks and nodes."""
        self._together: dict[int, tuple[int, int, float]] = {}
        """Nodes, passes and seconds of the joint walk."""

    def add(self, record: SweepRecord) -> None:
        """Take in the record of one more prompt."""
        number = record.number
        self._task_ids[number] = record.task_id
        self._scores[number] = [record.score(walk) for walk in range(len(record.walks))]
        self._walks[number] = [(walk.num_forks, walk.num_nodes) for walk in record.walks]
        self._together[number] = (record.num_nodes, record.forward_passes, record.seconds)

    @property
    def num_prompts(self) -> int:
        """Prompts taken in."""
        return len(self._scores)

    def knows(self, number: int) -> bool:
        """Whether the prompt of that number was taken in."""
        return number in self._scores

    def to_json(self, intervals: bool = True) -> dict[str, Any]:
        """Return everything that is shown, of at least one prompt.

        Keys: `cells`, one a choice of settings in the order of `SweepPlan.walks`: strategy ("parallel" is full
        sampling), theta, max_sequences, num_prompts; `num_tokens`, `num_sequences` and `num_forks`, means a prompt;
        `pass_at_k`, `cons_at_k`, `pass_rate`; `saved_fraction` of full sampling's tokens at the same M, where that was
        walked. Each is {value, low, high}, 95 % bootstrap intervals over prompts. `on_front`: whether no other cell has
        a higher Pass@k for as many tokens, or the same for fewer. `front`: the places of these, cheapest first.
        `sharing`: `num_nodes` walked together, `num_nodes_separate` that separate runs would have walked, their
        `saved_fraction`; `forward_passes` and `seconds`.

        Args:
            intervals: whether to resample the prompts; otherwise the ends of all intervals are None.
        """
        cells = [self._cell(walk, intervals) for walk in range(len(self._plan.walks))]
        front = front_of([(cell["num_tokens"]["value"], cell["pass_at_k"]["value"]) for cell in cells])
        cells = [{**cell, "on_front": place in front} for place, cell in enumerate(cells)]
        return {"cells": cells, "front": front, "sharing": self._sharing()}

    def prompt_rows(self) -> Iterator[dict[str, Any]]:
        """Yield each prompt at each choice of settings."""
        for number in self._numbers:
            for walk, settings in enumerate(self._plan.walks):
                score, (num_forks, _) = self._scores[number][walk], self._walks[number][walk]
                yield {
                    "prompt": number + 1, "task_id": self._task_ids[number], "strategy": settings.strategy,
                    "theta": theta_of(settings), "max_sequences": settings.max_sequences,
                    "num_tokens": score.num_tokens, "num_sequences": score.num_sequences, "num_forks": num_forks,
                    "num_correct": score.num_correct, "is_majority_correct": score.is_majority_correct,
                }  # fmt: skip

    @property
    def _numbers(self) -> list[int]:
        return sorted(self._scores)

    def _column(self, walk: int) -> list[PromptScore]:
        return [self._scores[number][walk] for number in self._numbers]

    def _cell(self, walk: int, intervals: bool) -> dict[str, Any]:
        settings, prompts = self._plan.walks[walk], self._column(walk)
        baseline = self._plan.baseline_of(walk)
        scores = scores_of(prompts, None if baseline is None else self._column(baseline), intervals)
        forks = [self._walks[number][walk][0] for number in self._numbers]
        means = {
            "num_tokens": [prompt.num_tokens for prompt in prompts],
            "num_sequences": [prompt.num_sequences for prompt in prompts],
            "num_forks": forks,
        }
        return {
            "strategy": settings.strategy,
            "theta": theta_of(settings),
            "max_sequences": settings.max_sequences,
            "num_prompts": len(prompts),
            **{name: asdict(mean_interval(values, intervals)) for name, values in means.items()},
            "pass_at_k": asdict(scores.pass_at_k),
            "cons_at_k": asdict(scores.cons_at_k),
            "pass_rate": asdict(scores.pass_rate),
            "saved_fraction": _or_unknown(scores.saved_fraction),
        }

    def _sharing(self) -> dict[str, Any]:
        together, passes, seconds = (sum(column) for column in zip(*self._together.values(), strict=True))
        separate = sum(num_nodes for walks in self._walks.values() for _, num_nodes in walks)
        return {
            "num_nodes": together,
            "num_nodes_separate": separate,
            "saved_fraction": 1 - together / separate if separate else 0.0,
            "forward_passes": passes,
            "seconds": seconds,
        }


def results_of(plan: SweepPlan, records: Iterable[SweepRecord]) -> dict[str, Any]:
    """Return everything that is shown of records of a sweep, at least one; see `SweepTally.to_json`."""
    tally = SweepTally(plan)
    for record in records:
        tally.add(record)
    return tally.to_json()


def front_of(points: Sequence[tuple[float, float]]) -> list[int]:
    """Return the places of the (tokens, Pass@k) that no other point betters, cheapest first.

    A point is bettered by one with no more tokens and no lower Pass@k that is not equal to it; equal ones stand
    together. O(n log n).
    """
    front: list[int] = []
    for place in sorted(range(len(points)), key=lambda place: (points[place][0], -points[place][1], place)):
        if not front or points[place][1] > points[front[-1]][1] or points[place] == points[front[-1]]:
            front.append(place)
    return front


def _or_unknown(interval: Any) -> dict[str, Any]:
    return {"value": None, "low": None, "high": None} if interval is None else asdict(interval)
