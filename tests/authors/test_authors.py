"""The authors' result files: a real one, our own written and read again, and every way to break one."""

import json
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eager_core import Exploration, Settings, TraceError
from eager_core.authors import authors_json_of, literals, load_authors_file, parse_literal, runs_from_authors_json
from eager_core.diagnosis import diagnose
from eager_core.terminal import main
from eager_core.terminal.picture import picture
from eager_core.traces import trace_from_json, trace_of, trace_to_json
from tests.core.some_runs import any_settings, some_engines
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

SAMPLE = Path(__file__).parent.parent / "data" / "authors_results.json"
SAMPLE_TEXT = SAMPLE.read_text(encoding="utf-8")


def shape(tree):
    """All that the format holds of a run."""
    return [
        (
            sequence.parent_sequence,
            tree.num_tokens(sequence),
            tree.text(sequence),
            [None if n.rule in ("unmonitored", "ended") else round(n.entropy, 4) for n in tree.path(sequence.leaf)],
        )
        for sequence in tree.sequences
    ], [(fork.step, fork.sequence, fork.new_sequence, fork.threshold) for fork in tree.forks]


def test_a_real_file():
    runs = load_authors_file(SAMPLE)
    assert [len(run.tree.sequences) for run in runs] == [1, 4, 3, 4]
    dragon = runs[1].tree
    assert [(f.step, f.sequence, f.new_sequence) for f in dragon.forks] == [(1, 0, 1), (9, 1, 2), (10, 0, 3)]
    assert dragon.text(dragon.sequences[0]).startswith("The story of a dragon is a timeless tale of bravery")
    assert dragon.text(dragon.sequences[2]).startswith("The tale of a dragon is a timeless and enchanting one.")
    assert [node.text for node in dragon.path(dragon.sequences[1].leaf)[:3]] == ["The", " tale", dragon.node(5).text]
    assert {node.rule for node in dragon.nodes()} == {None, "drawn", "first", "second", "unmonitored"}
    # 68 + 68 + 68 + 57 tokens, of which 1, 9 and 10 are reused.
    assert dragon.ledger().generated_tokens == 68 + 67 + 59 + 47
    assert dragon.started.settings.theta == 2.4 and dragon.started.settings.max_sequences == 4
    for run in runs:
        assert nx.is_arborescence(run.tree.graph)
        assert [node.id for node in run.tree.nodes()] == list(range(run.tree.num_nodes))
        # The texts of the sequences are whole: nothing is lost between the nodes.
        entries = json.loads(SAMPLE_TEXT)["entropy-aware-generations"]
        entry = next(entry for entry in entries if entry["prompt"] == run.tree.node(0).text)
        assert all(
            text.endswith("assistant\n" + run.tree.text(sequence))
            for text, sequence in zip(entry["generations"], run.tree.sequences, strict=True)
        )
        # How a sequence ended that was not looked at any more is not known, so nothing is said of a limit.
        assert {sequence.finish_reason for sequence in run.tree.sequences} == {"unknown"}
        assert "length_limit" not in {finding.kind for finding in diagnose(run.tree)}
        # It is a run like any other: drawn, saved and loaded.
        picture(run.tree)
        assert trace_from_json(trace_to_json(trace_of(run.tree))) == run.tree


@settings(max_examples=60, deadline=None)
@given(engine=some_engines, run_settings=any_settings, seed=st.integers(0, 9))
def test_what_we_write_we_read(engine, run_settings, seed):
    trees = []
    for prompt in ("Why?", "And [then]?"):
        exploration = Exploration(engine, prompt, seed)
        list(exploration.run(run_settings))
        trees.append(exploration.tree)
    written = authors_json_of(trees, ["4", "it's"], [["4", None], []], {"pass_at_1": 1.0})
    runs = runs_from_authors_json(json.dumps(written))
    assert [run.target for run in runs] == ["4", "it's"] and runs[0].answers == ("4", None)
    for tree, run in zip(trees, runs, strict=True):
        sequences, forks = shape(tree)
        read_sequences, read_forks = shape(run.tree)
        assert read_forks == forks
        assert [s[:3] for s in read_sequences] == [s[:3] for s in sequences]
        assert run.tree.node(0).text == tree.node(0).text


def test_export_refuses_nothing_and_mixtures():
    with pytest.raises(TraceError):
        authors_json_of([])
    trees = []
    for theta in (1.0, 2.0):
        exploration = Exploration(ScriptedEngine(hashed_logprobs(60)), "p")
        list(exploration.run(Settings(theta=theta, max_new_tokens=3)))
        trees.append(exploration.tree)
    with pytest.raises(TraceError, match="settings"):
        authors_json_of(trees)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_literals_are_read_back(value):
    assert parse_literal(f" {value!r}\n") == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "[1",
        "[1 2]",
        "{'a' 1}",
        "{1: 2}",
        "'open",
        "[0] * 1000000000",
        "[0 for _ in range(10**9)]",
        "__import__('os').system('true')",
        "9**9**9",
        "1" * 10_000,
        "[" * 100_000,
        "-" * 100_000 + "1",
        "(" * 50 + ")" * 50,
        "f'{1}'",
        "b'x'",
        "'\\x'",
        "[1,2" + ",3" * 2_000_000 + "]",
        "lambda: 0",
        "\x00",
    ],
)
def test_hostile_literals_are_refused_and_read_once_at_most(text, monkeypatch):
    reads = []

    class Counted:
        def match(self, *args, plain=literals._TOKEN):
            reads.append(args[1])
            return plain.match(*args)

    monkeypatch.setattr(literals, "_TOKEN", Counted())
    with pytest.raises(TraceError) as caught:
        parse_literal(text)
    assert len(reads) <= min(len(text), 2 * literals.MOST_ITEMS + 1)  # an item, and the comma behind it
    assert reads == sorted(set(reads))  # ever further to the right
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200


def refused_or_read(text: str) -> None:
    """One clear sentence, or runs that are whole."""
    try:
        runs = runs_from_authors_json(text)
    except TraceError as error:
        assert "\n" not in str(error) and len(str(error)) < 400
    else:
        for run in runs:
            trace_from_json(trace_to_json(trace_of(run.tree)))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, len(SAMPLE_TEXT)), st.integers(0, 40), st.text(max_size=6))
def test_cut_and_patched_files(position, length, patch):
    refused_or_read(SAMPLE_TEXT[:position])
    refused_or_read(SAMPLE_TEXT[:position] + patch + SAMPLE_TEXT[position + length :])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_files_with_a_value_exchanged(data):
    whole = json.loads(SAMPLE_TEXT)
    holder, key = whole, data.draw(st.sampled_from(sorted(whole)))
    while isinstance(holder[key], dict | list) and holder[key] and data.draw(st.booleans()):
        holder = holder[key]
        key = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    other = values.map(str) | values
    holder[key] = data.draw(other)
    refused_or_read(json.dumps(whole))


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_files_with_another_literal(data):
    """The texts that hold lists and dicts, with numbers moved about."""
    whole = json.loads(SAMPLE_TEXT)
    entry = whole["entropy-aware-generations"][1]
    name = data.draw(st.sampled_from(["entropies", "recorded_branches"]))
    number = data.draw(st.integers(0, len(entry[name]) - 1))
    value = parse_literal(entry[name][number])
    keys = list(value) if isinstance(value, dict) else range(len(value))
    value[data.draw(st.sampled_from(keys))] = data.draw(st.sampled_from([-1, -2, -9, 0, 1, 9, 10**9, "x", None, 2.5]))
    entry[name][number] = str(value)
    refused_or_read(json.dumps(whole))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "5", "[" * 100_000, "{}", '{"entropy-aware-generations": []}', "\ud800",
     '{"entropy-aware-generations": [1]}', '{"entropy-aware-generations": {"a": 1}}'],
)  # fmt: skip
def test_not_a_result_file(text):
    with pytest.raises(TraceError):
        runs_from_authors_json(text)


def test_a_missing_and_a_binary_file(tmp_path):
    with pytest.raises(TraceError, match="nothing"):
        load_authors_file(tmp_path / "nothing.json")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TraceError, match="UTF-8"):
        load_authors_file(tmp_path / "binary")


def test_a_file_with_more_nodes_than_can_be_shown():
    entry = {"prompt": "p", "generations": ["p x"], "entropies": ["[" + "1," * 900_000 + "1]"]}
    with pytest.raises(TraceError, match="entropies"):
        runs_from_authors_json(json.dumps({"entropy-aware-generations": [entry] * 3}))


def test_the_command_line_imports_and_exports(tmp_path, capsys):
    assert main(["import", str(SAMPLE), "--out", str(tmp_path / "traces")]) == 0
    traces = sorted(map(str, (tmp_path / "traces").glob("*.json")))
    assert len(traces) == 4
    assert main(["export", *traces, "--out", str(tmp_path / "back.json")]) == 0
    for run, again in zip(load_authors_file(SAMPLE), load_authors_file(tmp_path / "back.json"), strict=True):
        assert shape(run.tree) == shape(again.tree)
    capsys.readouterr()
    assert main(["import", traces[0], "--out", str(tmp_path)]) == 2
    assert main(["import", str(SAMPLE), "--out", traces[0]]) == 2
    assert main(["export", str(SAMPLE), "--out", str(tmp_path / "no.json")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 3
