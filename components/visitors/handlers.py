"""What Run, Stop, the sliders and clicks in the tree do. One `RunHandlers` serves all visitors, each with a session."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import astuple, replace
from typing import Any

import gradio as gr

from components.frame.controls import Controls, controls_from
from components.frame.notices import engine_html, loading_html, problem_html, waiting_html
from components.inspector.inspection import token_ids
from components.tree.growth import Known
from components.visitors.ahead import told_ahead
from components.visitors.answers import told_ghost, told_node
from components.visitors.asking import Asked, asked_of
from components.visitors.engines import DEFAULT, Engines
from components.visitors.identity import visitor_of
from components.visitors.session import Session, Shown, Visitors
from components.visitors.streaming import Update, grow, problem_of
from eager_core.anticipation import is_asked_for
from eager_core.by_hand import HandBranch
from eager_core.errors import EagerError, PromptError

_SKIP = gr.skip()
_NUM_CONTROLS = len(Controls.__dataclass_fields__)


class RunHandlers:
    """The handlers of runs, as Gradio calls them: generators yield one value for each output."""

    def __init__(self, engines: Engines) -> None:
        self.engines = engines
        self.visitors = Visitors()

    def greet(self, request: gr.Request) -> tuple[Any, ...]:
        """Fill the page as its link says. Outputs: the engine line, the prompt, all controls."""
        query = dict(request.query_params)
        asked = controls_from(query)
        engine = self.engines.loaded(asked.model, asked.precision)
        line = engine_html(engine) if engine else waiting_html(asked.model)
        # Without a query the page is as it was built: a reader may have typed before this answer came.
        if not query.keys() & ({"prompt"} | Controls.__dataclass_fields__.keys()):
            return line, *[_SKIP] * (1 + len(astuple(asked)))
        return line, query.get("prompt", _SKIP), *astuple(asked)

    async def load(self, model: str, precision: str) -> AsyncIterator[str]:
        """Load the model and say which one answers: at once that it is being loaded, later what it is. Output: the
        engine line."""
        future = self.engines.request(model or DEFAULT, precision)
        if not future.done():
            yield loading_html(model or DEFAULT)
        try:
            yield engine_html(await asyncio.wrap_future(future))
        except Exception as error:
            yield problem_of(error)

    async def run(self, prompt: str, request: gr.Request, *values: Any) -> AsyncIterator[Update]:
        """Grow a tree. Inputs: the prompt, all controls and, from a page, the number of the asking (see
        `NewestWins.admit`). Outputs: the tree's delta, the problem line, the inspector."""
        controls, orders = values[:_NUM_CONTROLS], values[_NUM_CONTROLS:]
        if not self.visitors.session(visitor_of(request)).admit(*orders):
            return
        try:
            if not prompt.strip():
                raise PromptError("The prompt is empty; type one, or choose an example.")
            asked = asked_of(prompt, Controls(*controls))
        except EagerError as error:
            yield _SKIP, problem_html(str(error)), _SKIP
            return
        session = self.visitors.session(visitor_of(request))
        if asked.is_of_tree_of(session.newest):
            asked = replace(asked, by_hand=session.by_hand)
        async for update in self._grow(session, asked):
            yield update

    async def rerun(self, prompt: str, request: gr.Request, *values: Any) -> AsyncIterator[Update]:
        """Grow the tree anew after a control was moved; without a prompt there is nothing to do yet."""
        if prompt.strip():
            async for update in self.run(prompt, request, *values):
                yield update

    def _grow(self, session: Session, asked: Asked) -> AsyncIterator[Update]:
        return grow(session, asked, self.engines.request(asked.model, asked.precision))

    async def stop(self, request: gr.Request, order: int | None = None) -> None:
        """End the run under way; the tree stays. Input: the number of the newest asking when it was pressed. Async, so
        that it waits for no thread that waits for a model."""
        self.visitors.session(visitor_of(request)).stop(order)

    def inspect(self, click: gr.EventData, request: gr.Request) -> Any:
        """Tell everything of a node, {id, run, request}. Output: the inspector."""
        session = self.visitors.session(visitor_of(request))
        shown, number = session.shown, request_number(click)
        if not is_present(shown, click.run, click.id):
            return _SKIP
        tree = shown.growth.snapshot()
        session.look_at(number, token_ids(tree, click.id))
        with session.asking():
            return told_node(shown, tree, click.id, number)

    def inspect_ghost(self, click: gr.EventData, request: gr.Request) -> Any:
        """Tell what is known of a token that this run does not come by, {place, drawing, request}. Output: the
        inspector."""
        session = self.visitors.session(visitor_of(request))
        shown = session.shown
        if click.drawing != shown.growth.drawing.number:
            return _SKIP
        with session.asking():
            return told_ghost(shown, click.place, request_number(click)) or _SKIP

    async def take(self, pick: gr.EventData, request: gr.Request) -> AsyncIterator[Update]:
        """Add a branch by hand, {parent, token_id, run, request, order}, and grow the tree with it. Outputs as
        `run`."""
        session = self.visitors.session(visitor_of(request))
        shown = session.shown
        if not admitted(session, pick) or shown.asked is None or not is_present(shown, pick.run, pick.parent):
            return
        told = token_ids(shown.growth.tree, pick.parent)
        path = tuple(token_id for token_id in told if token_id is not None)
        if len(path) < len(told):
            return  # an imported run whose tokens are not known: there is nothing to grow
        branch = HandBranch(path, int(pick.token_id))
        # Of the newest run, as another setting may have been asked for since; its tree is the same one, or it is not.
        newest = session.newest
        asked = newest if newest is not None and shown.asked.is_of_tree_of(newest) else shown.asked
        if branch not in asked.by_hand:
            asked = replace(asked, by_hand=(*asked.by_hand, branch))
        session.look_at(request_number(pick), (*path, branch.token_id))
        async for update in self._grow(session, asked):
            yield update

    async def undo(self, press: gr.EventData, request: gr.Request) -> AsyncIterator[Update]:
        """Take the last branch by hand back, {request, order}. Outputs as `run`."""
        session = self.visitors.session(visitor_of(request))
        newest = session.newest
        if admitted(session, press) and newest is not None and newest.by_hand:
            *kept, last = newest.by_hand
            session.look_at(request_number(press), last.path)
            async for update in self._grow(session, replace(newest, by_hand=tuple(kept))):
                yield update

    async def undo_all(self, press: gr.EventData, request: gr.Request) -> AsyncIterator[Update]:
        """Take all branches by hand back, {request, order}. Outputs as `run`."""
        session = self.visitors.session(visitor_of(request))
        newest = session.newest
        if admitted(session, press) and newest is not None and newest.by_hand:
            session.look_at(request_number(press), newest.by_hand[0].path)
            async for update in self._grow(session, replace(newest, by_hand=())):
                yield update

    async def look_ahead(self, ask: gr.EventData, request: gr.Request) -> AsyncIterator[str]:
        """Tell what the sliders would give elsewhere, {run, look_ahead}, and explore it. Output: the curves."""
        session = self.visitors.session(visitor_of(request))
        async for told in told_ahead(session, number_in(ask, "run"), ask.look_ahead is True and is_asked_for()):
            yield told

    def catch_up(self, gap: gr.EventData, request: gr.Request) -> str:
        """Tell again what the page has missed, {run, known, places, drawing, request}. Output: the tree's delta."""
        known = Known(*(int(value) for value in (gap.run, gap.known, gap.places, gap.drawing, gap.request)))
        return self.visitors.session(visitor_of(request)).growth.catch_up(known)

    def leave(self, request: gr.Request) -> None:
        """The page was closed: end its run, free its memory."""
        self.visitors.leave(visitor_of(request))


def is_present(shown: Shown, run: int, node_id: int) -> bool:
    """Whether the page speaks of a node that the tree on it has: it may be a run behind."""
    return run == shown.run and isinstance(node_id, int) and 0 <= node_id < shown.growth.tree.num_nodes


def admitted(session: Session, event: gr.EventData) -> bool:
    """Whether a change by hand is to be made: not, if Stop was pressed after it and came before it."""
    return session.admit(number_in(event, "order"), even_if_late=True)


def request_number(event: gr.EventData) -> int:
    """Return the number that the page gave its request, by which it tells a late answer; 0 where it gave none."""
    return number_in(event, "request")


def number_in(event: gr.EventData, name: str) -> int:
    """Return a number that the page put into an event; 0 where it gave none."""
    number = getattr(event, name, 0)
    return number if isinstance(number, int) else 0
