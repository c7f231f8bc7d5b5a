"""What the inspector says: the right reason, the right bars, and never more than is known."""

import numpy as np
import plotly.graph_objects as go
import pytest

from components.alternatives import alternatives, sampling_probabilities
from components.inspection import find_path, inspect, token_ids
from eager_core import Exploration, Settings
from eager_core.prediction import prediction_from_logprobs
from eager_core.sampling import draw_exactly
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


@pytest.mark.parametrize("temperature", [0, 0.3, 0.6, 1.0])
@pytest.mark.parametrize("top_p", [0.5, 0.95, 1.0])
def test_the_bars_are_where_the_dice_lands(temperature, top_p):
    random = np.random.default_rng(0)
    logits = random.normal(size=200) * 4
    logprobs = logits - np.log(np.exp(logits).sum())
    prediction = prediction_from_logprobs(logprobs, 64)
    sampling, exact = sampling_probabilities(prediction, temperature, top_p)
    assert exact
    edges = np.cumsum(sampling)
    for dice in random.random(100):
        token_id, rank = draw_exactly(logprobs, temperature, top_p, dice)
        landed = int(np.searchsorted(edges, dice, side="right")) if temperature else 0
        if np.abs(edges - dice).min() > 2e-3 and rank <= 64:
            assert prediction.token_ids[landed] == token_id


def test_cut_off_tokens_keep_their_model_probability():
    prediction = prediction_from_logprobs(np.log([0.6, 0.3, 0.08, 0.02]), 4)
    shown = alternatives(prediction, temperature=1.0, top_p=0.85, text_of=str)
    assert shown.model == pytest.approx([0.6, 0.3, 0.08, 0.02])
    assert shown.sampling == pytest.approx([2 / 3, 1 / 3, 0, 0])
