"""The skill card's budget: more branches where a plain generation was unsure, scaled to a target cost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from eager_core.errors import SettingsError

UNSURE_NATS = 5.0
SURE_NATS = 2.0


@dataclass(frozen=True)
class CardAllocation:
    """All numbers of one allocation by the card's rule. Checked when made: the shares sum to the target."""

    max_sequences: int
    """The standard M, for which cost 1.0 stands."""
    target_cost: float
    num_target: int
    """target_cost * M * prompts, rounded, at least one a prompt."""
    mean_entropies: tuple[float, ...]
    """Of each prompt's plain generation, whole vocabulary, nats."""
    num_wanted: tuple[float, ...]
    """M, twice or half of it, before scaling."""
    num_sequences: tuple[int, ...]
    """M of each prompt's run."""

    def __post_init__(self) -> None:
        assert sum(self.num_sequences) == self.num_target
        assert all(number >= 1 for number in self.num_sequences)


def allocate_by_card(
    mean_entropies: Sequence[float], max_sequences: int, target_cost: float = 1.0
) -> CardAllocation:
    """Return each prompt's number of sequences.

    A mean entropy above 5 nats asks for 2M, below 2 for M / 2, else for M; the wishes are then scaled so that all
    together cost `target_cost` times M a prompt. Fractions go to the largest remainders, and every prompt gets one.

    Raises:
        SettingsError: an entropy is not a number of nats, or the target is not above 0.
    """
    if not target_cost > 0 or math.isinf(target_cost):
        raise SettingsError(f"target_cost is {target_cost!r}, but must be above 0; 1.0 is the standard cost.")
    for number, entropy in enumerate(mean_entropies):
        if not 0 <= entropy < math.inf:
            raise SettingsError(f"Prompt {number} has mean entropy {entropy!r}, but it must be 0 nats or more.")
    wanted = [max_sequences * (2.0 if h > UNSURE_NATS else 0.5 if h < SURE_NATS else 1.0) for h in mean_entropies]
    num_target = max(len(wanted), round(target_cost * max_sequences * len(wanted)))
    shares = _apportion(wanted, num_target)
    return CardAllocation(
        max_sequences, target_cost, num_target, tuple(mean_entropies), tuple(wanted), tuple(shares)
    )


def _apportion(wanted: Sequence[float], total: int) -> list[int]:
    """Return whole shares of at least 1 that sum to `total` >= len(wanted), in proportion to `wanted` beyond that 1."""
    if not wanted:
        return []
    spare = total - len(wanted)
    exact = [spare * weight / sum(wanted) for weight in wanted]
    shares = [1 + math.floor(value) for value in exact]
    by_remainder = sorted(range(len(wanted)), key=lambda number: (math.floor(exact[number]) - exact[number], number))
    for number in by_remainder[: total - sum(shares)]:
        shares[number] += 1
    return shares
