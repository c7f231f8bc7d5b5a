"""What looks ahead for a visitor, on its way to the page."""

import threading
from collections.abc import AsyncIterator

from components.visitors.pacing import batches
from components.visitors.session import Session
from components.what_if.news import message

UPDATE_PERIOD_S = 0.2

EXPLORING = threading.BoundedSemaphore(12)
"""How many may explore at once. Each is an event under way for as long as it takes, and Gradio's queue takes no
more than 40 at once: however many look ahead, runs find a place there."""


async def told_ahead(session: Session, run: int, explores: bool) -> AsyncIterator[str]:
    """Yield what is told of the neighbourhood of run number `run`, numbered from 1, while it is on the page.

    Args:
        explores: whether to ask the model for what is not known. Where too many do so already, it is told at last that
            the page may ask later.
    """
    has_place = explores and EXPLORING.acquire(blocking=False)
    try:
        ahead = session.look_ahead(run, has_place)
        if ahead is None:
            return
        number = 0
        async for news in batches(ahead.news(), UPDATE_PERIOD_S):
            if session.shown.run != run:
                return
            number += 1
            yield message(run, number, news, later=explores and not has_place)
    finally:
        if has_place:
            EXPLORING.release()
