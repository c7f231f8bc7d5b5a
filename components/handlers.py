"""What the page's buttons, sliders and clicks do. One `Handlers` serves all visitors, each with a session."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from components.engine_room import DEFAULT, EngineRoom
from components.inspection import find_path, inspect, token_ids
from components.notices import engine_html, loading_html, problem_html
from components.pacing import batches
from components.session import Session, Visitors
from eager_core.errors import EagerError, PromptError, SettingsError
from eager_core.settings import Settings, check_seed
from eager_core.traces import trace_of, trace_to_json

UPDATE_PERIOD_S = 0.08
"""A growing tree is sent this often: 12 times a second."""

_SKIP = gr.skip()


class Handlers:
    """The page's handlers, as Gradio calls them: generators yield one value for each output."""

    def __init__(self, room: EngineRoom) -> None:
        self.room = room
        self.visitors = Visitors()

    async def open_page(self, model: str) -> AsyncIterator[str]:
        """Say which model answers: at once that it is being loaded, later what it is. Output: the engine line."""
        future = self.room.request(model or DEFAULT)
        if not future.done():
            yield loading_html(model or DEFAULT)
        try:
            yield engine_html(await asyncio.wrap_future(future))
        except EagerError as error:
            yield problem_html(str(error))

    async def run(
        self, prompt: str, request: gr.Request, theta: float, max_sequences: int, temperature: float, top_p: float,
        max_new_tokens: int, seed: int, model: str,
    ) -> AsyncIterator[tuple[Any, Any, Any]]:  # fmt: skip
        """Grow a tree. Outputs: the tree's delta, the problem line, the inspector."""
        session = self.visitors.session(request.session_hash)
        number = None
        try:
            if not prompt.strip():
                raise PromptError("The prompt is empty; type one, or choose an example.")
            settings = settings_of(theta, max_sequences, temperature, top_p, max_new_tokens)
            check_seed(seed)
            engine = self.room.request(model or DEFAULT)
            number = session.begin()
            yield _SKIP, "", _SKIP
            async for batch in batches(session.walk(number, engine, prompt, seed, settings), UPDATE_PERIOD_S):
                if not session.is_newest(number):
                    return
                session.growth.take(batch)
                yield session.growth.delta(session.tree.ledger()), _SKIP, _SKIP
            yield _SKIP, _SKIP, again(session)
        except EagerError as error:
            yield ended(session, number), problem_html(str(error)), _SKIP

    async def rerun(self, prompt: str, request: gr.Request, *controls: Any) -> AsyncIterator[tuple[Any, Any, Any]]:
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
        if click.run != session.growth.run or click.id not in session.tree.graph:
            return _SKIP
        session.inspected = token_ids(session.tree, click.id)
        return told(session, click.id)

    def catch_up(self, gap: gr.EventData, request: gr.Request) -> str:
        """Tell again what the page has missed. Output: the tree's delta."""
        session = self.visitors.session(request.session_hash)
        return session.growth.catch_up(session.tree.ledger(), int(gap.known))

    def trace(self, request: gr.Request) -> tuple[Any, Any]:
        """Give the tree on the page as a file. Outputs: the download, the problem line."""
        try:
            text = trace_to_json(trace_of(self.visitors.session(request.session_hash).tree))
        except EagerError as error:
            return _SKIP, problem_html(str(error))
        return json.dumps({"name": "eager-trace.json", "text": text}, ensure_ascii=False), ""

    def leave(self, request: gr.Request) -> None:
        """The page was closed: end its run, free its memory."""
        self.visitors.leave(request.session_hash)


def settings_of(
    theta: float, max_sequences: int, temperature: float, top_p: float, max_new_tokens: int
) -> Settings:
    """Return the settings that the controls stand for; a whole number counts as a float where one is meant.

    Raises:
        SettingsError: a control is empty, or its value lies outside its range.
    """
    numbers = {"theta": theta, "temperature": temperature, "top_p": top_p}
    floats = {name: float(number) for name, number in numbers.items() if number is not None}
    if len(floats) < len(numbers):
        name = next(name for name, number in numbers.items() if number is None)
        raise SettingsError(f"{name} is empty; type a number.")
    return Settings(max_sequences=max_sequences, max_new_tokens=max_new_tokens, **floats)


def told(session: Session, node_id: int) -> str:
    """Return what the inspector is to show of a node of the session's tree."""
    node = inspect(session.tree, node_id, session.exploration)
    return json.dumps({"run": session.growth.run, **node}, ensure_ascii=False)


def ended(session: Session, number: int | None) -> Any:
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
        return json.dumps({"run": session.growth.run, "gone": True})
    return told(session, node_id)
