"""A trace is a tree that is whole, or one sentence: nothing in between, whatever stands in the file."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings

from eager_core import TraceError
from eager_core.events import RunStarted
from eager_core.traces import (
    events_from_json,
    load_trace,
    read_trace,
    save_trace,
    trace_from_json,
    trace_of,
    trace_to_json,
)
from tests.core.hostile_traces import REAL_TRACES, REAL_TREES, SCHEMA_1, spoiled_traces


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoiled_traces())
def test_a_spoiled_trace_is_a_whole_tree_or_one_sentence(text):
    try:
        tree = trace_from_json(text)
    except TraceError as error:
        assert "\n" not in str(error) and len(str(error)) < 400 and str(error).endswith(".")
    else:
        recorded = read_trace(text).recorded
        again = trace_to_json(trace_of(tree, recorded))
        assert trace_to_json(trace_of(tree, read_trace(again).recorded)) == again
        saved = trace_to_json(trace_of(tree))
        assert trace_from_json(saved) == tree
        assert trace_to_json(trace_of(trace_from_json(saved))) == saved


@pytest.mark.parametrize("name", sorted(REAL_TREES))
def test_a_real_trace_is_the_tree_that_was_saved(name):
    assert trace_from_json(REAL_TRACES[name]) == REAL_TREES[name]


def test_a_trace_of_schema_1_still_opens():
    """What it says was read off the file, which the first version wrote."""
    tree = load_trace(SCHEMA_1)
    started = tree.started
    assert (started.seed, started.settings.theta, started.settings.max_sequences) == (3, 1.0, 3)
    assert [(branch.path, branch.token_id) for branch in started.by_hand] == [((26, 20), 7), ((), 9)]
    assert (started.unknown, started.date, started.prompt_digest) == (frozenset(), None, None)
    assert (tree.num_nodes, len(tree.sequences), tree.node(1).text) == (28, 5, " 26")
    assert trace_from_json(trace_to_json(trace_of(tree))) == tree


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("nodes[2].depth", "x"),
        ("nodes[2].entropy", [1.5]),
        ("nodes[2].dice", 1.0),
        ("nodes[2].rank", 0),
        ("nodes[2].bytes", "0g"),
        ("sequences[1].leaf", 1.5),
        ("forks[0].threshold", True),
        ("ledger.seconds", -1),
        ("seed", 2**63),
        ("schema_version", 3),
    ],
)
def test_the_sentence_names_the_place_and_the_value(place, value):
    trace = json.loads(REAL_TRACES["forked"])
    *holders, key = place.replace("]", "").replace("[", ".").split(".")
    holder = trace
    for step in holders:
        holder = holder[int(step) if step.isdigit() else step]
    holder[key] = value
    with pytest.raises(TraceError) as caught:
        trace_from_json(json.dumps(trace))
    shown = "a list" if isinstance(value, list) else "true" if value is True else repr(value)
    assert f"{place}{': it is' if holders else ''} {shown}, but should" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("nodes", lambda ids: ids[::-1], "nodes: its nodes are out of order, or not in the tree"),
        ("nodes", lambda ids: [*ids[:-1], 999], "nodes: its nodes are out of order, or not in the tree"),
        ("kept_from", lambda low: [2.0, *low[1:]], "kept_to[0]: "),
        ("texts", lambda texts: texts[:-1], "texts: it has "),
        ("tokens", lambda tokens: [[99], *tokens[1:]], "logprobs[0]: it has 20 numbers for 1 tokens"),
        ("tokens", lambda tokens: [[99, *tokens[0][1:]], *tokens[1:]], "tokens[0]: a token stands there twice, or is "),
        ("logprobs", lambda all: [all[0][::-1], *all[1:]], "logprobs[0]: the numbers do not fall"),
        ("bytes", lambda own: [[99, "f0"]], "bytes: token 99 is not in the table"),
        ("nucleus_size", lambda sizes: [41, *sizes[1:]], "nucleus_size[0]: there are more tokens than "),
        ("vocabulary_size", lambda size: 0, "vocabulary_size: it is 0, but should be greater than or equal to 1"),
    ],
)
def test_alternatives_that_do_not_fit_are_refused(name, change, sentence):
    trace = json.loads(REAL_TRACES["with alternatives"])
    trace["alternatives"][name] = change(trace["alternatives"][name])
    with pytest.raises(TraceError, match=re.escape(f"alternatives.{sentence}")):
        trace_from_json(json.dumps(trace))


@pytest.mark.parametrize("date", ["yesterday", "2026-13-01", "20260203", "2026-W05-2"])
def test_a_date_is_a_day_of_the_calendar(date):
    with pytest.raises(TraceError, match=f"has date '{date}', which can't be"):
        trace_from_json(forked_trace(date=date))
    assert trace_from_json(forked_trace(date="2026-02-03")).started.date == "2026-02-03"


def forked_trace(**changes) -> str:
    return json.dumps(json.loads(REAL_TRACES["forked"]) | changes)


@pytest.mark.parametrize(
    "text",
    [
        REAL_TRACES["forked"].replace('"entropy": ', '"entropy": 1e999, "was": ', 3),
        REAL_TRACES["forked"].replace('"text": "', '"text": "\\ud83d', 3),
        forked_trace(is_finished=False, sequences=[]),
        forked_trace(forks=[]),
        forked_trace(nodes=[]),
    ],
)
def test_what_escaped_before_is_refused(text):
    with pytest.raises(TraceError):
        trace_from_json(text)


def test_a_sequence_at_the_prompt_after_a_forked_one_is_refused():
    trace = json.loads(REAL_TRACES["by hand"])
    number = len(trace["sequences"])
    node = trace["nodes"][1] | {"id": len(trace["nodes"])}
    trace["nodes"].append(node)
    trace["sequences"].append(trace["sequences"][0] | {"id": number, "leaf": node["id"]})
    with pytest.raises(TraceError, match="contradicts itself"):
        trace_from_json(json.dumps(trace))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_and_odd_line_ends_in_a_text_do_no_harm(tmp_path, encoding):
    text = "a\u2028b\x85c\ufeffd"
    trace = json.loads(REAL_TRACES["forked"])
    trace["prompt"] = trace["nodes"][2]["text"] = text
    path = tmp_path / "trace.json"
    path.write_bytes(json.dumps(trace, ensure_ascii=False).encode(encoding))
    tree = load_trace(path)
    assert tree.node(0).text == tree.node(2).text == text
    save_trace(tree, tmp_path / "again.json")
    assert load_trace(tmp_path / "again.json") == tree
    assert trace_from_json("\ufeff" + json.dumps(trace)) == tree


def test_a_text_that_no_file_can_hold_is_refused_in_words(tmp_path):
    events = events_from_json(REAL_TRACES["forked"])
    broken = RunStarted("m", "caf\udce9", events[0].settings)
    tree = trace_from_json(REAL_TRACES["forked"])
    tree.started = broken
    with pytest.raises(TraceError, match="half of a character"):
        save_trace(tree, tmp_path / "trace.json")
    assert not (tmp_path / "trace.json").exists()
