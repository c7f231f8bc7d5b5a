"""A quantile of numbers that come one after another, without sorting them anew each time."""

import heapq
import math


class RunningQuantile:
    """The linearly interpolated quantile of all numbers so far, as `numpy.percentile` gives it.

    `add` costs O(log n), `value` O(1). Two heaps hold the numbers below and above the place of the quantile.
    """

    def __init__(self, share: float) -> None:
        """
        Args:
            share: in [0, 1]; 0.8 is the 80th percentile.
        """
        self._share = share
        self._low: list[float] = []
        """The smaller numbers, negated: the greatest of them first."""
        self._high: list[float] = []

    def __len__(self) -> int:
        return len(self._low) + len(self._high)

    def add(self, number: float) -> None:
        """Take in one more number; NaN is not one."""
        if self._low and number < -self._low[0]:
            heapq.heappush(self._low, -number)
        else:
            heapq.heappush(self._high, number)
        # The quantile lies between the greatest of the low numbers and the smallest of the high ones.
        num_low = math.floor(self._place()) + 1
        while len(self._low) < num_low:
            heapq.heappush(self._low, -heapq.heappop(self._high))
        while len(self._low) > num_low:
            heapq.heappush(self._high, -heapq.heappop(self._low))

    @property
    def value(self) -> float:
        """The quantile; NaN before the first number."""
        if not self._low:
            return math.nan
        below = -self._low[0]
        above = self._high[0] if self._high else below
        share = self._place() - math.floor(self._place())
        # Computed from the nearer end, as numpy does, so that the two agree to the last bit.
        gap = above - below
        return below + gap * share if share < 0.5 else above - gap * (1 - share)

    def _place(self) -> float:
        return (len(self) - 1) * self._share
