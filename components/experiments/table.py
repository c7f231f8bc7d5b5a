"""Results to a table's cells: the stages side by side, with 95 % bootstrap intervals."""

from collections.abc import Mapping
from typing import Any

HEADINGS = (
    ("Stage", ""),
    ("#T", "Generated tokens; a prefix that sequences share counts once."),
    ("Saved", "Tokens saved compared with full parallel sampling of the same prompts."),
    ("#S", "Sequences."),
    ("Pass@k", "Prompts with at least one correct sequence."),
    ("Cons@k", "Prompts whose most common answer is correct."),
    ("Pass rate", "Share of a prompt’s sequences that are correct, on average."),
    ("Seconds", "Time spent by the model. What a stage continues from is included; nothing is computed twice."),
)
"""Each column's name, and what it means."""


def table(results: Mapping[str, Any], num_prompts: int) -> dict[str, Any]:
    """Return {headings, rows, notes} of texts. A cell is [value, interval], the interval empty where there is none yet.

    Args:
        results: as `eager_core.experiment.results_of` gives them.
        num_prompts: of the whole set: a stage that has not seen all says so.
    """
    stages = results["stages"]
    notes = [
        f"{stage}: {row['num_over_budget']} sequences per prompt beyond M, as the paper and the authors’ code allow."
        for stage, row in stages.items()
        if row["num_over_budget"]
    ]
    return {
        "headings": [list(heading) for heading in HEADINGS],
        "rows": [[[stage, _extent(row, num_prompts)], *_cells(stage, row)] for stage, row in stages.items()],
        "notes": notes,
    }


def _extent(row: Mapping[str, Any], num_prompts: int) -> str:
    return "" if row["num_prompts"] == num_prompts else f"{row['num_prompts']} of {num_prompts} prompts"


def _cells(stage: str, row: Mapping[str, Any]) -> list[list[str]]:
    return [
        [f"{row['num_tokens']:,}", ""],
        _interval(None if stage == "parallel" else row["saved_fraction"]),
        [f"{row['num_sequences']:,}", ""],
        *(_interval(row[name]) for name in ("pass_at_k", "cons_at_k", "pass_rate")),
        [f"{row['seconds']:.1f}", ""],
    ]


def _interval(interval: Mapping[str, Any] | None) -> list[str]:
    if interval is None:
        return ["–", ""]
    value = f"{100 * interval['value']:.0f} %"
    if interval["low"] is None:
        return [value, ""]  # of a stage that is under way
    low, high = (f"{100 * interval[end]:.0f}" for end in ("low", "high"))
    return [value, f"{low} to {high}"]
