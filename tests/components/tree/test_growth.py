"""Deltas: folded in order, or after losses, they tell what the tree tells; each is small."""

import json
from itertools import pairwise
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from components.tree.growth import RULE_LETTERS, Growth, Known, stretches
from components.tree.labels import token_label
from eager_core import Exploration, Settings, TokenTree
from eager_core.events import Rule
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

SETTINGS = Settings(theta=1.2, max_sequences=6, max_new_tokens=24)
EVENTS = list(Exploration(ScriptedEngine(hashed_logprobs(40)), "hello").run(SETTINGS))


def grow(cuts: list[int]) -> tuple[Growth, TokenTree, list[dict]]:
    """Feed EVENTS in batches that end at `cuts`; return the growth, the tree and the deltas."""
    growth, tree, deltas = Growth(run=7), TokenTree(), []
    edges = sorted({0, *cuts, len(EVENTS)})
    for start, end in pairwise(edges):
        batch = EVENTS[start:end]
        for event in batch:
            tree.apply(event)
        growth.take(batch)
        deltas.append(json.loads(growth.delta()))
    return growth, tree, deltas


def joined(deltas: list[dict], column: str) -> list:
    return [value for delta in deltas for value in delta[column]]


def places_of(delta: dict) -> list[int]:
    return [place for first, number in delta["at"] for place in range(first, first + number)]


@given(st.lists(st.integers(1, len(EVENTS)), max_size=8))
def test_deltas_tell_every_node_once_whatever_the_batches(cuts):
    _, tree, deltas = grow(cuts)
    nodes = list(tree.nodes())[1:]
    assert joined(deltas, "t") == [token_label(node.text) for node in nodes]
    assert joined(deltas, "e") == [round(100 * node.entropy) for node in nodes]
    assert joined(deltas, "r") == [node.rank for node in nodes]
    assert joined(deltas, "a") == [node.parent for node in nodes]
    assert "".join(delta["w"] for delta in deltas) == "".join(RULE_LETTERS[node.rule] for node in nodes)
    assert [place for delta in deltas for place in places_of(delta)] == [node.id for node in nodes]
    assert joined(deltas, "forks") == [[fork.node, fork.sequence, fork.new_sequence] for fork in tree.forks]
    assert dict(joined(deltas, "done")) == {sequence.id: sequence.finish_reason for sequence in tree.sequences}
    assert [delta["seq"] for delta in deltas] == list(range(1, len(deltas) + 1))
    starts = [delta["first"] for delta in deltas]
    assert starts == [1 + sum(len(delta["s"]) for delta in deltas[:index]) for index in range(len(deltas))]
    assert [delta["from"] for delta in deltas] == starts


def test_what_was_lost_can_be_told_again_from_any_node():
    growth, tree, deltas = grow([])
    drawing = growth.drawing.number
    for known in (1, 5, tree.num_nodes):
        again = json.loads(growth.catch_up(Known(7, known, known, drawing, 1)))
        assert (again["first"], again["from"]) == (known, known)
        assert again["t"] == deltas[0]["t"][known - 1 :]
        assert places_of(again) == places_of(deltas[0])[known - 1 :]
        assert again["forks"] == deltas[0]["forks"]
        assert again["limbs"] == deltas[0]["limbs"]
    other = json.loads(growth.catch_up(Known(7, tree.num_nodes, tree.num_nodes, drawing + 1, 2)))
    assert other["t"] == deltas[0]["t"]  # a page with another drawing knows none of this one's places


def test_a_run_over_known_places_costs_a_few_bytes():
    first, tree, _ = grow([])
    again = Growth(run=8, drawing=first.drawing)
    again.take(EVENTS)
    delta = json.loads(again.delta())
    assert delta["at"] == [[1, tree.num_nodes - 1]]
    assert (delta["a"], delta["t"], delta["limbs"], delta["gone"]) == ([], [], [], [])
    assert delta["start"]["drawing"] == first.drawing.number


@given(st.lists(st.integers(1, 30)))
def test_stretches_hold_the_same_places_in_the_same_order(places):
    found = stretches(places)
    assert [place for first, number in found for place in range(first, first + number)] == places
    assert all(first + number != following for (first, number), (following, _) in pairwise(found))


def test_the_last_delta_carries_the_ledger_of_the_tree():
    _, tree, deltas = grow([3, 50])
    ledger = tree.ledger()
    assert deltas[-1]["ledger"][:3] == [ledger.generated_tokens, ledger.reused_prefix_tokens, ledger.parallel_tokens]
    assert [delta["running"] for delta in deltas] == [True, True, False]


def test_every_rule_has_a_letter_of_its_own():
    assert set(RULE_LETTERS) == set(get_args(Rule))
    assert len(set(RULE_LETTERS.values())) == len(RULE_LETTERS)
