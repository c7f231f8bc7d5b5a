"""From a prediction and a dice roll to a token: temperature, then top-p, then the inverse of the cumulative sum.

Tokens stand in falling order of probability (equal ones by rising id), so the roll u lands on bars laid side by side:

    0        p1           p1+p2     p1+p2+p3  ... nucleus   1
    |---------|-------------|-----------|-----------|
                     ^ u * nucleus: the second token

The nucleus is the smallest set of most likely tokens that holds the share top-p at this temperature. A temperature
never changes the order of the bars, only their widths.

A prediction keeps only the first bars. What the rest weighs is known within bounds, so a draw is decided without the
whole distribution wherever both bounds land on the same token (`draw`), and with it elsewhere (`draw_exactly`).
"""

from collections.abc import Callable
from functools import cache

import numpy as np

from eager_core.prediction import Prediction, most_probable_first

_SUM_SLACK = 1e-5
"""Float32 log-probabilities of a whole vocabulary sum to 1 within this."""

_SMALLEST_TEMPERATURE = 1e-6
"""Below it all weight is on the most likely token as far as float32 logits can tell; it keeps divisions finite."""


def draw(prediction: Prediction, temperature: float, top_p: float, dice: float) -> int | None:
    """Return the index in `prediction.token_ids` of the token that `dice` lands on, or None if more tokens are needed.

    Equal to `draw_exactly` wherever it is not None.

    Args:
        temperature: 0 takes the most likely token, whatever the dice.
        dice: in [0, 1).
    """
    if temperature == 0:
        return 0
    temperature = max(temperature, _SMALLEST_TEMPERATURE)
    cumulative = _cumulative_weights(prediction.logprobs, temperature)
    if prediction.num_kept == prediction.vocabulary_size:
        return _land(cumulative, top_p, dice)
    tail_low, tail_high = _tail_bounds(prediction, temperature)
    # A slack for the rounding of the longer sum that the whole distribution has.
    low = cumulative[-1] * (1 - 1e-12) + tail_low
    high = cumulative[-1] * (1 + 1e-12) + tail_high
    # Where the nucleus ends among the tokens not kept, it holds between top-p and all of the weight.
    mass_low = _nucleus_mass(cumulative, top_p * low) or top_p * low
    mass_high = _nucleus_mass(cumulative, top_p * high) or high
    first = int(np.searchsorted(cumulative, dice * mass_low, side="right"))
    last = int(np.searchsorted(cumulative, dice * mass_high, side="right"))
    if first != last or last >= prediction.num_kept:
        return None
    # Of several equally probable tokens at the end, some may not have been kept: their order decides.
    return None if prediction.logprobs[first] == prediction.logprobs[-1] else first


def draw_exactly(logprobs: np.ndarray, temperature: float, top_p: float, dice: float) -> tuple[int, int]:
    """Return (token id, rank) that `dice` lands on, from the whole distribution.

    Args:
        logprobs: [vocabulary], natural logs before temperature.
        temperature: 0 takes the most likely token.
    Returns:
        the token's id, and its rank: 1 for the most likely.
    """
    order = most_probable_first(logprobs)
    index = draw_falling(np.asarray(logprobs, dtype=np.float64)[order], temperature, top_p, dice)
    return int(order[index]), index + 1


def draw_falling(falling_logprobs: np.ndarray, temperature: float, top_p: float, dice: float) -> int:
    """Return the index that `dice` lands on in a whole distribution [vocabulary] that stands in falling order."""
    return landing(nucleus(falling_logprobs, temperature, top_p), dice)


def nucleus(falling_logprobs: np.ndarray, temperature: float, top_p: float) -> np.ndarray:
    """Return where the bars of the nucleus end, laid side by side from 0, in units of the first bar's width.

    Args:
        falling_logprobs: [vocabulary], natural logs before temperature of a whole distribution, in falling order.
        temperature: 0 leaves the first bar alone.
    Returns:
        [tokens in the nucleus], rising; the last is the width of all bars together.
    """
    if temperature == 0:
        return np.ones(1)
    cumulative = _cumulative_weights(falling_logprobs, max(temperature, _SMALLEST_TEMPERATURE))
    return cumulative[: _nucleus_end(cumulative, top_p) + 1]


def landing(edges: np.ndarray, dice: float) -> int:
    """Return the index of the bar that `dice`, in [0, 1), lands on, of bars that end at `edges` (see `nucleus`)."""
    return min(int(np.searchsorted(edges, dice * edges[-1], side="right")), len(edges) - 1)


def temperatures_that_keep(
    logprobs: np.ndarray, top_p: float, dice: float, token_id: int, highest: float
) -> tuple[float, float] | None:
    """Return the lowest and the highest temperature in [0, highest] at which `dice` lands on `token_id`.

    A rising temperature moves weight from each token to less likely ones and lets more of them into the nucleus, so
    the rank that a roll lands on only ever rises: the temperatures of one token are one interval, and its ends are
    found by halving. Exact to 1e-3.

    Returns:
        None if the roll lands on the token at no temperature of the grid that the halving visits.
    """
    order = most_probable_first(logprobs)
    falling = np.asarray(logprobs, dtype=np.float64)[order]
    return temperatures_that_keep_index(falling, top_p, dice, int(np.flatnonzero(order == token_id)[0]), highest)


def temperatures_that_keep_index(
    falling_logprobs: np.ndarray, top_p: float, dice: float, wanted: int, highest: float
) -> tuple[float, float] | None:
    """Return what `temperatures_that_keep` does of the token at index `wanted` of a distribution in falling order."""

    @cache  # both ends are sought among the same temperatures at first
    def index_at(temperature: float) -> int:
        if temperature == 0:
            return 0
        return _land(_cumulative_weights(falling_logprobs, max(temperature, _SMALLEST_TEMPERATURE)), top_p, dice)

    low = _first_temperature(lambda temperature: index_at(temperature) >= wanted, highest)
    above = None if low is None else _first_temperature(lambda temperature: index_at(temperature) > wanted, highest)
    if low is None or low == above:
        return None
    return low, highest if above is None else above


def _first_temperature(reached: Callable[[float], bool], highest: float) -> float | None:
    """Return the lowest temperature in [0, highest] at which a condition holds that, once true, stays so."""
    if reached(0.0):
        return 0.0
    if not reached(highest):
        return None
    low, high = 0.0, highest
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _cumulative_weights(falling_logprobs: np.ndarray, temperature: float) -> np.ndarray:
    """Return the running sums of the tokens' weights at `temperature`, the first token weighing 1."""
    return np.cumsum(np.exp((falling_logprobs - falling_logprobs[0]) / temperature))


def _land(cumulative: np.ndarray, top_p: float, dice: float) -> int:
    """Return the index that the roll lands on in the nucleus of a whole distribution."""
    return landing(cumulative[: _nucleus_end(cumulative, top_p) + 1], dice)


def _nucleus_end(cumulative: np.ndarray, top_p: float) -> int:
    """Return the index of the last token in the nucleus of a whole distribution."""
    return min(int(np.searchsorted(cumulative, top_p * cumulative[-1], side="left")), len(cumulative) - 1)


def _nucleus_mass(cumulative: np.ndarray, wanted: float) -> float | None:
    """Return the weight of the fewest first tokens that hold `wanted`, or None if more tokens are needed than kept."""
    end = int(np.searchsorted(cumulative, wanted, side="left"))
    return float(cumulative[end]) if end < len(cumulative) else None


def _tail_bounds(prediction: Prediction, temperature: float) -> tuple[float, float]:
    """Return bounds of the summed weights of the tokens not kept, in units of the first token's weight.

    Let a = 1 / temperature, and x the probabilities of the n tokens not kept: 0 <= x <= p, the smallest kept, and
    sum x = t. The sum of x**a lies between n * (t / n)**a, all of them equal, and t * p**(a - 1), as few as p allows;
    the first is the smaller one for a >= 1 (convex), the second for a < 1 (concave).
    """
    num_tail = prediction.vocabulary_size - prediction.num_kept
    power = 1 / temperature
    first, last = prediction.logprobs[0], prediction.logprobs[-1]
    if last == -np.inf:
        return 0.0, 0.0  # tokens that the model rules out follow upon the kept ones: none of them weighs anything
    tail = 1 - np.exp(prediction.logprobs).sum()
    most = min(tail + _SUM_SLACK, num_tail * np.exp(last))
    least = max(tail - _SUM_SLACK, 0.0)

    def spread_out(mass: float) -> float:
        return num_tail * np.exp(power * (np.log(mass / num_tail) - first)) if mass > 0 else 0.0

    def bunched(mass: float) -> float:
        return mass * np.exp(power * (last - first) - last)

    return (spread_out(least), bunched(most)) if power >= 1 else (bunched(least), spread_out(most))
