"""A run of a visitor on its way to the page: updates at a steady pace, and none of the work on the event loop."""

import logging
from collections.abc import AsyncIterator
from concurrent.futures import Future
from typing import Any

import gradio as gr

from components.frame.notices import problem_html
from components.visitors.answers import told_again
from components.visitors.asking import Asked
from components.visitors.pacing import batches, in_thread, in_waiting_thread
from components.visitors.session import Inspected, Session
from eager_core.engine import Engine
from eager_core.errors import EagerError
from eager_core.failures import sentence_of

UPDATE_PERIOD_S = 0.08
"""A growing tree is sent this often: 12 times a second."""

_SKIP = gr.skip()

Update = tuple[Any, Any, Any]
"""The tree's delta, the problem line, the inspector."""


async def grow(session: Session, asked: Asked, engine: "Future[Engine]") -> AsyncIterator[Update]:
    """Yield what a run of `session` brings to the page, from its first delta to the inspector's last word.

    A run that is superseded goes on telling its end until the newer one begins to walk: if that never does (its prompt
    is refused, say), the page still knows that nothing grows any more.
    """
    number = session.begin(asked)
    sought: Inspected | None = session.inspected
    yield _SKIP, "", _SKIP
    try:
        async for _ in batches(session.walk(number, asked, engine), UPDATE_PERIOD_S):
            growth = session.growth
            if growth.run != number:
                return
            yield await in_thread(growth.delta), _SKIP, _SKIP
            if sought is not None and sought.path is not None and session.inspected is sought:
                found = await in_waiting_thread(told_again, session, True)
                if found is not None:
                    sought = None
                    yield _SKIP, _SKIP, found
    except Exception as error:
        if session.is_newest(number):
            session.stop()  # where this failed and not the run, nobody would listen to it
            yield _SKIP, problem_of(error), _SKIP
    growth = session.growth
    if growth.run == number:
        yield await in_thread(growth.delta) if growth.has_news else _SKIP, _SKIP, _SKIP
        yield _SKIP, _SKIP, await in_waiting_thread(told_again, session) or _SKIP


def problem_of(error: Exception) -> str:
    """Return the problem line of whatever ended a run."""
    return problem_html(sentence_for(error))


def sentence_for(error: Exception) -> str:
    """Return the sentence that says what ended a run; what nobody foresaw goes to the log too, as it was raised."""
    if isinstance(error, EagerError):
        return str(error)
    logging.getLogger(__name__).error("A run ended in an error of this program.", exc_info=error)
    return sentence_of(error, "This program failed")
