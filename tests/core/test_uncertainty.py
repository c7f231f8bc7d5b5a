import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eager_core.prediction import prediction_from_logprobs
from eager_core.uncertainty import top_k_entropy, top_k_entropy_at


def slow_entropy(probabilities: list[float], k: int, temperature: float) -> float:
    """Straight from the paper's words."""
    top = sorted(probabilities, reverse=True)[:k]
    heated = [p ** (1 / temperature) for p in top]
    shares = [p / sum(heated) for p in heated]
    return -sum(share * math.log(share) for share in shares if share > 0)


@given(st.lists(st.floats(1e-6, 1), min_size=2, max_size=60), st.floats(0.2, 3))
def test_equals_the_definition(weights, temperature):
    probabilities = np.array(weights) / sum(weights)
    prediction = prediction_from_logprobs(np.log(probabilities))
    expected = slow_entropy(list(probabilities), 20, temperature)
    assert top_k_entropy(prediction) == pytest.approx(slow_entropy(list(probabilities), 20, 1), abs=1e-9)
    assert top_k_entropy_at(prediction, temperature) == pytest.approx(expected, abs=1e-9)


def test_uniform_is_ln_k_and_certain_is_zero():
    uniform = prediction_from_logprobs(np.log(np.full(1000, 1e-3)))
    assert top_k_entropy(uniform) == pytest.approx(math.log(20))
    with np.errstate(divide="ignore"):
        certain = prediction_from_logprobs(np.log(np.array([1.0, 0.0, 0.0])))
    assert top_k_entropy(certain) == 0
    assert top_k_entropy_at(uniform, 0) == 0
