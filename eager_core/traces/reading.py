"""From the text of a trace to the events of its run. No model is needed, and nothing in the text is evaluated."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, NoReturn

from eager_core.by_hand import HandBranch
from eager_core.context_cap import ContextCap
from eager_core.errors import SettingsError, TraceError
from eager_core.event_order import EventOrder
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
from eager_core.recorded import Recorded
from eager_core.schema import checked, shown
from eager_core.settings import Settings
from eager_core.traces.alternatives import alternatives_from_record
from eager_core.traces.records import TRACE, ForkRecord, NodeRecord, SequenceRecord, TraceRecord
from eager_core.tree import ROOT, TokenTree, fold

_REMEDY = "open a file saved by this program"
_ENDS_AT_ITS_LEAF: tuple[FinishReason, ...] = ("eos", "length", "unknown")
_NAMES = frozenset(field.name for field in fields(Settings))


@dataclass(frozen=True)
class Trace:
    """What a trace tells."""

    events: list[Event]
    """Of its run, in the order they happened."""
    recorded: Recorded | None
    """What the model said on the way; None where that was not written."""


def trace_from_json(text: str) -> TokenTree:
    """Return the tree that a trace tells of.

    Raises:
        TraceError: not JSON, of another version, or contradicting itself; one sentence says where.
    """
    return fold(events_from_json(text))


def events_from_json(text: str) -> list[Event]:
    """Return the events of the run that a trace tells of, in the order they happened.

    Raises:
        TraceError: as `trace_from_json`.
    """
    return read_trace(text).events


def read_trace(text: str) -> Trace:
    """Return all that a trace tells.

    Raises:
        TraceError: as `trace_from_json`.
    """
    record = checked(TRACE, text, "The trace", _REMEDY)
    _check_ids(record["nodes"], record["sequences"])
    events: list[Event] = [_started(record)]
    order = EventOrder()
    order.take(events[0])
    for event in _events(record):
        order.take(event)
        events.append(event)
    _check_ends(record["sequences"], order)
    recorded = None
    if "alternatives" in record:
        recorded = alternatives_from_record(record["alternatives"], len(record["nodes"]))
    return Trace(events, recorded)


def _started(record: TraceRecord) -> RunStarted:
    told: dict[str, Any] = dict(record["settings"])
    if record["schema_version"] == 1:
        seed, date, digest = told.pop("seed", None), None, None
        by_hand = told.pop("by_hand", [])
    else:
        seed, date, digest = record.get("seed"), record.get("date"), record.get("prompt_digest")
        by_hand = [(branch["path"], branch["token_id"]) for branch in record.get("by_hand", [])]
    if not told.keys() <= _NAMES:
        strange = shown(min(told.keys() - _NAMES))
        raise TraceError(f"The trace is broken at settings: {strange} is no setting of this version; update it.")
    try:
        settings = Settings(**told)
    except SettingsError as error:
        raise TraceError(f"The trace is broken at settings: {error}") from None
    branches = tuple(HandBranch(tuple(path), token_id) for path, token_id in by_hand)
    return RunStarted(
        record["model"], record["prompt"], settings, seed, branches, date, digest, _NAMES - told.keys(),
        ContextCap(**record["context_cap"]) if "context_cap" in record else None,
        record.get("precision"), record.get("device"),
    )  # fmt: skip


def _events(record: TraceRecord) -> Iterator[Event]:
    """Yield what comes after `RunStarted`. Forks stand before the first node they cause; who prunes does so once all
    nodes of a depth are there, and a stop comes last."""
    nodes, sequences = record["nodes"], record["sequences"]
    sequence_of_node = _sequence_of_each_node(nodes, sequences)
    forks_at = _forks_by_place(record["forks"], sequences)
    ends_at = {
        s["leaf"]: SequenceFinished(s["id"], reason)
        for s in sequences
        if (reason := s["finish_reason"]) is not None and reason in _ENDS_AT_ITS_LEAF
    }
    pruned_at = _pruned_by_depth(nodes, sequences)
    yield from (SequenceStarted(s["id"]) for s in sequences[1:] if s["parent_sequence"] is None)
    depth = 0
    for node in nodes[1:]:
        if node["depth"] > depth:
            yield from pruned_at.pop(depth, ())
            depth = node["depth"]
        sequence_id = sequence_of_node[node["id"]]
        parent, rule = node["parent"], node["rule"]
        assert parent is not None and rule is not None  # `_check_ids` has seen to it
        yield from forks_at.pop((parent, sequence_id), ())
        yield _node(node, parent, rule, sequence_id)
        if node["id"] in ends_at:
            yield ends_at[node["id"]]
    # A run that was saved while it grew may end between a fork and its nodes.
    yield from (fork for forks in forks_at.values() for fork in forks)
    yield from (finished for pruned in pruned_at.values() for finished in pruned)
    yield from (SequenceFinished(s["id"], "stopped") for s in sequences if s["finish_reason"] == "stopped")
    if record.get("is_finished", all(s["finish_reason"] is not None for s in sequences)):
        yield RunFinished(record["ledger"]["forward_passes"], record["ledger"]["seconds"])


def _pruned_by_depth(nodes: list[NodeRecord], sequences: list[SequenceRecord]) -> dict[int, list[SequenceFinished]]:
    pruned_at: dict[int, list[SequenceFinished]] = {}
    for sequence in sequences:
        if sequence["finish_reason"] == "pruned":
            depth = nodes[sequence["leaf"]]["depth"]
            pruned_at.setdefault(depth, []).append(SequenceFinished(sequence["id"], "pruned"))
    return pruned_at


def _node(node: NodeRecord, parent: int, rule: Rule, sequence: int) -> NodeAdded:
    own_bytes = node.get("bytes")
    return NodeAdded(
        node["id"], parent, node["depth"], node["token_id"], node["text"], node["entropy"], node["logprob"],
        node["rank"], node["dice"], rule, sequence, None if own_bytes is None else bytes.fromhex(own_bytes),
    )  # fmt: skip


def _forks_by_place(forks: list[ForkRecord], sequences: list[SequenceRecord]) -> dict[tuple[int, int], list[Forked]]:
    """Return the forks by their node, and by their sequence, as several may stand at the prompt."""
    forks_at: dict[tuple[int, int], list[Forked]] = {}
    for number, fork in enumerate(forks):
        new = fork["new_sequence"]
        if new >= len(sequences) or sequences[new]["parent_sequence"] != fork["sequence"]:
            _refuse(f"forks[{number}]", f"sequence {new} is not there, or did not fork off sequence {fork['sequence']}")
        forks_at.setdefault((fork["node"], fork["sequence"]), []).append(Forked(**fork))
    return forks_at


def _check_ids(nodes: list[NodeRecord], sequences: list[SequenceRecord]) -> None:
    """See that ids count up, that nodes follow earlier ones, and that everything named is there."""
    if nodes[0]["id"] != ROOT or nodes[0]["parent"] is not None:
        _refuse("nodes[0]", "it is not the prompt's node")
    for number, node in enumerate(nodes[1:], start=1):
        if node["id"] != number or node["parent"] is None or node["parent"] >= number or node["rule"] is None:
            _refuse(f"nodes[{number}]", "ids and parents are out of order, or it has no rule")
    for number, sequence in enumerate(sequences):
        if sequence["id"] != number or sequence["leaf"] >= len(nodes):
            _refuse(f"sequences[{number}]", "id or leaf is out of range")
        if number == 0 and sequence["parent_sequence"] is not None:
            _refuse("sequences[0]", "it has a parent_sequence, but is the first")


def _sequence_of_each_node(nodes: list[NodeRecord], sequences: list[SequenceRecord]) -> dict[int, int]:
    """Return the sequence that made each node: the first one, by id, whose path it is on."""
    sequence_of_node: dict[int, int] = {}
    for sequence in sequences:
        node_id = sequence["leaf"]
        while node_id != ROOT and node_id not in sequence_of_node:
            sequence_of_node[node_id] = sequence["id"]
            parent = nodes[node_id]["parent"]
            assert parent is not None  # `_check_ids` has seen to it
            node_id = parent
    lost = next((node["id"] for node in nodes[1:] if node["id"] not in sequence_of_node), None)
    if lost is not None:
        _refuse(f"nodes[{lost}]", "no sequence leads to it")
    return sequence_of_node


def _check_ends(sequences: list[SequenceRecord], order: EventOrder) -> None:
    """See that every sequence ended where and how it says: the events were made of nodes and forks."""
    if len(sequences) != len(order.leaves):
        _refuse("sequences", "some of them are in no fork")
    for sequence, leaf, reason in zip(sequences, order.leaves, order.finish_reasons, strict=True):
        if (sequence["leaf"], sequence["finish_reason"]) != (leaf, reason):
            _refuse(f"sequences[{sequence['id']}]", "forks and nodes lead it to another end")


def _refuse(place: str, what: str) -> NoReturn:
    raise TraceError(f"The trace is broken at {place}: {what}; {_REMEDY}.")
