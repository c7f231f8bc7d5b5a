"""Real traces of every kind, and Hypothesis' ways to spoil them field by field."""

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from eager_core import Exploration, Settings, TokenTree, fold
from eager_core.by_hand import HandBranch
from eager_core.events import Event, Forked, NodeAdded, RunFinished, RunStarted, SequenceFinished
from eager_core.recording import record
from eager_core.traces import trace_of, trace_to_json
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

SCHEMA_1 = Path(__file__).parent.parent / "data" / "trace_schema_1.json"
"""Written by the first version of this program."""


def _events(by_hand: tuple[HandBranch, ...] = (), num_steps: int | None = None, **settings: Any) -> list[Event]:
    exploration = Exploration(ScriptedEngine(hashed_logprobs(40)), "Why?", 5)
    steps = iter(range(10**9 if num_steps is None else num_steps))
    run = exploration.run(Settings(**settings), lambda: next(steps, None) is None, by_hand)
    return list(run)


def _told_little(event: Event) -> Event:
    """As in a run that was imported from elsewhere."""
    if isinstance(event, RunStarted):
        return replace(
            event,
            seed=None,
            settings=Settings(max_new_tokens=5),
            unknown=frozenset({"theta", "temperature", "max_sequences"}),
        )
    if isinstance(event, NodeAdded):
        return replace(event, token_id=None, entropy=None, logprob=None, rank=None, dice=None)
    return replace(event, first_token_id=None, second_token_id=None) if isinstance(event, Forked) else event


def _told_all(event: Event) -> Event:
    if isinstance(event, RunStarted):
        return replace(event, date="2026-02-03", prompt_digest="00ff")
    return replace(event, text="", token_bytes=b"\xf0\x9f") if isinstance(event, NodeAdded) else event


def _failed(events: list[Event]) -> list[Event]:
    """A run that was ended where these events end."""
    growing = [sequence.id for sequence in fold(events).sequences if sequence.finish_reason is None]
    return [*events, *(SequenceFinished(number, "stopped") for number in growing), RunFinished(1, 0.5)]


FORKED = _events(theta=1.0, max_sequences=4, max_new_tokens=5)
_FIRST_FORK = next(number for number, event in enumerate(FORKED) if isinstance(event, Forked))

REAL_TREES: dict[str, TokenTree] = {
    "forked": fold(FORKED),
    "by hand": fold(_events((HandBranch((), 3), HandBranch((), 4)), theta=1.0, max_sequences=3, max_new_tokens=4)),
    "stopped": fold(_events(theta=1.0, max_sequences=4, max_new_tokens=9, num_steps=3)),
    "between a fork and its nodes": fold(islice(FORKED, _FIRST_FORK + 1)),
    "failed between a fork and its nodes": fold(_failed(FORKED[: _FIRST_FORK + 1])),
    "failed amid the nodes of a fork": fold(_failed(FORKED[: _FIRST_FORK + 2])),
    "parallel": fold(_events(strategy="parallel", max_sequences=3, max_new_tokens=3)),
    "pruned": fold(_events(strategy="percentile", max_sequences=3, max_new_tokens=5, percentile=0.1)),
    "reference": fold(_events(strategy="reference", theta=0.5, max_sequences=4, max_new_tokens=5)),
    "imported": fold(map(_told_little, FORKED)),
    "part of a character": fold(map(_told_all, FORKED)),
}
REAL_TRACES: dict[str, str] = {name: trace_to_json(trace_of(tree)) for name, tree in REAL_TREES.items()}
_TOLD = Exploration(ScriptedEngine(hashed_logprobs(40)), "Why?", 5)
for _ in _TOLD.run(Settings(theta=1.0, max_sequences=2, max_new_tokens=3)):
    pass
REAL_TRACES["with alternatives"] = trace_to_json(trace_of(_TOLD.tree, record(_TOLD.tree, _TOLD)))
REAL_TRACES["schema 1"] = SCHEMA_1.read_text(encoding="utf-8")

_WRITTEN_BY_NO_LIBRARY = (
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e-999",
    "9" * 5000,
    '"\\ud83d"',
    "-0",
    "2.0",
)
"""JSON values, or what some take for JSON, as they stand in a file."""

_odd_numbers = st.sampled_from(
    [-1, 0, 1, 2, 3, 7, 30, 0.5, -0.5, 1.0, 1e308, -1e308, 5e-324, 2**31, 2**53, 2**53 + 1, 2**64, 10**400, -(10**400)]
)
_odd_texts = st.sampled_from(["", "x", "1", "eos", "pruned", "stopped", "length", "by_hand", "first", "second", "paper",
                              "\x00", "\u2028\x85\ufeff", "</script>", "0g", "2026-13-99"])  # fmt: skip
_odd_raw = st.sampled_from(_WRITTEN_BY_NO_LIBRARY).map(lambda raw: f"@raw {raw}@")
_ODD_CONTAINERS = ("[]", "[1]", "[[1], 2]", "{}", '{"id": 1}', "[" * 60 + "]" * 60, '{"path": [1], "token_id": 2}')
_odd_values = st.one_of(
    st.none(),
    st.booleans(),
    _odd_numbers,
    _odd_texts,
    _odd_raw,
    st.integers(-2, 40),
    st.sampled_from(_ODD_CONTAINERS).map(json.loads),
)


@st.composite
def spoiled_traces(draw: st.DrawFn) -> str:
    """The text of a real trace with one to three things in it changed."""
    trace = json.loads(REAL_TRACES[draw(st.sampled_from(sorted(REAL_TRACES)))])
    for _ in range(draw(st.integers(1, 3))):
        _spoil(draw, trace)
    text = json.dumps(trace, ensure_ascii=False)
    for raw in _WRITTEN_BY_NO_LIBRARY:
        text = text.replace(json.dumps(f"@raw {raw}@", ensure_ascii=False), raw)
    return text


def _spoil(draw: st.DrawFn, trace: dict) -> None:
    """Change one thing: a field of a record, a record, or a whole part."""
    holder: Any = trace
    key: Any = draw(st.sampled_from(sorted(trace)))
    while isinstance(holder[key], dict | list) and holder[key] and draw(st.integers(0, 9)):
        holder = holder[key]
        key = draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    kind = draw(st.sampled_from(["exchange", "exchange", "exchange", "drop", "add", "repeat", "swap", "as another"]))
    if kind == "drop":
        del holder[key]
    elif kind == "add":
        holder.insert(key, draw(_odd_values)) if isinstance(holder, list) else holder.update(more=draw(_odd_values))
    elif kind == "repeat" and isinstance(holder, list):
        holder.insert(key, holder[key])
    elif kind == "swap" and isinstance(holder, list):
        other = draw(st.integers(0, len(holder) - 1))
        holder[key], holder[other] = holder[other], holder[key]
    elif kind == "as another":
        _as_another(draw, trace, holder, key)
    else:
        holder[key] = draw(_odd_values)


def _as_another(draw: st.DrawFn, trace: dict, holder: Any, key: Any) -> None:
    """Give a field the value that another record has there: ids twice, cycles, depths that lie."""
    part = draw(st.sampled_from(["nodes", "sequences", "forks"]))
    records = trace[part] if isinstance(trace.get(part), list) else []
    others = [record for record in records if isinstance(record, dict) and key in record]
    if isinstance(holder, dict) and others:
        holder[key] = draw(st.sampled_from(others))[key]
