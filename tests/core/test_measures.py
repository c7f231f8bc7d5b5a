"""The other measures, against their definitions written out."""

import argparse
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eager_core import Exploration, ModelError, Settings, SettingsError
from eager_core.prediction import prediction_from_logprobs
from eager_core.settings import MEASURES
from eager_core.terminal.flags import add_settings, settings_of
from eager_core.uncertainty import MEASURE_OF_NAME
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

PROBABILITIES = [0.5, 0.25, 0.125, 0.125]


def measured(name, probabilities):
    with np.errstate(divide="ignore"):
        return MEASURE_OF_NAME[name].of(prediction_from_logprobs(np.log(np.array(probabilities, dtype=float))))


def test_by_hand():
    assert measured("full_entropy", PROBABILITIES) == pytest.approx(1.75 * math.log(2))
    assert measured("top_k_entropy", PROBABILITIES) == pytest.approx(1.75 * math.log(2))
    # Surprisals of 1, 2, 3, 3 bits: mean 1.75, mean square 3.75, variance 0.6875.
    assert measured("varentropy", PROBABILITIES) == pytest.approx(0.6875 * math.log(2) ** 2)
    assert measured("top_2_margin", PROBABILITIES) == pytest.approx(0.75)

    assert measured("top_2_ratio", PROBABILITIES) == pytest.approx(0.5)
    assert measured("least_confidence", PROBABILITIES) == pytest.approx(0.5)
    # Squared: 16, 4, 1 and 1 of 22.
    shares = [16 / 22, 4 / 22, 1 / 22, 1 / 22]
    assert measured("sharp_entropy", PROBABILITIES) == pytest.approx(-sum(p * math.log(p) for p in shares))
    # The geometric mean is (2**-9) ** (1/4), the arithmetic one 1/4.
    assert measured("flatness", PROBABILITIES) == pytest.approx(4 * 2 ** (-9 / 4))


def plain_sharp_entropy(probabilities):
    """The entropy at temperature 1/2, that is of the squares of the 20 highest probabilities."""
    squares = [p**2 for p in sorted(probabilities)[-20:]]
    return -sum(square / sum(squares) * math.log(square / sum(squares)) for square in squares if square > 0)


def plain_top_2_ratio(probabilities):
    """From the margin in log-probability."""
    second, first = sorted(probabilities)[-2:]
    return math.exp(-(math.log(first) - math.log(second)))


def plain_flatness(probabilities):
    """From the divergence of the uniform distribution u from the 20 most likely tokens, sum of u ln (u / p)."""
    top = sorted(probabilities)[-20:]
    uniform = 1 / len(top)
    return math.exp(-sum(uniform * math.log(uniform / (p / sum(top))) for p in top))


TWINS = {
    "sharp_entropy": plain_sharp_entropy,
    "top_2_ratio": plain_top_2_ratio,
    "least_confidence": lambda probabilities: 1 - max(probabilities),
    "flatness": plain_flatness,
}


@pytest.mark.parametrize("name", TWINS)
@given(st.lists(st.floats(1e-6, 1), min_size=2, max_size=60))
def test_equals_the_definition(name, weights):
    probabilities = (np.array(weights) / sum(weights)).tolist()
    assert measured(name, probabilities) == pytest.approx(TWINS[name](probabilities), abs=1e-9)


def test_a_prediction_with_one_token_is_certain():
    for name in MEASURES:
        if name != "layer_divergence":
            assert measured(name, [1.0]) == 0


def test_a_shortened_prediction_measures_the_same():
    prediction = prediction_from_logprobs(hashed_logprobs(60)((1, 2)))
    for name in MEASURES:
        assert MEASURE_OF_NAME[name].of(prediction.shortened()) == pytest.approx(
            MEASURE_OF_NAME[name].of(prediction), nan_ok=True
        )


def test_certain_and_torn():
    certain_is_0 = [name for name in MEASURES if name != "layer_divergence"]
    assert all(measured(name, [1, 0, 0]) == 0 for name in certain_is_0)
    assert measured("top_2_margin", [0.5, 0.5]) == 1
    assert measured("top_2_ratio", [0.25, 0.5, 0.25]) == pytest.approx(0.5)
    assert measured("top_2_ratio", [0.5, 0.5]) == measured("flatness", [0.5, 0.5]) == 1
    assert measured("sharp_entropy", [0.05] * 20) == pytest.approx(math.log(20))
    assert measured("varentropy", [0.25] * 4) == pytest.approx(0)


@given(st.lists(st.floats(1e-9, 1), min_size=2, max_size=40))
def test_all_stay_in_their_ranges(weights):
    probabilities = np.array(weights) / sum(weights)
    for name in MEASURES:
        if name != "layer_divergence":
            assert measured(name, probabilities) >= 0
    assert measured("full_entropy", probabilities) <= math.log(len(weights)) + 1e-9
    for name in ("top_2_margin", "top_2_ratio", "least_confidence", "flatness", "sharp_entropy"):
        assert measured(name, probabilities) <= MEASURE_OF_NAME[name].highest + 1e-9


def test_the_trigger_uses_the_measure_that_the_settings_name():
    engine = ScriptedEngine(hashed_logprobs(60))
    thetas = {"full_entropy": 2.5, "top_2_margin": 0.9, "varentropy": 1.0, "sharp_entropy": 1.0, "top_2_ratio": 0.7}
    for name, theta in (thetas | {"least_confidence": 0.7, "flatness": 0.5}).items():
        exploration = Exploration(engine, "p")
        list(exploration.run(Settings(measure=name, theta=theta, max_sequences=4, max_new_tokens=20)))
        assert exploration.tree.forks
        for fork in exploration.tree.forks:
            known = exploration.knowledge.root
            for node in exploration.tree.path(fork.node):
                known = known.children[node.token_id]
            assert fork.entropy == MEASURE_OF_NAME[name].of(known.prediction) >= theta


def test_names_in_settings_and_measures_agree():
    assert set(MEASURES) == set(MEASURE_OF_NAME)
    with pytest.raises(SettingsError, match="sampling"):
        Settings(measure="varentropy", entropy_of="sampling")


@pytest.mark.parametrize("name", MEASURES)
def test_the_command_line_offers_every_measure(name):
    parser = argparse.ArgumentParser()
    add_settings(parser)
    assert settings_of(parser.parse_args(["--measure", name])) == Settings(measure=name)


def test_a_measure_that_the_model_does_not_tell_is_refused():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(60)), "p")
    with pytest.raises(ModelError, match="layer_divergence"):
        list(exploration.run(Settings(measure="layer_divergence", theta=0.1)))
