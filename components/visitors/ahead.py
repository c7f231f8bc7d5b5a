"""What looks ahead for a visitor, on its way to the page."""

from collections.abc import AsyncIterator

from components.visitors.pacing import batches
from components.visitors.session import Session
from components.what_if.news import message

UPDATE_PERIOD_S = 0.2


async def told_ahead(session: Session, run: int, explores: bool) -> AsyncIterator[str]:
    """Yield what is told of the neighbourhood of run number `run`, numbered from 1, while it is on the page.

    Args:
        explores: whether to ask the model for what is not known.
    """
    ahead = session.look_ahead(run, explores)
    if ahead is None:
        return
    number = 0
    async for news in batches(ahead.news(), UPDATE_PERIOD_S):
        if session.shown.run != run:
            return
        number += 1
        yield message(run, number, news)
