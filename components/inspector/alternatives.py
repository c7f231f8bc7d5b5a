"""What could have stood where a token stands: the most likely tokens, before and after temperature and top-p."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eager_core.prediction import most_probable_first
from eager_core.recorded import Offer
from eager_core.sampling import nucleus
from eager_core.settings import TOP_K
from eager_core.unfinished import shown_text


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
    shown = [int(token_id) for token_id in order[:num_shown]]
    texts = [text_of(token_id) for token_id in shown]
    return _bars(shown, texts, falling[:num_shown], edges[:num_shown] / edges[-1])


def alternatives_of_offer(offer: Offer, temperature: float) -> Alternatives:
    """Return the most likely tokens after a node as they were recorded.

    Args:
        temperature: that of the run; the bars' widths at it were recorded.
    """
    said = offer.prediction
    num_bars = min(offer.nucleus_size, said.num_kept)
    # What a file tells may not add up; a bar ends on the strip all the same.
    ends = np.minimum(nucleus(said.logprobs, temperature, 1.0)[:num_bars] / offer.nucleus_weight, 1.0)
    if offer.nucleus_size <= said.num_kept:
        ends[-1] = 1.0  # exactly, whatever was rounded
    texts = [shown_text(text, own) for text, own in zip(offer.texts, offer.token_bytes, strict=True)]
    return _bars(said.token_ids.tolist(), texts, said.logprobs, ends)


def _bars(token_ids: list[int], texts: list[str], logprobs: np.ndarray, ends: np.ndarray) -> Alternatives:
    """
    Args:
        logprobs: [tokens], of the model, falling.
        ends: [tokens that are not cut off], of each one's bar on the strip.
    """
    sampling = np.zeros(len(token_ids))
    sampling[: len(ends)] = np.diff(ends, prepend=0.0)
    return Alternatives(token_ids, texts, [float(p) for p in np.exp(logprobs)], sampling.tolist(), ends.tolist())
