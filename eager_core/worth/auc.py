"""How well a number tells two kinds of places apart: the area under the ROC curve, with its interval over prompts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NUM_RESAMPLES = 1000
CONFIDENCE = 0.95
_BOOTSTRAP_SEED = 0
_FEWEST_DEFINED = 0.5
"""An interval is given where at least this share of the resamples has both kinds."""


@dataclass(frozen=True)
class Auc:
    """An area under the ROC curve; None is undefined, never NaN."""

    value: float | None
    low: float | None
    high: float | None
    """95 % interval, bootstrap over prompts; None where too few resamples hold both kinds."""
    num_places: int
    num_positive: int


def auc_of(scores: Sequence[float], is_positive: Sequence[bool]) -> float | None:
    """Return the probability that a positive has a higher score than a negative, a tie counting half.

    The Mann-Whitney statistic over the number of pairs, from ranks; O(n log n). None where one of the kinds is missing.

    References:
        Mann and Whitney, "On a test of whether one of two random variables is stochastically larger than the other"
        (1947); Hanley and McNeil, "The meaning and use of the area under a ROC curve" (1982).
    """
    positive = np.asarray(is_positive, dtype=bool)
    num_positive = int(positive.sum())
    num_negative = len(positive) - num_positive
    if not num_positive or not num_negative:
        return None
    ranks = _middle_ranks(np.asarray(scores, dtype=np.float64))
    above = ranks[positive].sum() - num_positive * (num_positive + 1) / 2
    return float(above / (num_positive * num_negative))


def auc_over_prompts(prompts: Sequence[tuple[Sequence[float], Sequence[bool]]]) -> Auc:
    """Return the AUC of all prompts' places together, with an interval from resampling whole prompts.

    Places of one prompt hang together, so that they are drawn together. The same prompts give the same interval.

    Args:
        prompts: the scores of each prompt's places, and which of these are positive.
    """
    scores = [np.asarray(one, dtype=np.float64) for one, _ in prompts]
    kinds = [np.asarray(two, dtype=bool) for _, two in prompts]
    if not prompts:
        return Auc(None, None, None, 0, 0)
    value = auc_of(np.concatenate(scores), np.concatenate(kinds))
    low = high = None
    if value is not None:
        resampled = []
        for draw in np.random.default_rng(_BOOTSTRAP_SEED).integers(len(prompts), size=(NUM_RESAMPLES, len(prompts))):
            one = auc_of(np.concatenate([scores[n] for n in draw]), np.concatenate([kinds[n] for n in draw]))
            if one is not None:
                resampled.append(one)
        if len(prompts) > 1 and len(resampled) >= _FEWEST_DEFINED * NUM_RESAMPLES:
            low, high = map(float, np.quantile(resampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]))
    return Auc(value, low, high, sum(map(len, kinds)), int(sum(kind.sum() for kind in kinds)))


def hits_of(scores: Sequence[float], is_positive: Sequence[bool], num_taken: int) -> float | None:
    """Return the share of positives among the `num_taken` places with the highest scores: forks that meet their mark.

    Where the last of them tie with places that are not taken, the mean over all ways to choose among these. None where
    nothing is taken.
    """
    scores, positive = np.asarray(scores, dtype=np.float64), np.asarray(is_positive, dtype=bool)
    if not 0 < num_taken <= len(scores):
        return None
    last = np.sort(scores)[-num_taken]
    above, tied = scores > last, scores == last
    share = (num_taken - above.sum()) / tied.sum()
    return float((positive[above].sum() + share * positive[tied].sum()) / num_taken)


def _middle_ranks(values: np.ndarray) -> np.ndarray:
    """Return the ranks from 1, equal values sharing the middle of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]
