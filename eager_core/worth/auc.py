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
    wins = _wins(scores, kinds)
    num_positive = np.array([kind.sum() for kind in kinds], dtype=np.float64)
    num_negative = np.array([len(kind) for kind in kinds], dtype=np.float64) - num_positive
    num_pairs = num_positive.sum() * num_negative.sum()
    value = float(wins.sum() / num_pairs) if num_pairs else None
    low = high = None
    if value is not None and len(prompts) > 1:
        times = _times_drawn(len(prompts))
        pairs = (times @ num_positive) * (times @ num_negative)
        resampled = ((times @ wins) * times).sum(axis=1)[pairs > 0] / pairs[pairs > 0]
        if len(resampled) >= _FEWEST_DEFINED * NUM_RESAMPLES:
            low, high = map(float, np.quantile(resampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]))
    return Auc(value, low, high, sum(map(len, kinds)), int(num_positive.sum()))


def _wins(scores: Sequence[np.ndarray], kinds: Sequence[np.ndarray]) -> np.ndarray:
    """Return [prompts, prompts]: how often positives of one win over negatives of the other, ties counting half.

    With it a resample costs no ranking: a prompt drawn so many times only weighs more.
    """
    owner = np.repeat(np.arange(len(kinds)), [int(kind.sum()) for kind in kinds])
    positives = np.concatenate([one[kind] for one, kind in zip(scores, kinds, strict=True)])
    wins = np.zeros((len(kinds), len(kinds)))
    for number, (one, kind) in enumerate(zip(scores, kinds, strict=True)):
        negatives = np.sort(one[~kind])
        below = np.searchsorted(negatives, positives, "left") + np.searchsorted(negatives, positives, "right")
        wins[:, number] = np.bincount(owner, weights=below / 2, minlength=len(kinds))
    return wins


def _times_drawn(num_prompts: int) -> np.ndarray:
    """Return [resamples, prompts]: how often each prompt stands in each resampled set; always the same."""
    draws = np.random.default_rng(_BOOTSTRAP_SEED).integers(num_prompts, size=(NUM_RESAMPLES, num_prompts))
    times = np.zeros((NUM_RESAMPLES, num_prompts))
    np.add.at(times, (np.arange(NUM_RESAMPLES)[:, None], draws), 1)
    return times


def hits_of(scores: Sequence[float], is_positive: Sequence[bool], num_taken: int) -> float | None:
    """Return the share of positives among the `num_taken` places with the highest scores: forks that meet their mark.

    Where the last of them tie with places that are not taken, the mean over all ways to choose among these. None where
    nothing is taken.
    """
    heights, positive = np.asarray(scores, dtype=np.float64), np.asarray(is_positive, dtype=bool)
    if not 0 < num_taken <= len(heights):
        return None
    last = np.sort(heights)[-num_taken]
    above, tied = heights > last, heights == last
    share = (num_taken - above.sum()) / tied.sum()
    return float((positive[above].sum() + share * positive[tied].sum()) / num_taken)


def _middle_ranks(values: np.ndarray) -> np.ndarray:
    """Return the ranks from 1, equal values sharing the middle of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]
