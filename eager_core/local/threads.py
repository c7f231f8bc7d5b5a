"""The one thread in which an engine calls torch, and how many processors torch's parallel loops may use there.

One thread, because OpenMP keeps a team of workers for each thread that ever ran a parallel loop. Two teams are more
workers than processors; they then sleep between loops instead of waiting awake, and a step takes half as long again.

How many processors is watched, because the workers of a loop wait for the slowest: when another program (a browser that
draws the tree) takes one of them for itself, a loop over all is slower than a loop over one fewer.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import torch

from eager_core.errors import ModelError

_ENOUGH_SHARE = 0.7
"""A pass that got less than this share of the processors it asked for was kept waiting by another program."""

_SHORTEST_PASS_S = 0.005
"""Shorter passes say nothing: most of their time is not in parallel loops."""

_ALL_PROCESSORS = torch.get_num_threads()
"""As many as torch takes by itself; read before any engine has changed it."""

_FIRST_PATIENCE, _LAST_PATIENCE = 16, 512
"""Undisturbed passes before one more processor is tried again; doubled each time that the try fails."""

Result = TypeVar("Result")


class ProcessorShare:
    """Decides how many processors the next pass uses, from what the last ones got."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.num_threads = most
        self._patience = _FIRST_PATIENCE
        self._num_calm = 0

    def note(self, wall_s: float, cpu_s: float) -> None:
        """Learn from a pass that took `wall_s` seconds and `cpu_s` seconds of all processors together."""
        if wall_s < _SHORTEST_PASS_S:
            return
        self._num_calm += 1
        if self.num_threads > 1 and cpu_s < _ENOUGH_SHARE * wall_s * self.num_threads:
            failed_at_once = self._num_calm < _FIRST_PATIENCE
            self._patience = min(2 * self._patience, _LAST_PATIENCE) if failed_at_once else _FIRST_PATIENCE
            self.num_threads -= 1
            self._num_calm = 0
        elif self.num_threads < self.most and self._num_calm >= self._patience:
            self.num_threads += 1
            self._num_calm = 0


class TorchThread:
    """Runs work one piece after another, in a thread of its own that ends with this object."""

    def __init__(self, device: torch.device) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="torch")
        self._share = ProcessorShare(_ALL_PROCESSORS) if device.type == "cpu" else None

    def run(self, work: Callable[..., Result], *args: Any) -> Result:
        """Return `work(*args)`, or raise what it raised; ModelError once this is closed."""
        try:
            future = self._executor.submit(work, *args)
        except RuntimeError:  # it takes nothing any more
            raise ModelError("The model was closed; load it again.") from None
        return future.result()

    def close(self) -> None:
        """Take no more work, and end the thread once what it has is done."""
        self._executor.shutdown(wait=False)

    def run_pass(self, work: Callable[..., Result], *args: Any) -> Result:
        """As `run`, for forward passes: on as many processors as they get without waiting for another program."""
        return self.run(self._watched, work, *args)

    def _watched(self, work: Callable[..., Result], *args: Any) -> Result:
        share = self._share
        if share is None:
            return work(*args)
        if torch.get_num_threads() != share.num_threads:
            torch.set_num_threads(share.num_threads)
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            return work(*args)
        finally:
            share.note(time.perf_counter() - wall, time.process_time() - cpu)


def run_in_passing_thread(work: Callable[..., Result], *args: Any) -> Result:
    """Return `work(*args)`, run in a thread that ends with it, and so leaves no team of workers behind."""
    box: Future[Result] = Future()

    def fill() -> None:
        try:
            box.set_result(work(*args))
        except BaseException as error:
            box.set_exception(error)

    # A daemon, so that Ctrl-C at a terminal need not wait for the end of a long load.
    thread = threading.Thread(target=fill, name="torch-once", daemon=True)
    thread.start()
    thread.join()
    return box.result()
