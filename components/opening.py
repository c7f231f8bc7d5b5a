"""A saved run back to a tree and its events. No model is needed, and nothing in the file is evaluated."""

from eager_core.events import Event
from eager_core.traces import load_events
from eager_core.tree import TokenTree, fold


def opened(path: str) -> tuple[TokenTree, list[Event]]:
    """Return the tree of a trace file, and its events in order.

    Raises:
        TraceError: the file can't be read, is too large, or is no trace; one sentence says which.
    """
    events = load_events(path, "The file")
    return fold(events), events
