"""The two plots of an experiment, as Plotly figures without colours: the page adds those of its theme by `meta`."""

from collections.abc import Mapping
from typing import Any

_MARKERS = {"parallel": "square", "init": "circle", "adapt": "diamond", "full": "triangle-up"}
"""Stages differ in shape too, for those who can't tell the colours apart."""


def plots(results: Mapping[str, Any]) -> dict[str, Any]:
    """Return {"curves": Pass@k against tokens, "savings": tokens saved by each prompt}; None where there is nothing."""
    return {
        "curves": _curves(results["pass_at_k_against_tokens"]),
        "savings": _savings(results["prompts"]),
    }


def _curves(curves: Mapping[str, list[list[float]]]) -> dict[str, Any] | None:
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": stage,
            "x": [tokens for tokens, _ in curve],
            "y": [solved for _, solved in curve],
            "text": [
                f"{stage}, {count} per prompt: {solved:.0%} solved with {tokens:,} tokens"
                for count, (tokens, solved) in enumerate(curve, start=1)
            ],
            "marker": {"symbol": _MARKERS.get(stage, "circle"), "size": 7},
            "meta": {"stage": stage},
        }
        for stage, curve in curves.items()
    ]
    if not data:
        return None
    return {
        "data": data,
        "layout": {
            "xaxis": {"title": {"text": "tokens in the first 1, 2, 3 … sequences"}, "rangemode": "tozero"},
            "yaxis": {"title": {"text": "Pass@k"}, "range": [-0.02, 1.04], "tickformat": ".0%"},
        },
    }


def _savings(prompts: Mapping[str, list[Mapping[str, Any]]]) -> dict[str, Any] | None:
    data = []
    for stage, rows in prompts.items():
        known = [row for row in rows if row["saved_tokens"] is not None]
        if stage == "parallel" or not known:
            continue
        data.append(
            {
                "type": "bar",
                "name": stage,
                "x": [row["number"] + 1 for row in known],
                "y": [row["saved_tokens"] for row in known],
                "text": [f"{stage}, prompt {row['number'] + 1}: {row['saved_tokens']:,} tokens saved" for row in known],
                "textposition": "none",
                "meta": {"stage": stage},
            }
        )
    if not data:
        return None
    return {
        "data": data,
        "layout": {
            "barmode": "group",
            "xaxis": {"title": {"text": "prompt"}, "dtick": 1 if len(data[0]["x"]) <= 12 else 5},
            "yaxis": {"title": {"text": "tokens saved compared with parallel"}},
        },
    }
