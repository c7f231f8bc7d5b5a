"""Measures side by side at the same number of forks, which no two thetas give exactly.

Between two neighbouring thetas of a measure a coin is thought to decide for each prompt; weighted so that the expected
number of forks is the one wanted. What a prompt comes to is then the weighted mean of both.

    forks    theta 2.1: 30     wanted 36     theta 1.9: 40       weights 0.4 and 0.6
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from eager_core.grading import mean_interval
from eager_core.worth.records import WalkRecord

SHARES = (0.25, 0.5, 0.75)
"""Where the numbers of forks lie between the fewest and the most that every measure has rows for."""

Rows = Sequence[Sequence[WalkRecord]]
"""Of one measure: for each theta the walk of each prompt, from few forks to many."""


def at_equal_forks(rows_of_measure: Mapping[str, Rows]) -> list[dict[str, Any]]:
    """Return for each of `SHARES` the number of forks, and what each measure comes to there, as JSON values.

    Keys of a measure: the two `thetas`, the `weight` of the second; means a prompt with intervals of `num_tokens`,
    `num_sequences`, `pass_at_k` and `pass_rate`; `split_share`, the share of its forks that were split (None without
    forks). Measures that never fork are left out; none are left where no number of forks is common to all.
    """
    totals = {name: [_num_forks(row) for row in rows] for name, rows in rows_of_measure.items()}
    totals = {name: counts for name, counts in totals.items() if any(counts)}
    if not totals:
        return []
    fewest, most = max(min(counts) for counts in totals.values()), min(max(counts) for counts in totals.values())
    if fewest > most:
        return []
    wanted = [fewest + share * (most - fewest) for share in SHARES]
    return [
        {
            "num_forks": number,
            "measures": {
                name: _between(rows_of_measure[name], *_bracket(counts, number)) for name, counts in totals.items()
            },
        }
        for number in dict.fromkeys(wanted)
    ]


def _num_forks(row: Sequence[WalkRecord]) -> int:
    return sum(walk.num_forks for walk in row)


def _bracket(counts: Sequence[int], wanted: float) -> tuple[int, int, float]:
    """Return the first two neighbouring rows whose counts enclose what is wanted, and the weight of the second."""
    for second in range(len(counts)):
        first = max(0, second - 1)
        low, high = sorted((counts[first], counts[second]))
        if low <= wanted <= high:
            step = counts[second] - counts[first]
            return first, second, (wanted - counts[first]) / step if step else 1.0
    raise AssertionError("what is wanted lies between the fewest and the most")


def _between(rows: Rows, first: int, second: int, weight: float) -> dict[str, Any]:
    pairs = list(zip(rows[first], rows[second], strict=True))

    def mean(of: Any) -> dict[str, Any]:
        return asdict(mean_interval([(1 - weight) * of(one) + weight * of(two) for one, two in pairs]))

    forks = sum((1 - weight) * one.num_forks + weight * two.num_forks for one, two in pairs)
    split = sum((1 - weight) * one.forks.get("split", 0) + weight * two.forks.get("split", 0) for one, two in pairs)
    return {
        "thetas": [rows[first][0].theta, rows[second][0].theta],
        "weight": weight,
        "num_tokens": mean(lambda walk: walk.num_tokens),
        "num_sequences": mean(lambda walk: walk.num_sequences),
        "pass_at_k": mean(lambda walk: float(walk.num_correct > 0)),
        "pass_rate": mean(lambda walk: walk.num_correct / walk.num_sequences if walk.num_sequences else 0.0),
        "split_share": split / forks if forks else None,
    }
