"""What could have stood where a token stands: the most probable tokens, before and after temperature and top-p."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eager_core.prediction import most_probable_first
from eager_core.settings import TOP_K

_SMALLEST_TEMPERATURE = 1e-6
"""As in `eager_core.sampling`: below it all weight is on the most probable token."""


@dataclass(frozen=True)
class Alternatives:
    """The most probable tokens of one distribution, in falling order; all lists have one entry a token."""

    token_ids: list[int]
    texts: list[str]
    model: list[float]
    """Probabilities as the model gives them, before temperature and top-p."""
    sampling: list[float]
    """Probabilities of the draw, after temperature and top-p: 0 where the token was cut off."""


def alternatives(
    logprobs: np.ndarray, temperature: float, top_p: float, text_of: Callable[[int], str], num_shown: int = TOP_K
) -> Alternatives:
    """Return the `num_shown` most probable tokens after a node.

    Args:
        logprobs: [vocabulary], natural logs before temperature.
        temperature: 0 puts all weight on the most probable token.
        text_of: what a token id would add to the text of the node's path.
    """
    order = most_probable_first(logprobs)
    falling = np.asarray(logprobs, dtype=np.float64)[order]
    sampling = sampling_probabilities(falling, temperature, top_p)
    shown = [int(token_id) for token_id in order[:num_shown]]
    return Alternatives(
        shown,
        [text_of(token_id) for token_id in shown],
        [float(p) for p in np.exp(falling[:num_shown])],
        [float(p) for p in sampling[:num_shown]],
    )


def sampling_probabilities(falling_logprobs: np.ndarray, temperature: float, top_p: float) -> np.ndarray:
    """Return the probabilities [vocabulary] of the draw, of log-probabilities in falling order."""
    if temperature == 0:
        return np.eye(1, len(falling_logprobs))[0]
    weights = np.exp((falling_logprobs - falling_logprobs[0]) / max(temperature, _SMALLEST_TEMPERATURE))
    cumulative = np.cumsum(weights)
    end = min(int(np.searchsorted(cumulative, top_p * cumulative[-1], side="left")), len(weights) - 1)
    return np.where(np.arange(len(weights)) <= end, weights / cumulative[end], 0.0)
