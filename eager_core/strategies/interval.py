"""Between which thetas a run stays the same."""

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
