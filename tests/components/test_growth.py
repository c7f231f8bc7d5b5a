"""Deltas: folded in order, or after losses, they tell what the tree tells; each is small."""

import json
from itertools import pairwise
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from components.growth import RULE_LETTERS, Growth
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
        deltas.append(json.loads(growth.delta(tree.ledger())))
    return growth, tree, deltas


def joined(deltas: list[dict], column: str) -> list:
    return [value for delta in deltas for value in delta[column]]


@given(st.lists(st.integers(1, len(EVENTS)), max_size=8))
def test_deltas_tell_every_node_once_whatever_the_batches(cuts):
    _, tree, deltas = grow(cuts)
    nodes = list(tree.nodes())[1:]
    assert joined(deltas, "e") == [round(100 * node.entropy) for node in nodes]
    assert joined(deltas, "r") == [node.rank for node in nodes]
    assert "".join(delta["w"] for delta in deltas) == "".join(RULE_LETTERS[node.rule] for node in nodes)
    assert [fork[:3] for fork in joined(deltas, "forks")] == [
        [fork.node, fork.sequence, fork.new_sequence] for fork in tree.forks
    ]
    assert dict(joined(deltas, "done")) == {sequence.id: sequence.finish_reason for sequence in tree.sequences}
    assert [delta["seq"] for delta in deltas] == list(range(1, len(deltas) + 1))
    starts = [delta["first"] for delta in deltas]
    assert starts == [1 + sum(len(delta["s"]) for delta in deltas[:index]) for index in range(len(deltas))]


def test_what_was_lost_can_be_told_again_from_any_node():
    growth, tree, deltas = grow([])
    for known in (1, 5, tree.num_nodes):
        again = json.loads(growth.catch_up(tree.ledger(), num_known=known))
        assert again["first"] == known
        assert again["t"] == deltas[0]["t"][known - 1 :]
        assert again["forks"] == deltas[0]["forks"]


def test_the_last_delta_carries_the_ledger_of_the_tree():
    _, tree, deltas = grow([3, 50])
    ledger = tree.ledger()
    assert deltas[-1]["ledger"][:3] == [ledger.generated_tokens, ledger.reused_prefix_tokens, ledger.parallel_tokens]
    assert [delta["running"] for delta in deltas] == [True, True, False]


def test_every_rule_has_a_letter_of_its_own():
    assert set(RULE_LETTERS) == set(get_args(Rule))
    assert len(set(RULE_LETTERS.values())) == len(RULE_LETTERS)
