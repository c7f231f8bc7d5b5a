"""Runs of one visitor, of which only the newest goes on: what sessions and experiments have in common."""

import threading
from itertools import count


class Turns:
    """Numbers runs, and tells each when it is over.

    `begin` makes every earlier run stop at its next step. A run walks with `_turn` held, so that it waits until the one
    before has ended.
    """

    def __init__(self) -> None:
        self._numbers = count(1)
        self._newest = 0
        self._stopped = False
        self._turn = threading.Lock()

    def begin(self) -> int:
        """End the run under way, and return the number of the next one."""
        self._stopped = False
        self._newest = next(self._numbers)
        return self._newest

    def is_newest(self, run: int) -> bool:
        """Whether no newer run has begun: if so, the page belongs to run number `run`."""
        return run == self._newest

    def stop(self) -> None:
        """End the run under way; what is done stays."""
        self._stopped = True

    def is_over(self, run: int) -> bool:
        """Whether run number `run` is to end: it was stopped, or a newer one has begun."""
        return self._stopped or not self.is_newest(run)
