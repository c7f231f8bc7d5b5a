"""`draw` decides from the kept tokens; `draw_exactly` is its slow, obvious twin over the whole distribution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core.prediction import prediction_from_logprobs
from eager_core.sampling import draw, draw_exactly, temperatures_that_keep


def distribution(seed: int, vocabulary_size: int, spread: float) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(size=vocabulary_size) * spread
    return logits - np.log(np.exp(logits).sum())


@settings(max_examples=400, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    vocabulary_size=st.integers(2, 300),
    num_kept=st.integers(2, 64),
    spread=st.floats(0, 8),
    temperature=st.floats(0, 3),
    top_p=st.floats(0.01, 1),
    dice=st.floats(0, 1, exclude_max=True),
)
def test_draw_equals_its_exact_twin_wherever_it_decides(
    seed, vocabulary_size, num_kept, spread, temperature, top_p, dice
):
    logprobs = distribution(seed, vocabulary_size, spread)
    prediction = prediction_from_logprobs(logprobs, num_kept)
    index = draw(prediction, temperature, top_p, dice)
    if index is not None:
        assert (prediction.token_ids[index], index + 1) == draw_exactly(logprobs, temperature, top_p, dice)


@pytest.mark.parametrize("temperature", [0.3, 0.6, 1.0])
def test_draw_decides_nearly_always_at_ordinary_temperatures(temperature):
    rng = np.random.default_rng(0)
    undecided = 0
    for _ in range(300):
        # The shape of a language model's predictions: a few likely tokens, and a long thin tail.
        logits = -rng.uniform(1.5, 3) * np.log(1 + np.arange(5000)) + rng.normal(size=5000) * 0.5
        prediction = prediction_from_logprobs(logits - np.log(np.exp(logits).sum()))
        undecided += draw(prediction, temperature, 0.95, rng.random()) is None
    assert undecided < 300 * 0.1


def test_whole_vocabulary_kept_always_decides():
    prediction = prediction_from_logprobs(distribution(1, 20, 2.0))
    for dice in (0.0, 0.5, 1 - 2**-53):
        for top_p in (0.1, 0.95, 1.0):
            assert draw(prediction, 2.0, top_p, dice) is not None


def test_by_hand():
    logprobs = np.log([0.1, 0.5, 0.3, 0.1])
    # In falling order, ties by id: token 1 [0, .5), token 2 [.5, .8), token 0 [.8, .9), token 3 [.9, 1).
    landings = [draw_exactly(logprobs, 1.0, 1.0, dice) for dice in (0.0, 0.49, 0.51, 0.79, 0.81, 0.91)]
    assert landings == [(1, 1), (1, 1), (2, 2), (2, 2), (0, 3), (3, 4)]
    # top-p 0.6 keeps tokens 1 and 2, weighing 0.8: the border lies at 0.5 / 0.8 = 0.625.
    assert [draw_exactly(logprobs, 1.0, 0.6, dice)[0] for dice in (0.62, 0.63, 0.999)] == [1, 2, 2]
    # Temperature 0.5 squares: 0.25, 0.09, 0.01, 0.01; the first border lies at 25 / 36 = 0.694.
    assert [draw_exactly(logprobs, 0.5, 1.0, dice)[0] for dice in (0.69, 0.70)] == [1, 2]
    assert draw_exactly(logprobs, 0, 1.0, 0.99) == (1, 1)


def test_tiny_temperature_is_greedy_and_does_not_overflow():
    logprobs = distribution(3, 100, 5.0)
    assert draw_exactly(logprobs, 1e-9, 1.0, 0.999)[1] == 1
    assert draw(prediction_from_logprobs(logprobs, 30), 1e-9, 1.0, 0.999) == 0


def test_equal_tokens_at_the_border_of_what_is_kept_are_left_to_the_whole_distribution():
    logprobs = np.log(np.full(100, 0.01))
    prediction = prediction_from_logprobs(logprobs, 10)
    assert all(draw(prediction, 1.0, 1.0, dice) is None for dice in (0.0, 0.05, 0.5, 0.99))


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    vocabulary_size=st.integers(2, 60),
    spread=st.floats(0.5, 5),
    temperature=st.floats(0, 2),
    top_p=st.floats(0.05, 1),
    dice=st.floats(0, 1, exclude_max=True),
)
def test_temperatures_that_keep_a_token_are_those_at_which_it_is_drawn(
    seed, vocabulary_size, spread, temperature, top_p, dice
):
    logprobs = distribution(seed, vocabulary_size, spread)
    token_id, _ = draw_exactly(logprobs, temperature, top_p, dice)
    interval = temperatures_that_keep(logprobs, top_p, dice, token_id, 2.0)
    for other in np.linspace(0, 2, 41):
        drawn, _ = draw_exactly(logprobs, other, top_p, dice)
        # Within a step of the halving of an end, either side is right.
        near_an_end = interval is not None and min(abs(other - end) for end in interval) < 2e-3
        assert near_an_end or (drawn == token_id) == (interval is not None and interval[0] <= other <= interval[1])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("num_possible", [1, 5, 64])
def test_tokens_that_are_ruled_out_weigh_nothing_and_warn_of_nothing(num_possible, temperature):
    logprobs = np.full(100, -np.inf)
    logprobs[:num_possible] = -np.log(num_possible)
    logprobs[0] += 1e-9
    for dice in (0.0, 0.3, 0.999):
        exactly, _ = draw_exactly(logprobs, temperature, 1.0, dice)
        index = draw(prediction_from_logprobs(logprobs), temperature, 1.0, dice)
        assert index == exactly if num_possible < 64 else index in (None, exactly)
