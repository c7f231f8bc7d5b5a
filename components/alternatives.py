"""What could have stood where a token stands: the most probable tokens, before and after temperature and top-p."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eager_core.prediction import Prediction
from eager_core.settings import TOP_K


@dataclass(frozen=True)
class Alternatives:
    """The most probable tokens of one prediction, in falling order; all lists have one entry a token."""

    token_ids: list[int]
    texts: list[str]
    model: list[float]
    """Probabilities as the model gives them, before temperature and top-p."""
    sampling: list[float]
    """Probabilities of the draw, after temperature and top-p: 0 where the token was cut off."""
    exact: bool
    """False where tokens beyond those kept weigh so much that `sampling` is an estimate."""


_NEGLIGIBLE_TAIL = 1e-3
"""Share of the weight that the tokens not kept may have while the bars still count as exact (a pixel is wider)."""


def alternatives(
    prediction: Prediction, temperature: float, top_p: float, text_of: Callable[[int], str], num_shown: int = TOP_K
) -> Alternatives:
    """Return the `num_shown` most probable tokens after a node.

    Args:
        temperature: 0 puts all weight on the most probable token.
        text_of: what a token id would add to the text of the node's path.
    """
    sampling, exact = sampling_probabilities(prediction, temperature, top_p)
    shown = prediction.token_ids[:num_shown]
    return Alternatives(
        [int(token_id) for token_id in shown],
        [text_of(int(token_id)) for token_id in shown],
        [float(p) for p in np.exp(prediction.logprobs[:num_shown])],
        [float(p) for p in sampling[:num_shown]],
        exact,
    )


def sampling_probabilities(prediction: Prediction, temperature: float, top_p: float) -> tuple[np.ndarray, bool]:
    """Return the kept tokens' probabilities [num_kept] in the draw, and whether they are exact.

    The tokens not kept are taken to share what probability is left evenly, each at most as probable as the last kept.
    """
    if temperature == 0:
        return np.eye(1, prediction.num_kept)[0], True
    weights = np.exp((prediction.logprobs - prediction.logprobs[0]) / temperature)
    num_tail = prediction.vocabulary_size - prediction.num_kept
    left = max(0.0, 1 - float(np.exp(prediction.logprobs).sum()))
    tail = 0.0
    if num_tail and left > 0:
        each = min(np.log(left / num_tail), prediction.logprobs[-1])
        tail = num_tail * float(np.exp((each - prediction.logprobs[0]) / temperature))
    cumulative = np.cumsum(weights)
    wanted = top_p * (cumulative[-1] + tail)
    end = int(np.searchsorted(cumulative, wanted, side="left"))
    nucleus = float(cumulative[end]) if end < len(cumulative) else float(wanted)
    inside = np.arange(len(weights)) <= end
    exact = tail <= _NEGLIGIBLE_TAIL * (cumulative[-1] + tail) or temperature == 1
    return np.where(inside, weights / nucleus, 0.0), bool(exact)
