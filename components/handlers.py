"""What the page's buttons, sliders and clicks do. One `Handlers` serves all visitors, each with a session."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import astuple
from typing import Any

import gradio as gr

from components.controls import Controls, controls_from, controls_of
from components.engine_room import DEFAULT, EngineRoom
from components.ghosts import inspect_ghost
from components.graphml import graphml
from components.inspection import find_path, inspect, token_ids
from components.notices import engine_html, loading_html, problem_html, waiting_html
from components.opening import opened
from components.pacing import batches
from components.session import Asked, Session, Visitors
from components.web_page import web_page
from eager_core.by_hand import HandBranch
from eager_core.errors import EagerError, PromptError, TraceError
from eager_core.traces import trace_of, trace_to_json

UPDATE_PERIOD_S = 0.08
"""A growing tree is sent this often: 12 times a second."""

_SKIP = gr.skip()

Update = tuple[Any, Any, Any]
"""The tree's delta, the problem line, the inspector."""


class Handlers:
    """The page's handlers, as Gradio calls them: generators yield one value for each output."""

    def __init__(self, room: EngineRoom) -> None:
        self.room = room
        self.visitors = Visitors()

    def greet(self, request: gr.Request) -> tuple[Any, ...]:
        """Fill the page as its link says. Outputs: the engine line, the prompt, all controls."""
        query = dict(request.query_params)
        asked = controls_from(query)
        engine = self.room.loaded(asked.model, asked.precision)
        line = engine_html(engine) if engine else waiting_html(asked.model)
        # Without a query the page is as it was built: a reader may have typed before this answer came.
        if not query.keys() & ({"prompt"} | Controls.__dataclass_fields__.keys()):
            return line, *[_SKIP] * (1 + len(astuple(asked)))
        return line, query.get("prompt", _SKIP), *astuple(asked)

    async def load(self, model: str, precision: str) -> AsyncIterator[str]:
        """Load the model and say which one answers: at once that it is being loaded, later what it is. Output: the
        engine line."""
        future = self.room.request(model or DEFAULT, precision)
        if not future.done():
            yield loading_html(model or DEFAULT)
        try:
            yield engine_html(await asyncio.wrap_future(future))
        except EagerError as error:
            yield problem_html(str(error))

    async def run(self, prompt: str, request: gr.Request, *controls: Any) -> AsyncIterator[Update]:
        """Grow a tree. Outputs: the tree's delta, the problem line, the inspector."""
        try:
            if not prompt.strip():
                raise PromptError("The prompt is empty; type one, or choose an example.")
            held = Controls(*controls)
            settings = held.settings()
            engine = self.room.request(held.model or DEFAULT, held.precision)
        except EagerError as error:
            yield _SKIP, problem_html(str(error)), _SKIP
            return
        session = self.visitors.session(request.session_hash)
        async for update in grow(session, Asked(engine, prompt, held.seed, settings, held.checked_date())):
            yield update

    async def rerun(self, prompt: str, request: gr.Request, *controls: Any) -> AsyncIterator[Update]:
        """Grow the tree anew after a control was moved; without a prompt there is nothing to do yet."""
        if prompt.strip():
            async for update in self.run(prompt, request, *controls):
                yield update

    def stop(self, request: gr.Request) -> None:
        """End the run under way; the tree stays."""
        self.visitors.session(request.session_hash).stop()

    def inspect(self, click: gr.EventData, request: gr.Request) -> Any:
        """Tell everything of a node. Output: the inspector."""
        session = self.visitors.session(request.session_hash)
        if not is_present(session, click.run, click.id):
            return _SKIP
        session.inspected = token_ids(session.tree, click.id)
        return told(session, click.id)

    def inspect_ghost(self, click: gr.EventData, request: gr.Request) -> Any:
        """Tell what is known of a token that this run does not come by. Output: the inspector."""
        session = self.visitors.session(request.session_hash)
        drawing = session.growth.drawing
        is_known = isinstance(click.place, int) and 0 < click.place < drawing.num_places
        if click.drawing != drawing.number or not is_known or session.tree.started is None:
            return _SKIP
        ghost = inspect_ghost(drawing, click.place, session.tree.started, session.explored)
        return json.dumps({"num_by_hand": len(session.by_hand), **ghost}, ensure_ascii=False)

    async def take(self, pick: gr.EventData, request: gr.Request) -> AsyncIterator[Update]:
        """Add a branch by hand, {parent, token_id, run}, and grow the tree with it. Outputs as `run`."""
        session = self.visitors.session(request.session_hash)
        if session.asked is None or not is_present(session, pick.run, pick.parent):
            return
        branch = HandBranch(token_ids(session.tree, pick.parent), int(pick.token_id))
        if branch not in session.by_hand:
            session.by_hand.append(branch)
        session.inspected = (*branch.path, branch.token_id)
        async for update in grow(session, session.asked):
            yield update

    async def undo(self, request: gr.Request) -> AsyncIterator[Update]:
        """Take the last branch by hand back. Outputs as `run`."""
        session = self.visitors.session(request.session_hash)
        if session.asked is not None and session.by_hand:
            session.inspected = session.by_hand.pop().path
            async for update in grow(session, session.asked):
                yield update

    async def undo_all(self, request: gr.Request) -> AsyncIterator[Update]:
        """Take all branches by hand back. Outputs as `run`."""
        session = self.visitors.session(request.session_hash)
        if session.asked is not None and session.by_hand:
            session.inspected, session.by_hand = session.by_hand[0].path, []
            async for update in grow(session, session.asked):
                yield update

    def catch_up(self, gap: gr.EventData, request: gr.Request) -> str:
        """Tell again what the page has missed. Output: the tree's delta."""
        session = self.visitors.session(request.session_hash)
        return session.growth.catch_up(
            session.tree.ledger(), int(gap.known), int(gap.places), int(gap.drawing)
        )

    def open_trace(self, path: str, request: gr.Request) -> tuple[Any, ...]:
        """Show a saved tree; no model is loaded. Outputs as `run`, then the prompt and all controls."""
        session = self.visitors.session(request.session_hash)
        try:
            tree, events = opened(path)
        except EagerError as error:
            return _SKIP, problem_html(str(error)), *[_SKIP] * (2 + len(astuple(Controls())))
        session.show(tree, events)
        controls = controls_of(tree.started)
        return session.growth.delta(tree.ledger()), "", told(session, 0), tree.started.prompt, *astuple(controls)

    def save_trace(self, request: gr.Request) -> tuple[Any, Any]:
        """Give the tree on the page as a trace. Outputs: the download, the problem line."""
        return self._save(request, "eager-trace.json", lambda session: trace_to_json(trace_of(session.tree)))

    def save_graphml(self, request: gr.Request) -> tuple[Any, Any]:
        """Give the tree on the page as GraphML. Outputs as `save_trace`."""
        return self._save(request, "eager-tree.graphml", lambda session: graphml(session.tree))

    def save_page(self, request: gr.Request) -> tuple[Any, Any]:
        """Give the tree on the page as a page of its own. Outputs as `save_trace`."""
        return self._save(request, "eager-tree.html", lambda session: web_page(session.tree))

    def _save(self, request: gr.Request, name: str, text_of: Any) -> tuple[Any, Any]:
        session = self.visitors.session(request.session_hash)
        try:
            if session.tree.started is None:
                raise TraceError("There is no run to save yet; run one first.")
            text = text_of(session)
        except EagerError as error:
            return _SKIP, problem_html(str(error))
        return json.dumps({"name": name, "text": text}, ensure_ascii=False), ""

    def leave(self, request: gr.Request) -> None:
        """The page was closed: end its run, free its memory."""
        self.visitors.leave(request.session_hash)


async def grow(session: Session, asked: Asked) -> AsyncIterator[Update]:
    """Yield what a run of `session` brings to the page, from its first delta to the inspector's last word."""
    number = session.begin()
    sought = session.inspected
    try:
        yield _SKIP, "", _SKIP
        async for batch in batches(session.walk(number, asked), UPDATE_PERIOD_S):
            if not session.is_newest(number):
                return
            session.growth.take(batch)
            found = None if sought is None else find_path(session.tree, sought)
            sought = sought if found is None else None
            yield session.growth.delta(session.tree.ledger()), _SKIP, _SKIP if found is None else told(session, found)
        yield _SKIP, _SKIP, again(session)
    except EagerError as error:
        yield ended(session, number), problem_html(str(error)), _SKIP


def is_present(session: Session, run: int, node_id: int) -> bool:
    """Whether the page speaks of a node that the session's tree has: it may be a run behind."""
    return run == session.growth.run and isinstance(node_id, int) and 0 <= node_id < session.tree.num_nodes


def told(session: Session, node_id: int) -> str:
    """Return what the inspector is to show of a node of the session's tree."""
    node = inspect(session.tree, node_id, session.explored)
    message = {"run": session.growth.run, "num_by_hand": len(session.by_hand), **node}
    return json.dumps(message, ensure_ascii=False)


def ended(session: Session, number: int) -> Any:
    """Return what tells the page that run `number` failed on its way; nothing, if it never began to walk."""
    if session.growth.run != number:
        return _SKIP
    session.growth.end()
    return session.growth.delta(session.tree.ledger())


def again(session: Session) -> Any:
    """Return what the inspector is to show after a run: the token that was inspected, if it still stands there."""
    if session.inspected is None or session.tree.started is None:
        return _SKIP
    node_id = find_path(session.tree, session.inspected)
    if node_id is None:
        return json.dumps({"run": session.growth.run, "num_by_hand": len(session.by_hand), "gone": True})
    return told(session, node_id)
