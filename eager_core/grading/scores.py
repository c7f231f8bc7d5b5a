"""What a stage achieved: Pass@k, Cons@k, pass rate and tokens, with bootstrap intervals over prompts."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

NUM_RESAMPLES = 2000
CONFIDENCE = 0.95
_BOOTSTRAP_SEED = 0


@dataclass(frozen=True)
class PromptScore:
    """One prompt's result."""

    num_tokens: int
    """#T: generated tokens, shared prefixes once."""
    num_sequences: int
    num_correct: int
    is_majority_correct: bool
    """Whether the most common answer is right; see `eager_core.grading.voting`."""

    @property
    def is_solved(self) -> bool:
        """Whether any sequence is correct: Pass@k for this prompt."""
        return self.num_correct > 0

    @property
    def pass_rate(self) -> float:
        """The share of its sequences that are correct."""
        return self.num_correct / self.num_sequences if self.num_sequences else 0.0


@dataclass(frozen=True)
class Interval:
    """A value with the ends of its bootstrap interval (95 %), None where they were not asked for."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Scores:
    """All prompts together."""

    num_prompts: int
    num_tokens: int
    """#T."""
    num_sequences: int
    """#S."""
    pass_at_k: Interval
    cons_at_k: Interval
    pass_rate: Interval
    saved_fraction: Interval | None
    """1 - tokens / tokens of the baseline; None without a baseline."""


def scores_of(
    prompts: Sequence[PromptScore], baseline: Sequence[PromptScore] | None = None, intervals: bool = True
) -> Scores:
    """Return the scores over all prompts. The same prompts give the same intervals: the resampling has a fixed seed.

    Args:
        baseline: the same prompts under full parallel sampling, for the tokens saved.
        intervals: whether to resample, which costs 2,000 times what all else does.
    Raises:
        ValueError: no prompts, or a baseline of another number of prompts.
    """
    if not prompts or (baseline is not None and len(baseline) != len(prompts)):
        raise ValueError("scores need prompts, and a baseline of the same prompts")
    draws = _draws(len(prompts)) if intervals else None
    tokens = np.array([prompt.num_tokens for prompt in prompts], dtype=np.float64)
    return Scores(
        num_prompts=len(prompts),
        num_tokens=int(tokens.sum()),
        num_sequences=sum(prompt.num_sequences for prompt in prompts),
        pass_at_k=_mean(draws, [prompt.is_solved for prompt in prompts]),
        cons_at_k=_mean(draws, [prompt.is_majority_correct for prompt in prompts]),
        pass_rate=_mean(draws, [prompt.pass_rate for prompt in prompts]),
        saved_fraction=None if baseline is None else _saved(draws, tokens, [b.num_tokens for b in baseline]),
    )


def mean_interval(values: Sequence[float], intervals: bool = True) -> Interval:
    """Return the mean of one number a prompt, resampled as `scores_of` does.

    Raises:
        ValueError: no prompts.
    """
    if not values:
        raise ValueError("a mean needs prompts")
    return _mean(_draws(len(values)) if intervals else None, values)


@lru_cache(maxsize=2)
def _draws(num_prompts: int) -> np.ndarray:
    """Return which prompts stand in each resampled set [resamples, prompts]; always the same ones."""
    return np.random.default_rng(_BOOTSTRAP_SEED).integers(num_prompts, size=(NUM_RESAMPLES, num_prompts))


def _mean(draws: np.ndarray | None, values: Sequence[float]) -> Interval:
    numbers = np.asarray(values, dtype=np.float64)
    return _interval(float(numbers.mean()), None if draws is None else numbers[draws].mean(axis=1))


def _saved(draws: np.ndarray | None, tokens: np.ndarray, baseline: Sequence[int]) -> Interval | None:
    full = np.asarray(baseline, dtype=np.float64)
    if not full.all():
        return None
    resampled = None if draws is None else 1 - tokens[draws].sum(axis=1) / full[draws].sum(axis=1)
    return _interval(1 - tokens.sum() / full.sum(), resampled)


def _interval(value: float, resampled: np.ndarray | None) -> Interval:
    if resampled is None:
        return Interval(float(value), None, None)
    low, high = np.quantile(resampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(value), float(low), float(high))
