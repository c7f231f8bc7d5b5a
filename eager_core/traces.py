"""A run as a JSON file: written from a tree, and read back as the events that made it."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, get_args

from eager_core.by_hand import HandBranch
from eager_core.errors import SettingsError, TraceError
from eager_core.events import (
    Event,
    FinishReason,
    Forked,
    NodeAdded,
    Rule,
    RunFinished,
    RunStarted,
    SequenceFinished,
    SequenceStarted,
)
from eager_core.settings import Settings, check_seed
from eager_core.tree import ROOT, TokenTree, fold

SCHEMA_VERSION = 1

LARGEST_TRACE_BYTES = 512 * 2**20

_INTEGER, _NUMBER, _TEXT = (int,), (int, float), (str,)
_UNKNOWN = (type(None),)
"""What an imported run does not tell of its tokens is None."""
_NODE_FIELDS = {
    "id": _INTEGER,
    "parent": _INTEGER,
    "depth": _INTEGER,
    "token_id": _INTEGER + _UNKNOWN,
    "text": _TEXT,
    "entropy": _NUMBER + _UNKNOWN,
    "logprob": _NUMBER + _UNKNOWN,
    "rank": _INTEGER + _UNKNOWN,
    "dice": _NUMBER + _UNKNOWN,
    "rule": get_args(Rule),
}
_SEQUENCE_FIELDS = {
    "id": _INTEGER,
    "parent_sequence": (int, type(None)),
    "leaf": _INTEGER,
    "finish_reason": (*get_args(FinishReason), None),
}
_FORK_FIELDS = {
    "step": _INTEGER,
    "node": _INTEGER,
    "sequence": _INTEGER,
    "new_sequence": _INTEGER,
    "entropy": _NUMBER,
    "threshold": _NUMBER + _UNKNOWN,
    "first_token_id": _INTEGER + _UNKNOWN,
    "second_token_id": _INTEGER + _UNKNOWN,
}
_LEDGER_FIELDS = {"forward_passes": _INTEGER, "seconds": _NUMBER}


def trace_of(tree: TokenTree) -> dict[str, Any]:
    """Return the trace of a run as JSON values; the README describes the keys.

    Raises:
        TraceError: the tree holds no run.
    """
    if tree.started is None:
        raise TraceError("There is no run to save yet; run one first.")
    return {
        "schema_version": SCHEMA_VERSION,
        "model": tree.started.model,
        "prompt": tree.started.prompt,
        "settings": _settings_of(tree.started),
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


def _settings_of(started: RunStarted) -> dict[str, Any]:
    settings = started.known_settings()
    if started.seed is not None:
        settings["seed"] = started.seed
    if started.by_hand:
        settings["by_hand"] = [[list(branch.path), branch.token_id] for branch in started.by_hand]
    return settings


def trace_to_json(trace: dict[str, Any]) -> str:
    """Return the trace as JSON text, the same for the command line and the page."""
    return json.dumps(trace, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def trace_from_json(text: str) -> TokenTree:
    """Return the tree that a trace tells of. No model is needed, and nothing in the text is evaluated.

    Raises:
        TraceError: not JSON, of another version, or contradicting itself; one sentence says where.
    """
    return fold(events_from_json(text))


def events_from_json(text: str) -> list[Event]:
    """Return the events of the run that a trace tells of, in the order they happened.

    Raises:
        TraceError: as `trace_from_json`.
    """
    try:
        trace = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise TraceError("This is not a trace: it can't be read as JSON; open a file saved by this program.") from None
    if not isinstance(trace, dict) or trace.get("schema_version") != SCHEMA_VERSION:
        version = trace.get("schema_version") if isinstance(trace, dict) else None
        raise TraceError(f"The trace has schema_version {version!r}, but this program reads {SCHEMA_VERSION}.")
    return list(_Reader(trace).events())


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


def load_trace(path: str | os.PathLike) -> TokenTree:
    """Return the tree of a trace file.

    Raises:
        TraceError: the file can't be read, is too large, or is no trace.
    """
    try:
        num_bytes = Path(path).stat().st_size
        if num_bytes > LARGEST_TRACE_BYTES:
            raise TraceError(f"{path} has {num_bytes:,} bytes; traces of up to {LARGEST_TRACE_BYTES:,} can be opened.")
        return trace_from_json(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise TraceError(f"{path} can't be read: {error.strerror}; name a trace file.") from None
    except UnicodeDecodeError:
        raise TraceError(f"{path} is not a trace: it is not UTF-8 text; open a file saved by this program.") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


class _Reader:
    """Checks a parsed trace as it goes, and puts its parts back into the order of events."""

    def __init__(self, trace: dict[str, Any]) -> None:
        self._trace = trace
        self._nodes = self._records("nodes", _NODE_FIELDS, first_is_prompt=True)
        self._sequences = self._records("sequences", _SEQUENCE_FIELDS)
        self._forks = self._records("forks", _FORK_FIELDS)
        self._check_nodes()
        self._sequence_of_node = self._assign_nodes()

    def events(self) -> Iterator[Event]:
        forks_at: dict[int, list[dict]] = {}
        for number, fork in enumerate(self._forks):
            self._check_fork(number, fork)
            forks_at.setdefault(fork["node"], []).append(fork)
        ended_at = {s["leaf"]: s for s in self._sequences if s["finish_reason"] in ("eos", "length")}
        pruned_at: dict[int, list[int]] = {}
        for sequence in self._sequences:
            if sequence["finish_reason"] == "pruned":
                pruned_at.setdefault(self._nodes[sequence["leaf"]]["depth"], []).append(sequence["id"])
        yield self._started()
        for sequence in self._sequences[1:]:
            if sequence["parent_sequence"] is None:
                yield SequenceStarted(sequence["id"])
        depth = 0
        for node in self._nodes[1:]:
            if node["depth"] > depth:
                # A strategy prunes when a step is over, so when all nodes of a depth are there.
                yield from (SequenceFinished(sequence_id, "pruned") for sequence_id in pruned_at.pop(depth, []))
                depth = node["depth"]
            for fork in forks_at.pop(node["parent"], []):
                yield Forked(**{name: fork[name] for name in _FORK_FIELDS})
            yield NodeAdded(**{name: node[name] for name in _NODE_FIELDS}, sequence=self._sequence_of_node[node["id"]])
            if node["id"] in ended_at:
                sequence = ended_at[node["id"]]
                yield SequenceFinished(sequence["id"], sequence["finish_reason"])
        # Saved while it grew, or where the model failed: the tokens that these forks are for had not come yet.
        for fork in (fork for forks in forks_at.values() for fork in forks):
            yield Forked(**{name: fork[name] for name in _FORK_FIELDS})
        yield from (SequenceFinished(sequence_id, "pruned") for ids in pruned_at.values() for sequence_id in ids)
        for sequence in self._sequences:
            if sequence["finish_reason"] == "stopped":
                yield SequenceFinished(sequence["id"], "stopped")
        if all(sequence["finish_reason"] for sequence in self._sequences):
            ledger = self._checked("ledger", self._trace.get("ledger"), _LEDGER_FIELDS)
            yield RunFinished(ledger["forward_passes"], ledger["seconds"])

    def _started(self) -> RunStarted:
        model, prompt, settings = (self._trace.get(name) for name in ("model", "prompt", "settings"))
        if not isinstance(model, str) or not isinstance(prompt, str) or not isinstance(settings, dict):
            raise TraceError("The trace lacks its model, prompt or settings; save it again.")
        names = frozenset(field.name for field in fields(Settings))
        if not settings.keys() <= names | {"seed", "by_hand"}:
            strange = _shortened(min(settings.keys() - names - {"seed", "by_hand"}))
            raise TraceError(
                f"The trace is broken at settings: {strange} is no setting known here; update this program."
            )
        try:
            typed = Settings(**{name: value for name, value in settings.items() if name in names})
            seed = check_seed(settings["seed"]) if "seed" in settings else None
        except SettingsError as error:
            raise TraceError(f"The trace is broken at settings: {error}") from None
        by_hand = self._by_hand(settings.get("by_hand", []))
        return RunStarted(model, prompt, typed, seed, by_hand, unknown=names - set(settings))

    @staticmethod
    def _by_hand(branches: Any) -> tuple[HandBranch, ...]:
        if not isinstance(branches, list) or not all(_is_branch(branch) for branch in branches):
            raise TraceError("The trace is broken at settings: by_hand is no list of paths and tokens; save it again.")
        return tuple(HandBranch(tuple(path), token_id) for path, token_id in branches)

    def _records(self, name: str, fields: dict, first_is_prompt: bool = False) -> list[dict]:
        records = self._trace.get(name)
        if not isinstance(records, list) or (not records and name != "forks"):
            raise TraceError(f"The trace has no list of {name}; it is not whole, save it again.")
        for number, record in enumerate(records):
            if not (first_is_prompt and number == 0):
                self._checked(f"{name}[{number}]", record, fields)
        return records

    @staticmethod
    def _checked(place: str, record: Any, fields: dict) -> dict:
        for name, allowed in fields.items():
            value = record.get(name) if isinstance(record, dict) else None
            is_allowed = type(value) in allowed or (isinstance(value, str | None) and value in allowed)
            if not is_allowed or not isinstance(record, dict) or name not in record:
                raise TraceError(f"The trace is broken at {place}: {name} is {_shortened(value)}; save it again.")
        return record

    def _check_nodes(self) -> None:
        root = self._nodes[0]
        if not isinstance(root, dict) or root.get("id") != ROOT or root.get("parent") is not None:
            raise TraceError("The trace is broken at nodes[0]: it is not the prompt's node; save it again.")
        root["depth"] = 0
        for number, node in enumerate(self._nodes[1:], start=1):
            if node["id"] != number or not 0 <= node["parent"] < number:
                raise TraceError(f"The trace is broken at nodes[{number}]: ids and parents are out of order.")
            if node["depth"] != self._nodes[node["parent"]]["depth"] + 1:
                raise TraceError(f"The trace is broken at nodes[{number}]: its depth is not its parent's plus 1.")

    def _check_fork(self, number: int, fork: dict) -> None:
        known = range(len(self._sequences))
        if (
            not 0 <= fork["node"] < len(self._nodes)
            or fork["sequence"] not in known
            or fork["new_sequence"] not in known
            or self._sequences[fork["new_sequence"]]["parent_sequence"] != fork["sequence"]
        ):
            raise TraceError(f"The trace is broken at forks[{number}]: it names a node or sequence that is not there.")

    def _assign_nodes(self) -> dict[int, int]:
        """Return the sequence that made each node: the first one, by id, whose path it is on."""
        sequence_of_node: dict[int, int] = {}
        for number, sequence in enumerate(self._sequences):
            parent = sequence["parent_sequence"]
            if sequence["id"] != number or not 0 <= sequence["leaf"] < len(self._nodes):
                raise TraceError(f"The trace is broken at sequences[{number}]: id or leaf is out of range.")
            if (number == 0 and parent is not None) or (parent is not None and not 0 <= parent < number):
                raise TraceError(f"The trace is broken at sequences[{number}]: parent_sequence is {parent!r}.")
            node_id = sequence["leaf"]
            while node_id != ROOT and node_id not in sequence_of_node:
                sequence_of_node[node_id] = number
                node_id = self._nodes[node_id]["parent"]
        if len(sequence_of_node) != len(self._nodes) - 1:
            raise TraceError("The trace is broken: it has nodes that no sequence leads to; save it again.")
        if sum(sequence["parent_sequence"] is not None for sequence in self._sequences) != len(self._forks):
            raise TraceError("The trace is broken: its forks and its sequences do not fit each other; save it again.")
        return sequence_of_node


def _is_branch(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], list)
        and all(type(token_id) is int for token_id in [*value[0], value[1]])
    )


def _shortened(value: Any) -> str:
    text = repr(value) if not isinstance(value, (list, dict)) else type(value).__name__
    return text if len(text) <= 40 else text[:37] + "..."
