"""From a blocking iterator to batches at a steady pace, without holding up the event loop."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")

_END = object()


async def batches(items: Iterator[T], period_s: float) -> AsyncIterator[list[T]]:
    """Yield what `items` has given since the last time, at most once in `period_s` seconds, never empty.

    `items` runs in a thread of its own to its end, whether or not anyone still listens: whoever wants it to end early
    must tell it so by other means. What it raises is raised here, after what came before.
    """
    inbox: SimpleQueue = SimpleQueue()

    def pump() -> None:
        try:
            for item in items:
                inbox.put(item)
            inbox.put(_END)
        except BaseException as error:  # handed over, not swallowed
            inbox.put(error)

    threading.Thread(target=pump, name="run", daemon=True).start()
    while True:
        await asyncio.sleep(period_s)
        batch, end = _drain(inbox)
        if batch:
            yield batch
        if end is _END:
            return
        if end is not None:
            raise end


def _drain(inbox: SimpleQueue) -> tuple[list, object | None]:
    """Return what lies in the inbox, and how it ended: None (not yet), _END, or an exception."""
    batch: list = []
    while True:
        try:
            item = inbox.get_nowait()
        except Empty:
            return batch, None
        if item is _END or isinstance(item, BaseException):
            return batch, item
        batch.append(item)
