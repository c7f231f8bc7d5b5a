"""What the inspector says of a ghost: a token that an earlier run took and the present one does not come by."""

from dataclasses import replace
from typing import Any

from components.inspector.inspection import inspect
from components.tree.drawing import Drawing
from eager_core.events import Rule, RunStarted
from eager_core.exploration import Exploration
from eager_core.tree import fold

NO_RUN = -1
"""Stands for the run of what is told: the page has no node to select for it."""

_TAKEN: dict[Rule, str] = {
    "first": "as the most likely token of a fork",
    "second": "as the second most likely token of a fork",
    "further": "as a later token of a fork",
    "by_hand": "because it was added by hand",
    "greedy": "as the most likely token",
    "spent": "as the most likely token",
}


def inspect_ghost(
    drawing: Drawing, place: int, started: RunStarted, exploration: Exploration | None = None
) -> dict[str, Any]:
    """Return what is to be said of a place that the present run, begun with `started`, has no node for.

    The same as `inspection.inspect` says of a node: what is known of its path alone makes a tree of one
    sequence, for the model's part of it is the same whichever run comes by.
    """
    path = [
        replace(token, id=depth, parent=depth - 1, depth=depth, sequence=0)
        for depth, token in enumerate(drawing.path(place), start=1)
    ]
    told = inspect(fold([started, *path]), len(path), exploration)
    taken = _TAKEN.get(path[-1].rule, "by a draw of the dice")
    return told | {
        "id": -place,
        "run": NO_RUN,
        "why": f"Not in the present tree: an earlier run took this token, {taken}, but with the present settings no "
        "sequence gets here.",
        "choices": [choice | {"node": None} for choice in told["choices"]],
        "can_grow": False,
    }
