"""What the inspector says: the right reason, the right bars, and never more than is known."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from components.alternatives import alternatives, sampling_probabilities
from components.inspection import find_path, inspect, token_ids
from eager_core import Exploration, Settings
from eager_core.by_hand import HandBranch
from eager_core.prediction import most_probable_first
from eager_core.sampling import draw_exactly
from eager_core.uncertainty import MEASURE_OF_NAME
from tests.scripted_engine import ScriptedEngine, hashed_logprobs


def explored(**settings):
    exploration = Exploration(ScriptedEngine(hashed_logprobs(200, spread=6.0), num_kept=64), "hello")
    for _ in exploration.run(Settings(**({"theta": 1.2, "max_sequences": 3, "max_new_tokens": 20} | settings))):
        pass
    return exploration


def first_with(tree, rule):
    return next(node for node in tree.nodes() if node.rule == rule)


def test_a_fork_says_its_entropy_theta_and_how_many_sequences_there_were():
    exploration = explored()
    fork = exploration.tree.forks[0]
    told = inspect(exploration.tree, exploration.tree.children(fork.node)[0], exploration)["why"]
    assert told.startswith(f"Fork: entropy {fork.entropy:.2f} nats is at or above theta 1.20, and the prompt had 1")


@pytest.mark.parametrize(
    ("settings", "rule", "sentence"),
    [
        ({}, "full", "all 3 sequences were taken"),
        ({}, "drawn", "is below theta 1.20; the dice 0."),
        ({"temperature": 0, "theta": 3}, "greedy", "was taken, as the temperature is 0"),
    ],
)
def test_no_fork_says_why(settings, rule, sentence):
    exploration = explored(**settings)
    node = first_with(exploration.tree, rule)
    assert sentence in inspect(exploration.tree, node.id, exploration)["why"]


def test_every_node_can_be_inspected_with_and_without_an_exploration():
    exploration = explored()
    for node in exploration.tree.nodes():
        alone = inspect(exploration.tree, node.id)
        full = inspect(exploration.tree, node.id, exploration)
        assert alone["figure"] is None
        assert (full["figure"] is None) == (node.id == 0)
        assert alone["why"] == full["why"]


def test_the_figure_is_one_that_plotly_accepts():
    exploration = explored()
    figure = inspect(exploration.tree, first_with(exploration.tree, "drawn").id, exploration)["figure"]
    assert len(go.Figure(figure).data) > 3


def test_a_path_is_found_again_in_the_tree_of_other_settings():
    exploration = explored()
    path = token_ids(exploration.tree, 1)
    assert find_path(exploration.tree, path) == 1
    assert find_path(exploration.tree, (*path, -1)) is None


@pytest.mark.parametrize("temperature", [0, 0.3, 0.6, 1.0, 1.8])
@pytest.mark.parametrize("top_p", [0.5, 0.95, 1.0])
def test_the_bars_are_where_the_dice_lands(temperature, top_p):
    random = np.random.default_rng(0)
    logits = random.normal(size=200) * 4
    logprobs = logits - np.log(np.exp(logits).sum())
    falling = most_probable_first(logprobs)
    edges = np.cumsum(sampling_probabilities(logprobs[falling], temperature, top_p))
    assert edges[-1] == pytest.approx(1)
    for dice in random.random(100):
        token_id, _ = draw_exactly(logprobs, temperature, top_p, dice)
        landed = int(np.searchsorted(edges, dice, side="right")) if temperature else 0
        if np.abs(edges - dice).min() > 1e-9:
            assert falling[landed] == token_id


def test_cut_off_tokens_keep_their_model_probability():
    shown = alternatives(np.log([0.6, 0.3, 0.08, 0.02]), temperature=1.0, top_p=0.85, text_of=str)
    assert shown.model == pytest.approx([0.6, 0.3, 0.08, 0.02])
    assert shown.sampling == pytest.approx([2 / 3, 1 / 3, 0, 0])


def test_the_choices_are_the_bars_and_name_the_nodes_that_the_tree_has():
    exploration = explored()
    tree = exploration.tree
    fork = tree.forks[0]
    told = inspect(tree, tree.children(fork.node)[0], exploration)
    assert told["parent"] == fork.node and told["can_grow"]
    taken = {choice["token_id"]: choice["node"] for choice in told["choices"] if choice["node"] is not None}
    assert taken == {tree.node(child).token_id: child for child in tree.children(fork.node)}
    assert len(told["choices"]) == 20


@pytest.mark.parametrize("temperature", [0.0, 0.6])
def test_the_told_temperatures_keep_the_token_and_others_do_not(temperature):
    exploration = explored(temperature=temperature, theta=3.0)
    tree = exploration.tree
    for node in list(tree.nodes())[1:]:
        kept = inspect(tree, node.id, exploration)["keeps"]
        assert kept["low"] <= temperature <= kept["high"]
        known = exploration.knowledge.root
        for step in tree.path(node.id)[:-1]:
            known = known.children[step.token_id]
        logprobs = exploration.knowledge.distribution(known)
        for asked in (0.1, 0.5, 1.0, 1.5, 2.0):
            is_kept = draw_exactly(logprobs, asked, 0.95, node.dice)[0] == node.token_id
            if min(abs(asked - kept["low"]), abs(asked - kept["high"])) > 2e-3:
                assert is_kept == (kept["low"] < asked < kept["high"]), (node, kept, asked)


def test_below_a_branch_by_hand_more_can_be_grown():
    exploration = explored()
    free = next(c["token_id"] for c in inspect(exploration.tree, 1, exploration)["choices"] if c["node"] is None)
    settings = Settings(theta=1.2, max_sequences=3, max_new_tokens=20)
    list(exploration.run(settings, by_hand=[HandBranch((), free)]))
    by_hand = first_with(exploration.tree, "by_hand")
    (below,) = exploration.tree.children(by_hand.id)
    assert inspect(exploration.tree, by_hand.id, exploration)["can_grow"]
    assert inspect(exploration.tree, below, exploration)["can_grow"]


@pytest.mark.parametrize("measure", ["full_entropy", "top_2_margin", "varentropy"])
def test_the_gauge_and_the_sentence_speak_of_the_measure_that_decided(measure):
    exploration = explored(measure=measure, theta=0.8)
    tree = exploration.tree
    assert tree.forks
    for node in list(tree.nodes())[1:]:
        told = inspect(tree, node.id, exploration)
        is_over = told["gauge"]["value"] >= 0.8
        assert told["gauge"]["label"] == MEASURE_OF_NAME[measure].label
        assert is_over == (node.rule in ("first", "second", "full"))
        assert ("below theta 0.80" in told["why"]) == (not is_over)


@pytest.mark.parametrize("strategy", ["paper", "reference", "percentile", "parallel", "greedy"])
@pytest.mark.parametrize("temperature", [0.0, 0.6])
def test_every_node_of_every_strategy_can_be_told(strategy, temperature):
    exploration = explored(strategy=strategy, temperature=temperature)
    for node in exploration.tree.nodes():
        told = inspect(exploration.tree, node.id, exploration)
        assert told["why"].endswith(".") and "None" not in told["why"] and "nan" not in told["why"]
        json.dumps(told, allow_nan=False)
