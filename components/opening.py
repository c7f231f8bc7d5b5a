"""A saved run back to a tree and its events. No model is needed, and nothing in the file is evaluated."""

from pathlib import Path

from eager_core.errors import TraceError
from eager_core.events import Event
from eager_core.traces import LARGEST_TRACE_BYTES, events_from_json
from eager_core.tree import TokenTree, fold


def opened(path: str) -> tuple[TokenTree, list[Event]]:
    """Return the tree of a trace file, and its events in order.

    Raises:
        TraceError: the file can't be read, is too large, or is no trace; one sentence says which.
    """
    events = events_from_json(_text(Path(path)))
    return fold(events), events


def _text(path: Path) -> str:
    try:
        num_bytes = path.stat().st_size
        if num_bytes > LARGEST_TRACE_BYTES:
            raise TraceError(f"The file has {num_bytes:,} bytes; up to {LARGEST_TRACE_BYTES:,} can be opened.")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise TraceError(f"The file can't be read: {error.strerror}; choose another.") from None
    except UnicodeDecodeError:
        raise TraceError("This is not a trace: it is not UTF-8 text; open a file saved by this program.") from None
