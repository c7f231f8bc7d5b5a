"""What could have stood where a token stands: the most likely tokens, before and after temperature and top-p."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eager_core.prediction import most_probable_first
from eager_core.sampling import nucleus
from eager_core.settings import TOP_K


@dataclass(frozen=True)
class Alternatives:
    """The most likely tokens of one distribution, in falling order; all lists have one entry a token."""

    token_ids: list[int]
    texts: list[str]
    model: list[float]
    """Probabilities as the model gives them, before temperature and top-p."""
    sampling: list[float]
    """Probabilities of the draw, after temperature and top-p: 0 where the token was cut off."""
    ends: list[float]
    """Where each bar ends on the strip from 0 to 1 that the dice falls on; as many as are not cut off."""


def alternatives(
    logprobs: np.ndarray, temperature: float, top_p: float, text_of: Callable[[int], str], num_shown: int = TOP_K
) -> Alternatives:
    """Return the `num_shown` most likely tokens after a node.

    Args:
        logprobs: [vocabulary], natural logs before temperature.
        temperature: 0 puts all weight on the most likely token.
        text_of: what a token id would add to the text of the node's path.
    """
    order = most_probable_first(logprobs)
    falling = np.asarray(logprobs, dtype=np.float64)[order]
    edges = nucleus(falling, temperature, top_p)
    ends = edges[:num_shown] / edges[-1]
    sampling = np.zeros(min(num_shown, len(falling)))
    sampling[: len(ends)] = np.diff(ends, prepend=0.0)
    shown = [int(token_id) for token_id in order[:num_shown]]
    return Alternatives(
        shown,
        [text_of(token_id) for token_id in shown],
        [float(p) for p in np.exp(falling[:num_shown])],
        sampling.tolist(),
        ends.tolist(),
    )
