"""The theta nearest to a goal, how far it would move with other prompts, and how it does on prompts held back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from eager_core.calibration.goals import Goal
from eager_core.calibration.pilots import Pilot
from eager_core.errors import SettingsError

NUM_RESAMPLES = 1000
CONFIDENCE = 0.95
_BOOTSTRAP_SEED = 0
FEWEST_TO_HOLD_BACK = 6
"""With fewer pilots all of them choose, and nothing is tested."""
HELD_BACK = 1 / 3
"""Every third pilot is held back."""
LARGEST_HELD_BACK = 0.5


@dataclass(frozen=True)
class HeldBack:
    """The chosen theta on prompts that had no say in it."""

    num_prompts: int
    value: float
    """The goal's number on them."""
    off_by: float
    """`value` less what the chosen theta gave where it was chosen."""


@dataclass(frozen=True)
class Calibration:
    """A theta for a model, a measure and a kind of prompts."""

    goal: Goal
    theta: float
    low: float
    high: float
    """95 % of the thetas that would have been chosen on other prompts of the kind (bootstrap over prompts)."""
    value: float
    """The goal's number at `theta`, on the prompts that chose."""
    curve: tuple[tuple[float, float, float], ...]
    """(theta, the goal's number, mean tokens a prompt), on the prompts that chose."""
    num_pilots: int
    """Prompts that chose."""
    held_back: HeldBack | None
    """None where there were too few prompts to hold some back."""

    def to_json(self) -> dict[str, Any]:
        """Return this as JSON values."""
        return asdict(self)


def choose(pilots: Sequence[Pilot], goal: Goal, held_back_share: float = HELD_BACK) -> Calibration:
    """Return the calibration that `pilots`, all at the same thetas, give for `goal`.

    Of equally near thetas the highest is taken: it is the cheapest.

    Args:
        held_back_share: of the pilots, 0 to 0.5, which have no say and test the choice; they are spread evenly.
    Raises:
        SettingsError: no pilots, a goal that needs answers where none are known, one that no theta reaches, or a share
            that can't be.
    """
    check_held_back(held_back_share)
    if not pilots:
        raise SettingsError("No pilot prompt was walked to its end; start again, or take fewer tokens.")
    if goal.kind.needs_answers and any(pilot.outcomes[0].is_solved is None for pilot in pilots):
        raise SettingsError(f"The goal {goal.name} needs prompts with answers; name a task set, or take another goal.")
    choosing, held_back = _divided(pilots, held_back_share)
    thetas = np.array([outcome.settings.theta for outcome in pilots[0].outcomes])
    values, tokens = _values(choosing, goal), _mean_tokens(choosing)
    _check_reachable(goal, thetas, values)
    chosen = _nearest(goal, values, tokens)
    low, high = _interval(choosing, goal, thetas)
    tested = None
    if held_back:
        value = _values(held_back, goal)[chosen]
        tested = HeldBack(len(held_back), float(value), float(value - values[chosen]))
    return Calibration(
        goal, float(thetas[chosen]), low, high, float(values[chosen]),
        curve_of(choosing, goal), len(choosing), tested,
    )  # fmt: skip


def check_held_back(share: float) -> None:
    """Raises: SettingsError, if no such share of pilots can be held back."""
    if not 0 <= share <= LARGEST_HELD_BACK:
        raise SettingsError(
            f"The share held back is {share:g}, but must be from 0 to {LARGEST_HELD_BACK:g}; 0.3 is a good one."
        )


def curve_of(pilots: Sequence[Pilot], goal: Goal) -> tuple[tuple[float, float, float], ...]:
    """Return (theta, the goal's number, mean tokens a prompt) at each theta, of at least one pilot."""
    thetas = [outcome.settings.theta for outcome in pilots[0].outcomes]
    columns = zip(thetas, _values(pilots, goal), _mean_tokens(pilots), strict=True)
    return tuple((float(theta), float(value), float(tokens)) for theta, value, tokens in columns)


def _divided(pilots: Sequence[Pilot], share: float) -> tuple[list[Pilot], list[Pilot]]:
    """Return those that choose, and those that are held back: of any stretch of pilots the same share."""
    if len(pilots) < FEWEST_TO_HOLD_BACK:
        return list(pilots), []
    # As a fraction, for 3 times the float nearest to a third may fall short of 1.
    exact = Fraction(share).limit_denominator(1000)
    is_held_back = [int((number + 1) * exact) > int(number * exact) for number in range(len(pilots))]
    divided: tuple[list[Pilot], list[Pilot]] = ([], [])
    for pilot, held_back in zip(pilots, is_held_back, strict=True):
        divided[held_back].append(pilot)
    return divided


def _values(pilots: Sequence[Pilot], goal: Goal) -> np.ndarray:
    """Return the goal's number at each theta."""
    return np.array([goal.kind.of(outcomes) for outcomes in zip(*(pilot.outcomes for pilot in pilots), strict=True)])


def _mean_tokens(pilots: Sequence[Pilot]) -> np.ndarray:
    return np.array([[outcome.num_tokens for outcome in pilot.outcomes] for pilot in pilots]).mean(axis=0)


def _nearest(goal: Goal, values: np.ndarray, tokens: np.ndarray) -> int:
    """Return the index of the theta to take; thetas rise, so of equals the last is the cheapest."""
    if goal.name == "pass_at_k":
        good = np.flatnonzero(values >= values.max() - goal.wanted - 1e-12)
        return int(min(good, key=lambda index: (tokens[index], -index)))
    distances = np.abs(values - goal.wanted)
    return int(np.flatnonzero(distances <= distances.min() + 1e-12)[-1])


def _check_reachable(goal: Goal, thetas: np.ndarray, values: np.ndarray) -> None:
    if goal.name != "pass_at_k" and not values.min() - 1e-9 <= goal.wanted <= values.max() + 1e-9:
        raise SettingsError(
            f"No theta from {thetas.min():g} to {thetas.max():g} gives {goal.name} {goal.wanted:g}: on these prompts "
            f"it lies between {values.min():.3g} and {values.max():.3g}; choose a goal between these, or other thetas "
            "or M."
        )


def _interval(pilots: Sequence[Pilot], goal: Goal, thetas: np.ndarray) -> tuple[float, float]:
    draws = np.random.default_rng(_BOOTSTRAP_SEED).integers(len(pilots), size=(NUM_RESAMPLES, len(pilots)))
    # How often each pilot stands in each resampled set: sums over a set are then products of matrices.
    counts = np.array([np.bincount(draw, minlength=len(pilots)) for draw in draws])
    parts = np.array([[goal.kind.parts(outcome) for outcome in pilot.outcomes] for pilot in pilots])
    tokens = np.array([[outcome.num_tokens for outcome in pilot.outcomes] for pilot in pilots])
    values = (counts @ parts[:, :, 0]) / np.maximum(1, counts @ parts[:, :, 1])
    means = (counts @ tokens) / len(pilots)
    chosen = [thetas[_nearest(goal, *resampled)] for resampled in zip(values, means, strict=True)]
    low, high = np.quantile(chosen, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
