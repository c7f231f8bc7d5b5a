"""Runs of one visitor, of which only the newest goes on: what sessions and experiments have in common."""

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
        self._turn = threading.Lock()
        self._lock = threading.RLock()
        """Held for moments only, while what belongs together is changed."""

    def begin(self) -> int:
        """End the run under way, and return the number of the next one."""
        with self._lock:
            self._newest = next(_NUMBERS)
            return self._newest

    def is_newest(self, run: int) -> bool:
        """Whether no newer run has begun: if so, the page belongs to run number `run`."""
        return run == self._newest

    def stop(self) -> None:
        """End the run under way; what is done stays."""
        with self._lock:
            self._stopped = self._newest

    def is_over(self, run: int) -> bool:
        """Whether run number `run` is to end: it was stopped, or a newer one has begun."""
        return run <= self._stopped or not self.is_newest(run)
