"""Runs of one visitor, of which only the newest goes on: what sessions and experiments have in common.

What a page asks for together may come in any order, so the page numbers it: each asking, 1 for the first, and Stop,
which carries the number of the newest asking before it.
"""

import threading
import time
from itertools import count

_NUMBERS = count(time.time_ns() // 10**6)
"""Of all runs, in milliseconds of the clock at first: an open page takes the highest number that it has heard of for
the newest, also after this process, or only the page's session, has begun anew."""


class NewestWins:
    """Numbers runs, and tells each when it is over. Safe to use from any thread.

    `begin` makes every earlier run stop at its next step. A run walks with `_turn` held, so that it waits until the one
    before has ended.
    """

    def __init__(self) -> None:
        self._newest = 0
        self._stopped = 0
        """The newest run that was stopped."""
        self._order = 0
        """The highest number of an asking that has come."""
        self._begun_order = 0
        """What that was when the newest run began."""
        self._stopped_order = 0
        """Askings up to this number were stopped, those too that have not come yet."""
        self._turn = threading.Lock()
        self._lock = threading.RLock()
        """Held for moments only, while what belongs together is changed."""

    def begin(self) -> int:
        """End the run under way, and return the number of the next one."""
        with self._lock:
            self._newest, self._begun_order = next(_NUMBERS), self._order
            return self._newest

    def is_newest(self, run: int) -> bool:
        """Whether no newer run has begun: if so, the page belongs to run number `run`."""
        return run == self._newest

    def admit(self, order: int | None = None, even_if_late: bool = False) -> bool:
        """Return whether what is asked for now is to be done: not, if the page asked for it before what came already,
        or before a Stop.

        Args:
            order: the number that the page gave its asking; None or 0 where it gave none.
            even_if_late: for what adds to what was asked for, and does not replace it; only a Stop undoes that.
        """
        order = order or 0
        with self._lock:
            is_late = 0 < order < self._order and not even_if_late
            is_stopped = 0 < order <= self._stopped_order
            self._order = max(self._order, order)
            return not (is_late or is_stopped)

    def stop(self, order: int | None = None) -> None:
        """End the run under way, and what was asked for before this but comes after it; what is done stays.

        Args:
            order: the number of the newest asking when Stop was pressed. A run that was asked for later is not the one
                that was meant, and goes on. None: whatever is under way is meant.
        """
        with self._lock:
            if order is None or order >= self._begun_order:
                self._stopped = self._newest
            self._stopped_order = max(self._stopped_order, order or 0)

    def is_over(self, run: int) -> bool:
        """Whether run number `run` is to end: it was stopped, or a newer one has begun."""
        return run <= self._stopped or not self.is_newest(run)
