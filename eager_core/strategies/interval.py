"""Between which thetas, and between which M, a run stays the same."""

import math
from dataclasses import dataclass


@dataclass(slots=True)
class ThetaInterval:
    """The thetas, in the unit of the measure, at which a run takes the same tokens and forks; narrowed as it decides.

    A fork at uncertainty H falls away once theta passes H, and a token that was drawn at H forks once theta has come
    down to it. Between the highest such H below and the lowest above nothing changes, so that needs no other run. Where
    a fork was refused because M was reached, theta decided nothing.
    """

    low: float = -math.inf
    """The highest uncertainty at which a lower theta would have forked."""
    high: float = math.inf
    """The lowest uncertainty that forked."""
    forks_at_equality: bool = True
    """Whether an uncertainty of exactly theta forks (the paper) or not (the authors' code)."""

    def forked(self, uncertainty: float) -> None:
        """Take note of a fork."""
        self.high = min(self.high, uncertainty)

    def drew(self, uncertainty: float) -> None:
        """Take note of a token drawn where there was a place for a fork."""
        self.low = max(self.low, uncertainty)

    def __contains__(self, theta: float) -> bool:
        if self.forks_at_equality:
            return self.low < theta <= self.high
        return self.low <= theta < self.high


@dataclass(slots=True)
class SequencesInterval:
    """The values of M at which a run takes the same tokens and forks, from `low` to `high`; narrowed as it decides.

    A fork made beside n sequences needs an M above n; one that was refused beside n is made once M is above n.
    """

    low: int = 1
    high: float = math.inf

    def forked(self, num_sequences: int) -> None:
        """Take note of a fork beside so many sequences that count."""
        self.low = max(self.low, num_sequences + 1)

    def refused(self, num_sequences: int) -> None:
        """Take note of a fork that found no place beside so many sequences."""
        self.high = min(self.high, num_sequences)

    def __contains__(self, max_sequences: float) -> bool:
        return self.low <= max_sequences <= self.high
