"""Traces as files."""

import os
from pathlib import Path

from eager_core.errors import TraceError
from eager_core.recorded import Recorded
from eager_core.text_file import read_text
from eager_core.traces.reading import Trace, read_trace
from eager_core.traces.writing import trace_of, trace_to_json
from eager_core.tree import TokenTree, fold

LARGEST_TRACE_BYTES = 512 * 2**20


def save_trace(tree: TokenTree, path: str | os.PathLike, recorded: Recorded | None = None) -> None:
    """Write the trace of a run to a file.

    Args:
        recorded: what the model said on the way, where that is to be kept.
    Raises:
        TraceError: the tree holds no run, or the file can't be written.
    """
    text = trace_to_json(trace_of(tree, recorded))
    try:
        Path(path).write_bytes(text.encode("utf-8"))
    except UnicodeEncodeError:
        raise TraceError(
            "The trace can't be written: a text in it holds half of a character; correct the prompt."
        ) from None
    except OSError as error:
        raise TraceError(f"The trace can't be written to {path}: {error.strerror}; name a writable file.") from None


def load_trace(path: str | os.PathLike) -> TokenTree:
    """Return the tree of a trace file.

    Raises:
        TraceError: the file can't be read, is too large, or is no trace.
    """
    return fold(load_whole_trace(path).events)


def load_whole_trace(path: str | os.PathLike, name: str | None = None) -> Trace:
    """Return all that a trace file tells.

    Args:
        name: what to call the file in errors, if not by its path.
    Raises:
        TraceError: as `load_trace`.
    """
    return read_trace(read_text(path, LARGEST_TRACE_BYTES, name))
