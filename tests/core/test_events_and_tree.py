"""The event log and the tree say the same, live, folded, and by way of JSON."""

import json
from dataclasses import asdict

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, Settings, TokenTree, TraceError, fold
from eager_core.by_hand import HandBranch
from eager_core.event_order import in_order
from eager_core.events import Forked, NodeAdded, event_from_json, event_to_json, start_of
from eager_core.settings import STRATEGIES
from eager_core.traces import events_from_json, load_trace, trace_from_json, trace_of, trace_to_json
from tests.core.some_runs import any_settings, some_engines, some_settings
from tests.scripted_engine import ScriptedEngine, hashed_logprobs


@settings(max_examples=80, deadline=None)
@given(engine=some_engines, run_settings=any_settings, seed=st.integers(0, 9))
def test_live_tree_folded_log_and_json_are_one(engine, run_settings, seed):
    exploration = Exploration(engine, "p", seed)
    events = list(exploration.run(run_settings))
    assert fold(events) == exploration.tree
    assert list(in_order(events)) == events
    lines = [json.dumps(event_to_json(event)) for event in events]
    assert [event_from_json(json.loads(line)) for line in lines] == events
    trace = trace_to_json(trace_of(exploration.tree))
    assert events_from_json(trace) == events
    loaded = trace_from_json(trace)
    assert loaded == exploration.tree
    assert trace_to_json(trace_of(loaded)) == trace


@settings(max_examples=80, deadline=None)
@given(engine=some_engines, run_settings=some_settings, num_events=st.integers(1, 60))
def test_every_prefix_of_the_log_is_a_tree(engine, run_settings, num_events):
    events = list(Exploration(engine, "p").run(run_settings))[:num_events]
    tree = fold(in_order(events))
    assert trace_from_json(trace_to_json(trace_of(tree))) == tree  # also one that was saved while it grew
    assert nx.is_arborescence(tree.graph)
    assert [node.id for node in tree.nodes()] == list(range(tree.num_nodes))
    for node in tree.nodes():
        assert node.depth == len(tree.path(node.id))
        assert len(tree.children(node.id)) <= 2
    for sequence in tree.sequences:
        assert tree.num_tokens(sequence) <= run_settings.max_new_tokens


@settings(max_examples=60, deadline=None)
@given(engine=some_engines, run_settings=any_settings)
def test_ledger_adds_up(engine, run_settings):
    exploration = Exploration(engine, "p")
    list(exploration.run(run_settings))
    tree = exploration.tree
    ledger = tree.ledger()
    kept = [sequence for sequence in tree.sequences if sequence.finish_reason != "pruned"]
    lengths = [tree.num_tokens(sequence) for sequence in kept]
    on_kept = {node.id for sequence in kept for node in tree.path(sequence.leaf)}
    assert ledger.generated_tokens == len({node.id for sequence in tree.sequences for node in tree.path(sequence.leaf)})
    assert len(on_kept) + ledger.reused_prefix_tokens == sum(lengths)
    if len(lengths) == run_settings.max_sequences:
        assert ledger.parallel_tokens == sum(lengths)
    assert ledger.saved_fraction == pytest.approx(1 - ledger.generated_tokens / ledger.parallel_tokens)


def some_trace() -> dict:
    exploration = Exploration(ScriptedEngine(hashed_logprobs(60)), "p")
    list(exploration.run(Settings(theta=1.0, max_new_tokens=4)))
    return trace_of(exploration.tree)


def test_trace_has_the_fields_that_others_read():
    trace = some_trace()
    assert set(trace) == {
        "schema_version", "model", "prompt", "seed", "date", "prompt_digest", "settings", "by_hand", "precision",
        "device", "nodes", "sequences", "forks", "is_finished", "ledger",
    }  # fmt: skip
    assert trace["schema_version"] == 2 and trace["seed"] == 0
    assert trace["settings"] == asdict(Settings(theta=1.0, max_new_tokens=4))
    assert {"id", "parent", "depth", "token_id", "text", "entropy", "logprob", "rank", "dice"} <= set(trace["nodes"][1])
    root = trace["nodes"][0]
    assert (root["id"], root["parent"], root["token_id"], root["entropy"], root["depth"]) == (0, None, None, None, 0)
    assert set(trace["sequences"][0]) == {"id", "parent_sequence", "leaf", "text", "num_tokens", "finish_reason"}
    assert set(trace["forks"][0]) == {
        "step", "node", "sequence", "new_sequence", "entropy", "threshold", "first_token_id", "second_token_id",
    }  # fmt: skip
    assert set(trace["ledger"]) == {
        "generated_tokens", "reused_prefix_tokens", "parallel_tokens", "saved_fraction", "forward_passes", "seconds",
    }  # fmt: skip


@pytest.mark.parametrize(
    "spoil",
    [
        lambda trace: trace.update(schema_version=99),
        lambda trace: trace.pop("nodes"),
        lambda trace: trace.update(nodes=5),
        lambda trace: trace["nodes"].pop(2),
        lambda trace: trace["nodes"][3].update(parent=99),
        lambda trace: trace["nodes"][3].update(parent=True),
        lambda trace: trace["nodes"][3].update(text=None),
        lambda trace: trace["nodes"][3].update(entropy="high"),
        lambda trace: trace["nodes"][3].pop("depth"),
        lambda trace: trace["nodes"][3].update(depth=7),
        lambda trace: trace["sequences"][0].update(leaf=999),
        lambda trace: trace["sequences"][0].update(parent_sequence=3),
        lambda trace: trace["sequences"][0].update(finish_reason="bored"),
        lambda trace: trace["forks"][0].update(new_sequence=44),
        lambda trace: trace["forks"][0].pop("threshold"),
        lambda trace: trace["ledger"].update(seconds=None),
        lambda trace: trace.update(settings=[]),
        lambda trace: trace.update(prompt=7),
    ],
)
def test_spoiled_traces_give_one_sentence(spoil):
    trace = json.loads(json.dumps(some_trace()))
    spoil(trace)
    with pytest.raises(TraceError) as caught:
        trace_from_json(json.dumps(trace))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "NaN", "[" * 100_000, '{"schema_version": 1}', "\ud800"])
def test_not_a_trace_at_all(text):
    with pytest.raises(TraceError):
        trace_from_json(text)


def test_missing_file(tmp_path):
    with pytest.raises(TraceError, match="nothing"):
        load_trace(tmp_path / "nothing.json")


def test_unknown_or_unfitting_events_are_refused():
    for record in ({}, {"kind": "x"}, {"kind": []}, {"kind": "node_added", "id": 1}, {"kind": "forked", "more": 1}):
        with pytest.raises(TraceError):
            event_from_json(record)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_branch_by_hand_is_saved_under_every_strategy(strategy):
    """Also where the strategy compared nothing: the fork then has an entropy, but no threshold."""
    exploration = Exploration(ScriptedEngine(hashed_logprobs(60)), "p")
    run_settings = Settings(strategy=strategy, max_new_tokens=5, max_sequences=2, theta=0.5)
    list(exploration.run(run_settings))
    path = tuple(node.token_id for node in exploration.tree.path(exploration.tree.sequences[0].leaf))
    events = list(exploration.run(run_settings, by_hand=[HandBranch(path[:1], 7)]))
    assert events_from_json(trace_to_json(trace_of(exploration.tree))) == events
    assert any(node.rule == "by_hand" for node in exploration.tree.nodes())


def test_a_fork_precedes_its_two_nodes():
    events = list(Exploration(ScriptedEngine(hashed_logprobs(60)), "p").run(Settings(theta=1.0, max_new_tokens=5)))
    for index, event in enumerate(events):
        if isinstance(event, Forked):
            first, second = [later for later in events[index + 1 :] if isinstance(later, NodeAdded)][:2]
            assert (first.parent, first.token_id, first.rank) == (event.node, event.first_token_id, 1)
            assert (second.parent, second.token_id, second.rank) == (event.node, event.second_token_id, 2)
            assert (first.sequence, second.sequence) == (event.sequence, event.new_sequence)


def test_settings_that_a_trace_does_not_tell_stay_unknown():
    """As in a run imported from elsewhere: nothing is invented, and saving it again tells no more."""
    trace = some_trace()
    for name in ("temperature", "max_sequences", "theta"):
        del trace["settings"][name]
    del trace["seed"]
    tree = trace_from_json(json.dumps(trace))
    started = tree.started
    assert started.unknown == {"temperature", "max_sequences", "theta"}
    assert [started.known(name) for name in ("temperature", "max_sequences", "theta", "top_p")] == [None] * 3 + [0.95]
    assert started.seed is None
    assert trace_from_json(trace_to_json(trace_of(tree))) == tree
    assert trace_of(tree)["settings"] == trace["settings"]
    # Full sampling is then as many full samples as there are sequences.
    assert tree.ledger().parallel_tokens == sum(tree.num_tokens(sequence) for sequence in tree.sequences)
    assert event_from_json(json.loads(json.dumps(event_to_json(started)))) == started


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theta", [2.0]),
        ("top_p", [0.9]),
        ("temperature", None),
        ("theta", True),
        ("theta", 10**400),
        ("max_sequences", 0),
        ("strategy", {}),
        ("seed", 3),
        ("eta", 2.0),
    ],
)
def test_settings_that_no_run_can_have_are_refused_by_name(name, value):
    trace = some_trace()
    trace["settings"][name] = value
    with pytest.raises(TraceError, match=name) as caught:
        trace_from_json(json.dumps(trace))
    assert len(str(caught.value)) < 300


@settings(max_examples=60, deadline=None)
@given(engine=some_engines, run_settings=any_settings, data=st.data())
def test_a_snapshot_is_the_tree_of_the_events_so_far_and_stays_so(engine, run_settings, data):
    events = list(Exploration(engine, "p").run(run_settings))
    num_events = data.draw(st.integers(0, len(events)))
    growing = fold(events[:num_events])
    snapshot, ledger = growing.snapshot(), growing.ledger()
    for event in events[num_events:]:
        growing.apply(event)
    expected = fold(events[:num_events])
    for tree in (snapshot, expected):
        assert tree.ledger() == ledger
    assert snapshot == expected
    assert [snapshot.children(node.id) for node in snapshot.nodes()] == [
        expected.children(node.id) for node in expected.nodes()
    ]
    # And it is a tree like any other: it can grow by itself.
    for event in events[num_events:]:
        snapshot.apply(event)
    assert (snapshot, snapshot.ledger()) == (growing, growing.ledger())


def test_what_must_be_there_is_given_or_refused_in_words():
    events = list(Exploration(ScriptedEngine(hashed_logprobs(40)), "p").run(Settings(max_new_tokens=3)))
    tree = fold(events)
    assert tree.start is tree.started is start_of(events)
    assert all(node.known_token_id == node.token_id for node in list(tree.nodes())[1:])
    with pytest.raises(TraceError, match="The token of node 0 is not known"):
        _ = tree.node(0).known_token_id
    with pytest.raises(TraceError, match="The tree holds no run yet"):
        _ = TokenTree().start
    for log in ([], events[1:]):
        with pytest.raises(TraceError, match="do not begin with the start of a run"):
            start_of(log)


def test_a_tree_has_no_hash():
    with pytest.raises(TypeError, match="unhashable"):
        hash(TokenTree())
