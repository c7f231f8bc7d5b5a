"""A run that is pinned: a copy that no later run, eviction or closed exploration changes."""

import time
from itertools import count

from components.tree.drawing import Drawing
from components.tree.growth import Growth
from components.visitors.session import Shown
from eager_core.events import Event, RunStarted, SequenceFinished
from eager_core.traces import events_from_json, trace_of, trace_to_json
from eager_core.tree import TokenTree

_NUMBERS = count(time.time_ns() // 10**6)
"""In milliseconds of the clock at first, so that a page which outlives this process takes no pinned tree for an old
one."""


def pinned(shown: Shown) -> Shown:
    """Return a copy of what is shown, of its own number and drawing, as it stands at this moment.

    Of a run under way it is what there is: its unfinished sequences count as stopped there. The exploration is kept
    beside it only for as long as the session has it open.

    Raises:
        TraceError: there is no run yet, or it can't be written down.
    """
    tree = stopped_there(shown.growth.snapshot())
    growth = Growth(next(_NUMBERS), drawing_for(tree, shown.growth.drawing))
    growth.take(events_of(tree))
    if judged := shown.growth.judged:
        growth.judge(judged)
    growth.end()
    return Shown(growth, shown.asked, shown.exploration, shown.recorded, shown.can_grow)


def events_of(tree: TokenTree) -> list[Event]:
    """Return events that tell of `tree`. Raises TraceError as `pinned` does."""
    return events_from_json(trace_to_json(trace_of(tree)))


def drawing_for(tree: TokenTree, drawing: Drawing) -> Drawing | None:
    """Return a copy of the drawing that `tree` is drawn in, so that what two runs share lies in the same lanes; None
    for a tree that does not tell its tokens' ids, which never finds its places again."""
    return drawing.copy() if all(node.token_id is not None for node in list(tree.nodes())[1:]) else None


def stopped_there(tree: TokenTree) -> TokenTree:
    """Return the snapshot `tree`, its unfinished sequences now stopped where they stand."""
    for sequence in tree.sequences:
        if sequence.finish_reason is None:
            tree.apply(SequenceFinished(sequence.id, "stopped"))
    return tree


def started_of(a: Shown) -> RunStarted:
    """Return how a pinned run began."""
    started = a.growth.tree.started
    assert started is not None  # nothing else is pinned
    return started
