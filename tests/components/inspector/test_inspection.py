"""What the inspector says: the right reason, the right bars, and never more than is known."""

import json
import math

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.inspector.alternatives import alternatives
from components.inspector.inspection import find_path, inspect, token_ids
from eager_core import Exploration, Settings
from eager_core.by_hand import HandBranch
from eager_core.prediction import prediction_from_logprobs
from eager_core.sampling import draw, draw_exactly
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
        ({}, "drawn", "is below theta 1.20; the roll 0."),
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


ROUNDING = 1e-12
"""A bar's end is a quotient of two sums; the draw compares the dice, times the one, with the other."""

DICE = st.one_of(st.floats(0, 1, exclude_max=True), st.sampled_from([0.0, 0.5, 1 - 2**-53]))
TEMPERATURES = st.one_of(st.floats(0, 10), st.sampled_from([0, 1e-9, 1e-3, 0.6, 1.0, 10.0]))
TOP_PS = st.one_of(st.floats(1e-9, 1), st.sampled_from([1e-9, 0.5, 0.95, 1.0]))
# Whole numbers and halves: with ties, and sums that meet top-p exactly. The last is a token that cannot come.
LOGITS = st.lists(
    st.one_of(st.integers(-40, 40).map(lambda half: half / 2), st.floats(-30, 30), st.just(-np.inf)), max_size=60
).map(lambda logits: [0.0, *logits])


@settings(max_examples=300, deadline=None)
@given(LOGITS, TEMPERATURES, TOP_PS, DICE)
def test_the_bar_that_the_dice_lands_on_is_the_token_that_the_engine_draws(logits, temperature, top_p, dice):
    logprobs = np.array(logits) - np.log(np.exp(logits).sum())
    shown = alternatives(logprobs, temperature, top_p, str, num_shown=len(logits))
    prediction = prediction_from_logprobs(logprobs, num_kept=20)
    token_id, rank = draw_exactly(logprobs, temperature, top_p, dice)
    early = draw(prediction, temperature, top_p, dice)
    assert early is None or prediction.token_ids[early] == token_id
    assert shown.token_ids[rank - 1] == token_id
    assert shown.ends[-1] == 1
    if temperature > 0:
        assert [0.0, *shown.ends][rank - 1] - ROUNDING <= dice <= shown.ends[rank - 1] + ROUNDING
    else:
        assert rank == len(shown.ends) == 1


@given(LOGITS, st.floats(0.05, 5), st.floats(0.01, 0.99))
def test_the_bars_are_the_fewest_most_probable_tokens_that_hold_top_p(logits, temperature, top_p):
    shown = alternatives(
        np.array(logits) - np.log(np.exp(logits).sum()), temperature, top_p, str, num_shown=len(logits)
    )
    # By hand: weigh each token, and take them in falling order until their share is reached.
    falling = sorted((math.exp((logit - max(logits)) / temperature) for logit in logits), reverse=True)
    held = [math.fsum(falling[: number + 1]) / math.fsum(falling) for number in range(len(falling))]
    number = next(number for number, share in enumerate(held, start=1) if share >= top_p)
    if min(abs(share - top_p) for share in held) > 1e-9:
        assert shown.ends == pytest.approx([share / held[number - 1] for share in held[:number]])
        assert shown.sampling[number:] == [0.0] * (len(logits) - number)


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
        logprobs = exploration.knowledge.logprobs(known)
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


@pytest.mark.parametrize("measure", sorted({*MEASURE_OF_NAME} - {"top_k_entropy", "layer_divergence"}))
def test_the_gauge_and_the_sentence_speak_of_the_measure_that_decided(measure):
    theta = {"flatness": 0.3, "least_confidence": 0.7}.get(measure, 0.8)  # the gauge's value is rounded
    exploration = explored(measure=measure, theta=theta)
    tree = exploration.tree
    assert tree.forks
    for node in list(tree.nodes())[1:]:
        told = inspect(tree, node.id, exploration)
        is_over = told["gauge"]["value"] >= theta
        assert told["gauge"]["label"] == MEASURE_OF_NAME[measure].label
        assert is_over == (node.rule in ("first", "second", "full"))
        assert (f"below theta {theta:.2f}" in told["why"]) == (not is_over)


@pytest.mark.parametrize("strategy", ["paper", "reference", "percentile", "parallel", "greedy"])
@pytest.mark.parametrize("temperature", [0.0, 0.6])
def test_every_node_of_every_strategy_can_be_told(strategy, temperature):
    exploration = explored(strategy=strategy, temperature=temperature)
    for node in exploration.tree.nodes():
        told = inspect(exploration.tree, node.id, exploration)
        assert told["why"].endswith(".") and "None" not in told["why"] and "nan" not in told["why"]
        json.dumps(told, allow_nan=False)


@pytest.mark.parametrize(("temperature", "top_p"), [(0.3, 0.5), (0.6, 0.95), (1.5, 1.0)])
def test_in_a_run_the_marked_bar_is_the_one_under_the_dice(temperature, top_p):
    exploration = explored(temperature=temperature, top_p=top_p, theta=3.0)
    for node in list(exploration.tree.nodes())[1:]:
        figure = inspect(exploration.tree, node.id, exploration)["figure"]
        (roll,) = (trace["x"][0] for trace in figure["data"] if trace["meta"]["roles"] == ["dice"])
        landed = [trace["x"] for trace in figure["data"] if trace["meta"]["roles"] == ["landed"]]
        assert roll == node.dice
        assert all(ends[0] - ROUNDING <= roll <= ends[1] + ROUNDING for ends in landed)
        assert len(landed) == 1 or node.rank > 20
