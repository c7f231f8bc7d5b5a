"""Many visitors, one model: whoever waits when a pass begins rides in it.

Runs are threads of their own. Each asks for the predictions of one step, blocks, gets them, thinks, and asks again. The
first to find nobody driving drives: it takes all requests that wait, runs them as one, and hands the results out.

Left to themselves, two visitors would take turns and never share: while one's pass runs, the other waits for the next.
So a driver waits a moment for those who rode in the last pass and usually come back at once. Who is slow to come back
(a page that reads slowly) is not waited for, and who does not come back (a stopped run) only once.

Some only look ahead, in case somebody asks later. They ride in spare places: one of them in each pass, of what fits
beside the others; and by itself only after a while in which nobody else asked. Nobody ever waits for them, but for the
pass under way.
"""

import math
import threading
import time
import weakref
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

SHARE_OF_PASS = 0.3
"""The longest wait for others, as a share of the last pass's time: more cannot be won back by sharing."""

LONGEST_WAIT_S = 0.05
"""The longest wait for others, in seconds, however long a pass takes."""

QUIET_S = 0.25
"""How long nobody must have asked before those who only look ahead get passes of their own: longer than a run that is
shown on a page pauses between two of its steps."""

Rider = TypeVar("Rider", bound=Hashable)
Work = TypeVar("Work")
Result = TypeVar("Result")


@dataclass(eq=False)
class _Request(Generic[Rider, Work, Result]):
    rider: Rider
    work: Work
    is_done: bool = field(default=False, kw_only=True)
    result: Result = field(init=False)
    """There once it is done, unless there is an error."""
    error: BaseException | None = field(default=None, kw_only=True)


@dataclass(eq=False)
class _SpareRequest(_Request[Rider, Work | None, Result], Generic[Rider, Work, Result]):
    """What rides in a spare place; its work is chosen when there is one."""

    offer: Callable[[bool], Work | None]
    changed: threading.Condition
    """Its own, so that a pass wakes nobody who only looks ahead and was not served."""


class SharedPasses(Generic[Rider, Work, Result]):
    """Collects the requests of many threads into passes. All methods may be called from any thread."""

    def __init__(
        self,
        serve: Callable[[Sequence[tuple[Rider, Work]]], Sequence[Result]],
        share_of_pass: float = SHARE_OF_PASS,
        longest_wait_s: float = LONGEST_WAIT_S,
        quiet_s: float = QUIET_S,
    ) -> None:
        """
        Args:
            serve: runs one pass for several (rider, work) and returns their results in order; never called by two
                threads at once. Where it fails for several riders together, it is called for each alone, so that
                one's failure is not the others'.
        """
        self._serve = serve
        self._share_of_pass = share_of_pass
        self._longest_wait_s = longest_wait_s
        self._quiet_s = quiet_s
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._waiting: list[_Request[Rider, Work, Result]] = []
        self._spare: list[_SpareRequest[Rider, Work, Result]] = []
        """Those that look ahead and wait, in the order in which they get their places."""
        self._asked_at = -math.inf
        """When a request that somebody waits for was last made or answered."""
        self._is_driven = False
        self._served_at: dict[Hashable, float] = {}
        """When each rider of the last pass got its result: those who may be back in a moment."""
        self._think_s: dict[Hashable, float] = {}
        """How long each rider last took to come back. Both go by `_name`, so that nobody is kept alive by them."""
        self._pass_s = 0.0

    def ride(self, rider: Rider, work: Work) -> Result:
        """Return the result of `work`, having shared a pass with all who waited then.

        Raises:
            whatever `serve` raised for this rider; KeyboardInterrupt, in the thread that it comes to, whose pass may go
            on meanwhile: those who ride along are served again by another one.
        """
        request: _Request[Rider, Work, Result] = _Request(rider, work)
        with self._changed:
            self._asked_at = time.perf_counter()
            name = _name(rider)
            if name in self._served_at:
                self._think_s[name] = time.perf_counter() - self._served_at.pop(name)
            self._waiting.append(request)
            self._changed.notify_all()
            try:
                while not request.is_done:
                    if self._is_driven:
                        self._changed.wait()
                    else:
                        self._drive(request)
            except BaseException:
                # Interrupted (Ctrl-C) while it waited: nobody is left to take the result.
                if request in self._waiting:
                    self._waiting.remove(request)
                raise
        if request.error is not None:
            raise request.error
        return request.result

    def ride_along(
        self, rider: Rider, offer: Callable[[bool], Work | None], patience_s: float
    ) -> tuple[Work, Result] | None:
        """Return the work that found a spare place, and its result; None if there was none within `patience_s`.

        Args:
            offer: called when a pass begins, in whichever thread drives it, and quick: returns what fits beside others
                (given False) or makes a whole pass (given True); None if nothing does.
        Raises:
            whatever `serve` raised for this rider.
        """
        request: _SpareRequest[Rider, Work, Result] = _SpareRequest(rider, None, offer, threading.Condition(self._lock))
        until = time.perf_counter() + patience_s
        with self._changed:
            self._spare.append(request)
            try:
                while not request.is_done:
                    now = time.perf_counter()
                    quiet_at = self._asked_at + self._quiet_s
                    if request not in self._spare:
                        request.changed.wait()  # it rides
                    elif now >= until:
                        return None
                    elif self._is_driven or self._waiting or self._spare[0] is not request:
                        request.changed.wait(min(until - now, self._quiet_s))
                    elif now < quiet_at:
                        request.changed.wait(min(until, quiet_at) - now)
                    else:
                        self._drive(request)
            finally:
                if request in self._spare:
                    self._spare.remove(request)
                self._wake_next_spare()
        if request.error is not None:
            raise request.error
        return None if request.work is None else (request.work, request.result)

    def leave(self, rider: Rider) -> None:
        """Forget a rider that will not come back."""
        with self._changed:
            for request in [request for request in self._spare if request.rider is rider]:
                self._spare.remove(request)
                # A pass that was interrupted may have put it back with its work chosen: no result will come of it.
                request.work, request.is_done = None, True
                request.changed.notify_all()
            self._served_at.pop(_name(rider), None)
            self._think_s.pop(_name(rider), None)
            self._changed.notify_all()

    def _drive(self, own: _Request) -> None:
        """Run one pass for all who wait. Called and returns with the lock held; lets it go during the pass.

        Args:
            own: the request of whoever drives: an interruption is its alone.
        """
        self._is_driven = True
        requests: list[_Request] = []
        try:
            if not isinstance(own, _SpareRequest):
                self._wait_for_company()
            asked, self._waiting = self._waiting, []
            requests.extend(asked)
            requests.extend(self._take_along(is_alone=not asked))
            self._changed.release()
            began = time.perf_counter()
            try:
                if requests:
                    self._run(requests)
            finally:
                self._changed.acquire()
            if asked:
                self._asked_at = now = time.perf_counter()
                self._pass_s = now - began
                self._served_at = {_name(request.rider): now for request in asked}
                self._think_s = {name: think_s for name, think_s in self._think_s.items() if not _is_gone(name)}
        finally:
            # Only where an interruption cut it short: the next one to drive takes the others.
            left = [request for request in requests if not request.is_done and request is not own]
            self._waiting[:0] = [request for request in left if not isinstance(request, _SpareRequest)]
            self._spare[:0] = [request for request in left if isinstance(request, _SpareRequest)]
            self._is_driven = False
            self._changed.notify_all()
            for request in requests:
                if isinstance(request, _SpareRequest):
                    request.changed.notify_all()

    def _wake_next_spare(self) -> None:
        if self._spare and not self._is_driven and not self._waiting:
            self._spare[0].changed.notify_all()

    def _take_along(self, is_alone: bool) -> list[_SpareRequest[Rider, Work, Result]]:
        """Return the first of those who look ahead that has something to offer; it waits no more. The ones before it
        keep their places; alone, who has nothing to offer is done."""
        for request in list(self._spare):
            request.work = request.offer(is_alone)
            if request.work is not None:
                self._spare.remove(request)
                return [request]
            if is_alone:
                self._spare.remove(request)
                request.is_done = True
                request.changed.notify_all()
        return []

    def _wait_for_company(self) -> None:
        longest = min(self._pass_s * self._share_of_pass, self._longest_wait_s)
        while True:
            now = time.perf_counter()
            waits = [
                served_at + longest - now
                for name, served_at in self._served_at.items()
                if self._think_s.get(name, 0.0) <= longest and not _is_gone(name)
            ]
            wait = max(waits, default=0.0)
            if wait <= 0:
                return
            self._changed.wait(wait)

    def _run(self, requests: Sequence[_Request]) -> None:
        try:
            results = self._serve([(request.rider, request.work) for request in requests])
            for request, result in zip(requests, results, strict=True):
                request.result, request.is_done = result, True
        except Exception as error:
            if len(requests) == 1:
                requests[0].error, requests[0].is_done = error, True
                return
            for request in requests:
                self._run([request])


def _name(rider: Rider) -> Hashable:
    """Return what stands for a rider without keeping it alive; values like numbers stand for themselves."""
    try:
        return weakref.ref(rider)
    except TypeError:
        return rider


def _is_gone(name: Hashable) -> bool:
    return isinstance(name, weakref.ref) and name() is None
