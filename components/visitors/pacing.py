"""From a blocking iterator to batches at a steady pace, without holding up the event loop."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class _End:
    """The end of what was iterated, where nothing was raised."""


_END = _End()

_MAKING = ThreadPoolExecutor(4, thread_name_prefix="making")
"""Makes messages, which takes moments: more threads would only get into each other's way."""

_WAITING = ThreadPoolExecutor(64, thread_name_prefix="waiting")
"""Waits for models. Apart from the other, so that no message of anyone waits behind a slow model."""

FIRST_AFTER_S = 0.015
"""The first batch does not wait a whole period: what is known already, thousands of nodes, is there at once, and a
slider that is being dragged asks for something else before long."""

APART_S = 0.04
"""Between any two: of what comes within one frame of the page, Gradio shows only the latest."""


async def in_thread(work: Callable[..., T], *args: Any) -> T:
    """Return `work(*args)`, which takes moments but computes, without holding up the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_MAKING, work, *args)


async def in_waiting_thread(work: Callable[..., T], *args: Any) -> T:
    """Return `work(*args)`, which may wait for a model, without holding up anyone else."""
    return await asyncio.get_running_loop().run_in_executor(_WAITING, work, *args)


async def batches(items: Iterator[T], period_s: float) -> AsyncIterator[list[T]]:
    """Yield what `items` has given since the last time, at most once in `period_s` seconds, never empty.

    The first comes sooner, as soon as there is any, and so does the last, as soon as `items` has ended.

    `items` runs in a thread of its own to its end, whether or not anyone still listens: whoever wants it to end early
    must tell it so by other means. What it raises is raised here, after what came before.
    """
    inbox: SimpleQueue[Any] = SimpleQueue()
    loop, has_ended = asyncio.get_running_loop(), asyncio.Event()

    def pump() -> None:
        try:
            for item in items:
                inbox.put(item)
            inbox.put(_END)
        except BaseException as error:  # handed over, not swallowed
            inbox.put(error)
        with suppress(RuntimeError):  # nobody listens any more: the loop is closed
            loop.call_soon_threadsafe(has_ended.set)

    threading.Thread(target=pump, name="run", daemon=True).start()
    apart_s, wait_s = 0.0, min(FIRST_AFTER_S, period_s)
    while True:
        await asyncio.sleep(apart_s)
        with suppress(TimeoutError):
            await asyncio.wait_for(has_ended.wait(), wait_s - apart_s)
        batch, end = _drain(inbox)
        if batch:
            yield batch
            apart_s, wait_s = min(APART_S, period_s), period_s
        if isinstance(end, _End):
            return
        if end is not None:
            raise end


def _drain(inbox: "SimpleQueue[Any]") -> tuple[list[Any], _End | BaseException | None]:
    """Return what lies in the inbox, and how it ended: None (not yet), _END, or an exception."""
    batch: list[Any] = []
    while True:
        try:
            item = inbox.get_nowait()
        except Empty:
            return batch, None
        if isinstance(item, (_End, BaseException)):
            return batch, item
        batch.append(item)
