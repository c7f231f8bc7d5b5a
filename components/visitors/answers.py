"""What the inspector is told, each time with what it answers, so that a page can tell a late answer.

Every message names the run that was on the page (`of`) and the request that was the newest one heard of (`request`).
All of it may wait for the model, so none of it is for the event loop's thread.
"""

import json
from typing import Any

from components.inspector.ghosts import inspect_ghost
from components.inspector.inspection import find_path, inspect
from components.inspector.outcome import outcome
from components.tree.drawing import Drawing
from components.visitors.session import Session, Shown
from eager_core.errors import EagerError
from eager_core.exploration import Exploration
from eager_core.failures import model_failures
from eager_core.tree import TokenTree

_PINNED_APART = (
    "What else could have stood here in A is known to its model only, which is not asked any more; swap A and B, then "
    "press Run to ask it."
)


def told_node(shown: Shown, tree: TokenTree, node_id: int, request: int) -> str:
    """Return what the inspector is to show of a node of `tree`, a snapshot of what is shown."""
    told = _inspected(tree, node_id, shown.exploration)
    told["outcome"] = outcome(tree.node(node_id), shown.growth.outcomes)
    return _message(shown, request, told)


def told_pinned(shown: Shown, pinned: Shown, node_id: int, request: int) -> str:
    """Return what the inspector is to show of a node of the pinned tree, which nothing can be grown on.

    All is told where its exploration is still open, else what the tree itself tells.
    """
    told = _inspected(pinned.growth.tree, node_id, pinned.exploration)
    if pinned.exploration is None and node_id:
        told["note"] = _PINNED_APART
    return _message(shown, request, as_of_pinned(pinned, told))


def as_of_pinned(pinned: Shown, told: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of a node so that the page takes it for one of A: of no run of its own, and nothing to
    press."""
    choices = [choice | {"node": None} for choice in told["choices"]]
    facts = [["tree", "A, pinned as it was"], *told["facts"]]
    return told | {"run": -pinned.run, "choices": choices, "can_grow": False, "facts": facts}


def told_ghost(shown: Shown, place: int, request: int) -> str | None:
    """Return what is known of a token that the present run does not come by; None where there is none."""
    drawing, started = shown.growth.drawing, shown.growth.tree.started
    if started is None or not _is_ghost(drawing, place):
        return None
    try:
        with model_failures():
            ghost = inspect_ghost(drawing, place, started, shown.exploration)
    except EagerError as error:
        ghost = inspect_ghost(drawing, place, started) | {"note": str(error)}
    return _message(shown, request, ghost)


def told_again(session: Session, only_if_found: bool = False) -> str | None:
    """Return what the inspector is to show after a run: what it showed before it, or that this is gone; None where
    nothing was inspected."""
    shown, inspected = session.shown, session.inspected
    tree = shown.growth.snapshot()
    if inspected.path is None or tree.started is None:
        return None
    node_id = find_path(tree, inspected.path)
    if node_id is not None:
        return told_node(shown, tree, node_id, inspected.request)
    return None if only_if_found else _message(shown, inspected.request, {"gone": True})


def _message(shown: Shown, request: int, told: dict[str, Any]) -> str:
    num_by_hand = len(shown.asked.by_hand) if shown.asked is not None else 0
    context = {"run": shown.run, "of": shown.run, "request": request, "num_by_hand": num_by_hand}
    return json.dumps(context | told, ensure_ascii=False)


def _inspected(tree: TokenTree, node_id: int, exploration: Exploration | None) -> dict[str, Any]:
    """Return what is to be said of a node; where the model fails, what the tree itself tells, and why not more."""
    try:
        with model_failures():
            return inspect(tree, node_id, exploration)
    except EagerError as error:
        return inspect(tree, node_id) | {"note": str(error)}


def _is_ghost(drawing: Drawing, place: int) -> bool:
    with drawing.lock:  # a place is whole once it is counted
        return isinstance(place, int) and 0 < place < drawing.num_places
