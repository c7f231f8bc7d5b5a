"""A tree in other forms: GraphML, and a page of its own. Whatever its tokens read, both can be opened."""

import json
import re
from dataclasses import replace
from io import BytesIO

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from components.files.graphml import graphml
from components.files.web_page import web_page
from components.page_facts import PAGE_FACTS
from eager_core import Exploration, Settings, TokenTree, fold
from eager_core.events import Forked, NodeAdded, RunStarted
from eager_core.traces import events_from_json, trace_from_json, trace_of, trace_to_json
from tests.scripted_engine import ScriptedEngine, hashed_logprobs


def some_tree():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(40)), "hello")
    list(exploration.run(Settings(theta=1.2, max_sequences=4, max_new_tokens=12)))
    return exploration.tree


def with_start(tree: TokenTree, started: RunStarted) -> TokenTree:
    """The same tree of a run that began with `started`."""
    return fold([started, *events_from_json(trace_to_json(trace_of(tree)))[1:]])


def tree_of_texts(texts: list[str], prompt: str = "p"):
    """A single sequence of these tokens, of whose figures nothing is known."""
    settings = Settings(theta=1.0, max_sequences=1)
    nodes = [
        NodeAdded(number, number - 1, number, None, text, None, None, None, None, "unmonitored", 0)
        for number, text in enumerate(texts, start=1)
    ]
    return fold([RunStarted("m", prompt, settings), *nodes])


def test_graphml_holds_every_node_edge_and_known_field():
    tree = some_tree()
    graph = nx.read_graphml(BytesIO(graphml(tree).encode()), node_type=int)
    assert set(graph.edges) == {(node.parent, node.id) for node in tree.nodes() if node.id}
    for node in tree.nodes():
        told = graph.nodes[node.id]
        assert told["text"] == node.text
        assert told.get("entropy") == node.entropy and told.get("rule") == node.rule
    assert (graph.graph["prompt"], graph.graph["model"]) == ("hello", "scripted")


@given(st.lists(st.text(), min_size=1, max_size=6))
def test_graphml_can_be_read_whatever_the_tokens(texts):
    graph = nx.read_graphml(BytesIO(graphml(tree_of_texts(texts)).encode()), node_type=int)
    for number, text in enumerate(texts, start=1):
        told = graph.nodes[number].get("text") or ""  # networkx reads an empty text as None
        if "\r" not in text:  # XML readers make a line break of it
            assert len(told) == len(text)
            assert all(a in (b, "\ufffd") for a, b in zip(told, text, strict=True))


def data_of(page: str) -> dict:
    return json.loads(re.search(r'id="eager-data">(.*?)</script>', page, re.DOTALL).group(1))


def test_the_page_holds_the_tree_and_fetches_nothing():
    tree = some_tree()
    page = web_page(tree, PAGE_FACTS)
    data = data_of(page)
    assert len(data["told"]) == tree.num_nodes
    assert data["delta"]["first"] == 1 and not data["delta"]["running"]
    assert not re.search(r'(src|href)="', page.split("<script>")[0])
    assert "default-src 'none'" in page


def test_no_token_and_no_prompt_ends_an_element():
    hostile = ["</script><script>alert(1)</script>", "<!--", "]]>", "\u2028", "$title", "\ud83d"]
    page = web_page(tree_of_texts(hostile[:5], prompt="</title><b>$data"), PAGE_FACTS)
    assert "alert(1)</script>" not in page and "<b>$" not in page
    assert page.count("<script") == page.count("</script>") == 4
    assert [told["token"] for told in data_of(page)["told"][1:3]] == [f"{hostile[0][:31]}…", "<!--"]


def test_the_page_names_no_setting_that_is_not_known():
    tree = some_tree()
    started = replace(tree.started, unknown=frozenset({"theta", "temperature", "max_sequences"}), seed=None)
    page = web_page(trace_from_json(trace_to_json(trace_of(with_start(tree, started)))), PAGE_FACTS)
    line = re.search(r"scripted · [^<]*", page).group(0)
    assert line.strip() == "scripted · paper · top-p 0.95"
    start = data_of(page)["delta"]["start"]
    assert (start["theta"], start["max_sequences"], start["theta_on_scale"]) == (None, None, False)
    for told, node in zip(data_of(page)["told"], tree.nodes(), strict=True):
        assert " of 4" not in told["why"] and "all 4" not in told["why"] and "None" not in told["why"]
        # A fork tells its own threshold; elsewhere it is not known.
        if node.rule in ("drawn", "full"):
            assert "1.20" not in told["why"] and told["gauge"]["theta"] is None


def comb(num_steps: int, num_sequences: int) -> TokenTree:
    """A trunk of `num_steps` tokens that forks near its start; all its sequences grow to that length."""
    events = [RunStarted("m", "p", Settings(theta=1.0, max_sequences=num_sequences, max_new_tokens=num_steps), 0)]
    leaves, number = [0], 0
    for depth in range(1, num_steps + 1):
        if len(leaves) < num_sequences:
            events.append(Forked(depth - 1, leaves[0], 0, len(leaves), 1.5, 1.0, 1, 2))
            leaves.append(leaves[0])
        for sequence, leaf in enumerate(leaves):
            number += 1
            leaves[sequence] = number
            events.append(NodeAdded(number, leaf, depth, number, " x", 0.5, -0.5, 1, 0.5, "drawn", sequence))
    return fold(events)


def num_operations(work, monkeypatch) -> int:
    """How many nodes `work` looks up, by any way that a tree has."""
    looked_up = 0

    def counted(method):
        def look_up(self, *arguments):
            nonlocal looked_up
            looked_up += 1
            return method(self, *arguments)

        return look_up

    for name in ("node", "path", "children", "first_fork"):
        monkeypatch.setattr(TokenTree, name, counted(getattr(TokenTree, name)))
    work()
    return looked_up


def test_a_page_looks_at_each_node_a_fixed_number_of_times_however_deep_it_lies(monkeypatch):
    tree = comb(num_steps=2000, num_sequences=2)
    assert tree.num_nodes > 3998
    # The text of each sequence, which stands in the trace, is a walk to its leaf: as many tokens as there are.
    assert num_operations(lambda: web_page(tree, PAGE_FACTS), monkeypatch) < 4 * tree.num_nodes


def test_the_first_fork_of_a_node_is_found_as_by_looking_at_all_of_them():
    tree = comb(num_steps=40, num_sequences=6)
    for node in tree.nodes():
        assert tree.first_fork(node.id) == next((fork for fork in tree.forks if fork.node == node.id), None)
        assert tree.snapshot().first_fork(node.id) == tree.first_fork(node.id)
