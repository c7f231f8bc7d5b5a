"""The other measures, against their definitions written out."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eager_core import Exploration, ModelError, Settings, SettingsError
from eager_core.prediction import prediction_from_logprobs
from eager_core.settings import MEASURES
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


def test_certain_and_torn():
    assert all(measured(name, [1, 0, 0]) == 0 for name in ("full_entropy", "varentropy", "top_2_margin"))
    assert measured("top_2_margin", [0.5, 0.5]) == 1
    assert measured("varentropy", [0.25] * 4) == pytest.approx(0)


@given(st.lists(st.floats(1e-9, 1), min_size=2, max_size=40))
def test_all_stay_in_their_ranges(weights):
    probabilities = np.array(weights) / sum(weights)
    for name in ("top_k_entropy", "full_entropy", "top_2_margin", "varentropy"):
        assert measured(name, probabilities) >= 0
    assert measured("full_entropy", probabilities) <= math.log(len(weights)) + 1e-9
    assert measured("top_2_margin", probabilities) <= 1


def test_the_trigger_uses_the_measure_that_the_settings_name():
    engine = ScriptedEngine(hashed_logprobs(60))
    for name, theta in (("full_entropy", 2.5), ("top_2_margin", 0.9), ("varentropy", 1.0)):
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


def test_a_measure_that_the_model_does_not_tell_is_refused():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(60)), "p")
    with pytest.raises(ModelError, match="layer_divergence"):
        list(exploration.run(Settings(measure="layer_divergence", theta=0.1)))
