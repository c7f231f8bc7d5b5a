"""The inspector's picture: the twenty bars before and after temperature and top-p, and where the dice landed."""

from typing import Any

from components.inspector.alternatives import Alternatives
from components.tree.labels import plotly_text, token_label

_STRIP = "y2"


def alternatives_figure(shown: Alternatives, chosen_token_id: int, dice: float | None) -> dict[str, Any]:
    """Return a Plotly figure as JSON values; the page adds the colours of its theme by the traces' `meta`.

    Above, the strip that the dice falls on: the sampling probabilities side by side, 0 to 1. Below, one row a token:
    a wide pale bar before temperature and top-p, a slim one after them, the chosen token marked, cut-off ones grey.

    Args:
        dice: the roll in [0, 1), or None where it was not used.
    """
    rows = list(range(len(shown.token_ids)))
    data = [
        _bars(rows, shown.model, "before", 0.78, [_role(shown, row, "before") for row in rows]),
        _bars(rows, shown.sampling, "after", 0.34, [_role(shown, row, "after") for row in rows]),
        *_strip(shown, chosen_token_id, dice),
    ]
    plain = [token_label(text, 14) for text in shown.texts]
    labels = [plotly_text(label) for label in plain]
    chosen = shown.token_ids.index(chosen_token_id) if chosen_token_id in shown.token_ids else None
    plot_px = 82 + 18 * len(rows)
    layout = {
        "barmode": "overlay",
        "showlegend": False,
        "margin": {"l": 16 + round(6.9 * max(map(len, plain))), "r": 40, "t": 6, "b": 30},
        "height": plot_px + 36,
        "xaxis": {"range": [0, 1], "anchor": "y", "tickformat": ".0%", "fixedrange": True, "nticks": 5},
        "yaxis": {
            "range": [len(rows) - 0.4, -0.6],
            "domain": [0, 1 - 64 / plot_px],
            "tickvals": rows,
            "ticks": "outside",
            "ticklen": 5,
            "tickcolor": "rgba(0,0,0,0)",
            "ticktext": [f"<b>{label}</b>" if row == chosen else label for row, label in enumerate(labels)],
            "fixedrange": True,
        },
        "yaxis2": {"range": [0, 1], "domain": [1 - 36 / plot_px, 1], "visible": False, "fixedrange": True},
        "annotations": [_value(shown, row) for row in rows],
    }
    return {"data": data, "layout": layout}


def _role(shown: Alternatives, row: int, bar: str) -> str:
    return bar if row < len(shown.ends) else "cut"


def _bars(rows: list[int], lengths: list[float], name: str, width: float, roles: list[str]) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "x": [round(length, 5) for length in lengths],
        "y": rows,
        "width": width,
        "hoverinfo": "skip",
        "meta": {"roles": roles},
    }


def _value(shown: Alternatives, row: int) -> dict[str, Any]:
    """The figures at the right edge: the probability after, or before where the token was cut off."""
    name = _role(shown, row, "after")
    return {
        "xref": "paper", "x": 1, "xanchor": "left", "xshift": 4, "yref": "y", "y": row, "showarrow": False,
        "text": percent(shown.model[row] if name == "cut" else shown.sampling[row]), "name": name,
    }  # fmt: skip


def percent(probability: float) -> str:
    """Return a probability as a reader wants it: whole percents, or one decimal below ten."""
    if probability >= 0.0995:
        return f"{probability:.0%}"
    return f"{probability:.1%}" if probability >= 0.0005 else "~0"


def _strip(shown: Alternatives, chosen_token_id: int, dice: float | None) -> list[dict[str, Any]]:
    """The bars side by side, and the dice's mark on them."""
    traces, start = [], 0.0
    for index, (token_id, end) in enumerate(zip(shown.token_ids, shown.ends, strict=False)):
        role = "landed" if token_id == chosen_token_id and dice is not None else f"strip{index % 2}"
        if end > start:
            traces.append(_segment(start, end, role))
        start = end
    if start < 0.9995:
        traces.append(_segment(start, 1.0, "rest"))
    return traces if dice is None else [*traces, _dice(dice)]


def _dice(roll: float) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines+markers", "x": [roll, roll], "y": [0.0, 1.0], "yaxis": _STRIP,
        "hoverinfo": "skip", "marker": {"symbol": ["line-ns", "triangle-down"], "size": [0, 11]},
        "line": {"width": 2}, "cliponaxis": False, "meta": {"roles": ["dice"]},
    }  # fmt: skip


def _segment(start: float, end: float, role: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "fill": "toself", "x": [start, end, end, start, start],
        "y": [0.0, 0.0, 0.62, 0.62, 0.0], "yaxis": _STRIP, "line": {"width": 1}, "hoverinfo": "skip",
        "meta": {"roles": [role]},
    }  # fmt: skip
