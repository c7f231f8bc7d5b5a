"""Over which values of a setting this very tree stays the same: known without asking the model."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from eager_core.by_hand import HandBranch
from eager_core.comparing import first_divergence
from eager_core.exploration import Exploration
from eager_core.joint import KnownWalk
from eager_core.settings import Settings
from eager_core.what_if.draws import draws_of, kept_temperatures
from eager_core.what_if.scales import Setting, Value, limits_of, value_of

Walked = Callable[[Settings], KnownWalk]
"""Walks over what is known."""


@dataclass(frozen=True)
class SameTree:
    """The values, both ends counted, at which a run takes the same tokens and forks.

    Within the limits that are looked at. What is open in a run that breaks off may end it sooner.
    """

    low: Value
    high: Value
    below: Value | None
    """The nearest value below at which it is another tree; None where there is none within the limits."""
    above: Value | None
    """The nearest above."""
    is_exact: bool = True
    """False where no more is known than that the tree is the same here: it may be beyond the ends too."""

    def __contains__(self, value: Value) -> bool:
        return self.low <= value <= self.high


def same_tree(walked: KnownWalk, setting: Setting, walk: Walked, knowledge_of: Exploration) -> SameTree:
    """Return over which values of `setting` the tree of `walked` stays as it is.

    Theta and temperature are worked out from the tree, theta exactly and temperature to 1e-6; so is M, but where only
    other runs can tell, those are walked over what is known: a run that gives the same tree needs nothing else.

    Args:
        walk: gives the run of other settings as far as it is known.
    """
    settings = walked.tree.start.settings
    here = value_of(setting, settings)
    low, high = limits_of(setting, settings)
    low, high = min(low, here), max(high, here)
    match setting:
        case "theta":
            same = _thetas(walked)
        case "temperature":
            return _temperatures(walked, knowledge_of, low, high)
        case "max_sequences":
            same = _sequences(walked, walk, int(low), int(high))
    return SameTree(
        max(same.low, low), min(same.high, high),
        None if same.below is None or same.below < low else same.below,
        None if same.above is None or same.above > high else same.above,
    )  # fmt: skip


def walks_of(exploration: Exploration, by_hand: Sequence[HandBranch]) -> Walked:
    """Return what walks other settings of an exploration, with the same branches by hand."""
    return lambda settings: exploration.known_walk(settings, by_hand)


def _thetas(walked: KnownWalk) -> SameTree:
    interval = walked.theta_interval
    if interval.forks_at_equality:
        return SameTree(_after(interval.low), interval.high, interval.low, _after(interval.high))
    return SameTree(interval.low, _before(interval.high), _before(interval.low), interval.high)


def _after(theta: float) -> float:
    return math.nextafter(theta, math.inf)


def _before(theta: float) -> float:
    return math.nextafter(theta, -math.inf)


def _temperatures(walked: KnownWalk, exploration: Exploration, low: float, high: float) -> SameTree:
    settings = walked.tree.start.settings
    decisions = walked.tempered_decisions
    if decisions is None:
        return SameTree(settings.temperature, settings.temperature, None, None, is_exact=False)
    kept = kept_temperatures(
        draws_of(exploration.knowledge, walked.tree), list(decisions), settings.theta,
        walked.theta_interval.forks_at_equality, settings.temperature, low, high,
    )  # fmt: skip
    return SameTree(kept.low, kept.high, kept.below, kept.above)


def _sequences(walked: KnownWalk, walk: Walked, low: int, high: int) -> SameTree:
    interval = walked.sequences_interval
    if interval is not None:
        above = None if interval.high == math.inf else int(interval.high) + 1
        return SameTree(interval.low, interval.high, interval.low - 1, above)
    settings = walked.tree.start.settings

    def end(step: int, last: int) -> tuple[int, int | None]:
        same = settings.max_sequences
        while same != last:
            other = walk(replace(settings, max_sequences=same + step))
            if is_apart(walked, other):
                return same, same + step
            same += step
        return same, None

    (lowest, below), (highest, above) = end(-1, low), end(1, high)
    return SameTree(lowest, highest, below, above)


def is_apart(one: KnownWalk, other: KnownWalk) -> bool:
    """Return whether two walks over the same knowledge take other tokens or forks, as far as they are known."""
    return first_divergence(one.tree, other.tree) is not None
