"""A run as a JSON file: written from a tree, and read back as one."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eager_core.errors import TraceError
from eager_core.events import Event, Forked, NodeAdded, RunFinished, RunStarted, SequenceFinished
from eager_core.tree import TokenTree, fold

SCHEMA_VERSION = 1

_NODE_FIELDS = ("id", "parent", "depth", "token_id", "text", "entropy", "logprob", "rank", "dice", "rule")


def trace_of(tree: TokenTree) -> dict[str, Any]:
    """Return the trace of a run as JSON values; the keys are described in the README.

    Raises:
        TraceError: the tree holds no run.
    """
    if tree.started is None:
        raise TraceError("There is no run to save yet; run one first.")
    return {
        "schema_version": SCHEMA_VERSION,
        "model": tree.started.model,
        "prompt": tree.started.prompt,
        "settings": dict(tree.started.settings),
        "nodes": [{name: getattr(node, name) for name in _NODE_FIELDS} for node in tree.nodes()],
        "sequences": [
            {
                "id": sequence.id,
                "parent_sequence": sequence.parent_sequence,
                "leaf": sequence.leaf,
                "text": tree.text(sequence),
                "num_tokens": tree.num_tokens(sequence),
                "finish_reason": sequence.finish_reason,
            }
            for sequence in tree.sequences
        ],
        "forks": [asdict(fork) for fork in tree.forks],
        "ledger": asdict(tree.ledger()),
    }


def trace_to_json(trace: dict[str, Any]) -> str:
    """Return the trace as JSON text, the same for the command line and the page."""
    return json.dumps(trace, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def save_trace(tree: TokenTree, path: str | os.PathLike) -> None:
    """Write the trace of a run to a file.

    Raises:
        TraceError: the tree holds no run, or the file can't be written.
    """
    text = trace_to_json(trace_of(tree))
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise TraceError(f"The trace can't be written to {path}: {error.strerror}; name a writable file.") from None
