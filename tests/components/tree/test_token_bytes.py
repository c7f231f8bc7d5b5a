"""A character of several tokens, everywhere a reader meets its pieces."""

import io
import json

import networkx as nx
from rich.console import Console

from components.files.graphml import graphml
from components.inspector.inspection import inspect
from components.tree.growth import Growth
from eager_core import Settings
from eager_core.exploration import Exploration
from eager_core.terminal.picture import picture
from eager_core.traces import events_from_json, trace_from_json, trace_of, trace_to_json
from tests.scripted_engine import EOS, ScriptedEngine, scripted_logprobs

F0, THREE, TWO, SMILE = 1, 2, 3, "😀".encode()
BYTES = {F0: SMILE[:1], THREE: SMILE[1:], TWO: SMILE[1:3], EOS: b"<eos>"}


class SmilingEngine(ScriptedEngine):
    """Writes an emoji in two tokens, or begins it and ends."""

    def token_text(self, path, token_id):
        if token_id == EOS:
            return "<eos>"
        whole = token_id == THREE and list(path[-1:]) == [F0]
        return "😀" if whole else ""

    def token_bytes(self, token_id):
        return BYTES.get(token_id)


def explored() -> Exploration:
    script = {(): {F0: 1.0}, (F0,): {THREE: 0.6, TWO: 0.4}, (F0, THREE): {EOS: 1.0}, (F0, TWO): {EOS: 1.0}}
    exploration = Exploration(SmilingEngine(scripted_logprobs(script, 6), num_kept=4), "hi")
    list(exploration.run(Settings(theta=0.5, max_sequences=2, temperature=0.0, max_new_tokens=4)))
    return exploration


def test_events_and_trees_hold_the_bytes_that_texts_cannot_say():
    tree = explored().tree
    told = {(node.text, node.token_bytes) for node in list(tree.nodes())[1:]}
    assert told == {("", SMILE[:1]), ("😀", SMILE[1:]), ("", SMILE[1:3]), ("<eos>", None)}


def test_a_trace_holds_them_in_hexadecimal():
    tree = explored().tree
    nodes = trace_of(tree)["nodes"][1:]
    assert {node.get("bytes") for node in nodes} == {"f0", "9f9880", "9f98", None}
    assert trace_from_json(trace_to_json(trace_of(tree))) == tree


def test_labels_bars_pictures_and_graphml_show_them():
    exploration = explored()
    tree = exploration.tree
    growth = Growth(1)
    growth.take(events_from_json(trace_to_json(trace_of(tree))))
    assert set(json.loads(growth.delta())["t"]) == {"⟨F0⟩", "😀", "⟨9F 98⟩", "<eos>"}
    first = next(node.id for node in tree.nodes() if node.token_bytes == SMILE[:1])
    assert inspect(tree, first, exploration)["token"] == "⟨F0⟩"
    second = tree.children(first)[0]
    told = inspect(tree, second, exploration)
    assert [choice["label"] for choice in told["choices"]][:2] == ["😀", "⟨9F 98⟩"]
    assert "⟨9F 98⟩" in json.dumps(told["figure"], ensure_ascii=False)
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(picture(tree))
    shown = console.export_text()
    assert "⟨F0⟩" in shown and "😀" in shown and "⟨9F 98⟩" in shown
    graph = nx.parse_graphml(graphml(tree))
    assert {node.get("token_bytes") for _, node in graph.nodes(data=True)} == {"f0", "9f9880", "9f98", None}
