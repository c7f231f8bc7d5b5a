"""A sweep's results as what the page shows: a table of texts, lines over theta, and the front. No colours."""

from collections.abc import Mapping, Sequence
from typing import Any

METRICS = (
    ("pass_at_k", "Pass@k", "share", "Prompts with at least one correct sequence."),
    ("cons_at_k", "Cons@k", "share", "Prompts whose most common answer is correct."),
    ("pass_rate", "Pass rate", "share", "Share of a prompt’s sequences that are correct, on average."),
    ("num_tokens", "#T", "count", "Generated tokens a prompt; a prefix that sequences share counts once."),
    ("num_sequences", "#S", "count", "Sequences a prompt."),
)
"""What is shown of each choice of settings: its name in the results, to a reader, its kind, and what it means."""

FULL_SAMPLING = "full sampling"

Cell = Mapping[str, Any]
"""One choice of settings, as `SweepTally.to_json` gives it."""


def shown_results(results: Mapping[str, Any], num_walks: int) -> dict[str, Any]:
    """Return {cells, front, headings, rows, shared} of results with at least one prompt.

    `cells`: {theta (None: plays no part), max_sequences, is_full, values: [[value, low, high], ...] in the order of
    `METRICS`}; `front` has the places of those that none betters. `rows`: for each cell its texts, [value, interval]
    each. `shared`: the sentence about what walking together saved.

    Args:
        num_walks: settings that were walked together, full sampling counted.
    """
    cells = results["cells"]
    return {
        "cells": [_cell(cell) for cell in cells],
        "front": results["front"],
        "headings": [["θ", "In nats, as the measure has them."], ["M", "The maximum of sequences."]]
        + [[name, meaning] for _, name, _, meaning in METRICS]
        + [
            ["Saved", "Tokens saved compared with full sampling at the same M."],
            ["Front", "No other setting has a higher Pass@k for as many tokens, or the same for fewer."],
        ],
        "rows": [_row(cell) for cell in cells],
        "shared": shared_words(results["sharing"], num_walks),
    }


def shared_words(sharing: Mapping[str, Any], num_walks: int) -> str:
    """Return what walking together saved."""
    return (
        f"Walked together, the {num_walks} settings needed {sharing['num_nodes']:,} tokens from the model; one after "
        f"another they would have needed {sharing['num_nodes_separate']:,}. Sharing saved "
        f"{100 * sharing['saved_fraction']:.0f} %, in {sharing['forward_passes']:,} passes."
    )


def is_full(cell: Cell) -> bool:
    """Whether a cell is full parallel sampling."""
    return cell["strategy"] == "parallel"


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "theta": cell["theta"],
        "max_sequences": cell["max_sequences"],
        "is_full": is_full(cell),
        "values": [
            [None if end is None else round(end, 4) for end in _ends(cell[metric])] for metric, _, _, _ in METRICS
        ],
    }


def _row(cell: Cell) -> list[list[str]]:
    theta = FULL_SAMPLING if is_full(cell) else "–" if cell["theta"] is None else f"{cell['theta']:g}"
    saved = cell["saved_fraction"]
    return [
        [theta, ""],
        [str(cell["max_sequences"]), ""],
        *(_told(cell[metric], kind) for metric, _, kind, _ in METRICS),
        ["–", ""] if is_full(cell) or saved["value"] is None else _told(saved, "share"),
        ["yes" if cell["on_front"] else "", ""],
    ]


def _told(interval: Mapping[str, Any], kind: str) -> list[str]:
    value, low, high = _ends(interval)
    if kind == "share":
        return [f"{100 * value:.0f} %", "" if low is None else f"{100 * low:.0f} to {100 * high:.0f}"]
    return [f"{value:,.1f}", "" if low is None else f"{low:,.1f} to {high:,.1f}"]


def _ends(interval: Mapping[str, Any]) -> Sequence[Any]:
    return interval["value"], interval["low"], interval["high"]
