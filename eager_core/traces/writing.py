"""From a tree to its trace."""

import json
import math
from dataclasses import asdict
from typing import Any

from eager_core.errors import TraceError
from eager_core.events import RunStarted
from eager_core.recorded import Recorded
from eager_core.traces.alternatives import alternatives_to_record
from eager_core.traces.records import SCHEMA_VERSION
from eager_core.tree import Node, Sequence, TokenTree


def trace_of(tree: TokenTree, recorded: Recorded | None = None) -> dict[str, Any]:
    """Return the trace of a run as JSON values; the README describes the keys.

    A number that JSON can't hold (NaN, infinity) becomes null: not known.

    Args:
        recorded: what the model said on the way (see `recording.record`), where that is to be kept.
    Raises:
        TraceError: the tree holds no run.
    """
    if tree.started is None:
        raise TraceError("There is no run to save yet; run one first.")
    return {
        "schema_version": SCHEMA_VERSION,
        **_started(tree.started),
        "nodes": [_node(node) for node in tree.nodes()],
        "sequences": [_sequence(tree, sequence) for sequence in tree.sequences],
        "forks": [asdict(fork) for fork in tree.forks],
        **({"alternatives": alternatives_to_record(recorded)} if recorded is not None and recorded.offers else {}),
        "is_finished": tree.finished is not None,
        "ledger": asdict(tree.ledger()),
    }


def trace_to_json(trace: dict[str, Any]) -> str:
    """Return the trace as JSON text, the same for the command line and the page.

    Raises:
        TraceError: a fork was decided by a number that JSON can't hold.
    """
    try:
        columns = trace.get("alternatives")
        if columns is None:
            return json.dumps(trace, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
        # A column a line: a number a line would take as many bytes again.
        lines = ",\n".join(f"  {json.dumps(name)}: {_compact(column)}" for name, column in columns.items())
        rest = json.dumps(trace | {"alternatives": None}, ensure_ascii=False, allow_nan=False, indent=1)
        return rest.replace('\n "alternatives": null', f'\n "alternatives": {{\n{lines}\n }}') + "\n"
    except ValueError:
        raise TraceError(
            "The run can't be saved: a fork was decided by a number that is not finite; choose another measure."
        ) from None


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _started(started: RunStarted) -> dict[str, Any]:
    return {
        "model": started.model,
        "prompt": started.prompt,
        "seed": started.seed,
        "date": started.date,
        "prompt_digest": started.prompt_digest,
        "settings": started.known_settings(),
        "by_hand": [{"path": list(branch.path), "token_id": branch.token_id} for branch in started.by_hand],
        **({} if started.context_cap is None else {"context_cap": asdict(started.context_cap)}),
        **({} if started.precision is None else {"precision": started.precision}),
        **({} if started.device is None else {"device": started.device}),
    }


def _node(node: Node) -> dict[str, Any]:
    return {
        "id": node.id,
        "parent": node.parent,
        "depth": node.depth,
        "token_id": node.token_id,
        "text": node.text,
        **({} if node.token_bytes is None else {"bytes": node.token_bytes.hex()}),
        "entropy": _finite(node.entropy),
        "logprob": _finite(node.logprob),
        "rank": node.rank,
        "dice": node.dice,
        "rule": node.rule,
    }


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _sequence(tree: TokenTree, sequence: Sequence) -> dict[str, Any]:
    return {
        "id": sequence.id,
        "parent_sequence": sequence.parent_sequence,
        "leaf": sequence.leaf,
        "text": tree.text(sequence),
        "num_tokens": tree.num_tokens(sequence),
        "finish_reason": sequence.finish_reason,
    }
