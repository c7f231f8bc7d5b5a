"""What pinning, swapping and the pinned tree's clicks do. One `ComparingHandlers` serves all visitors."""

from collections.abc import AsyncIterator
from dataclasses import astuple
from typing import Any

import gradio as gr

from components.comparing.linking import NAME, asked_in, controls_of_pinned
from components.comparing.pinning import drawing_for, events_of, pinned, started_of
from components.comparing.telling import told
from components.frame.controls import Controls, controls_from
from components.frame.notices import engine_html, note_html, problem_html
from components.inspector.inspection import token_ids
from components.visitors.answers import told_node, told_pinned
from components.visitors.asking import Asked, asked_of
from components.visitors.engines import Engines
from components.visitors.identity import visitor_of
from components.visitors.pacing import in_thread
from components.visitors.session import Session, Visitors
from components.visitors.streaming import grow
from eager_core.errors import EagerError, PromptError

_SKIP = gr.skip()
_NUM_CONTROLS = len(Controls.__dataclass_fields__)


class ComparingHandlers:
    """The handlers of two trees, as Gradio calls them."""

    def __init__(self, engines: Engines, visitors: Visitors) -> None:
        self.engines = engines
        self.visitors = visitors

    def pin(self, press: gr.EventData, request: gr.Request) -> tuple[Any, Any]:
        """Make the tree on the page A, {pin}; of a run under way, what there is of it. Outputs: the view, the problem
        line."""
        session = self.visitors.session(visitor_of(request))
        try:
            session.pin(pinned(session.shown))
        except EagerError:
            return _SKIP, problem_html("There is no tree to pin yet; run one first.")
        return told(session, press.pin), ""

    def unpin(self, request: gr.Request) -> str:
        """Let A go. Output: the view."""
        session = self.visitors.session(visitor_of(request))
        session.pin(None)
        return told(session, 0)

    def ask(self, gap: gr.EventData, request: gr.Request) -> Any:
        """Compare A with the tree on the page as it stands now, {pin}. Output: the view."""
        session = self.visitors.session(visitor_of(request))
        return _SKIP if session.pinned is None and not gap.pin else told(session, gap.pin)

    def swap(self, press: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Put A back on the page as it was, without asking the model, and pin what was there, {pin}. A run under way
        ends. Outputs: the view, the tree's delta, the problem line, the inspector, the prompt and all controls."""
        session = self.visitors.session(visitor_of(request))
        a, present = session.pinned, session.shown
        nothing = (_SKIP,) * (5 + _NUM_CONTROLS)
        if a is None or a.asked is None:
            return nothing
        try:
            new = pinned(present)
            events = events_of(a.growth.tree)
        except EagerError as error:
            return _SKIP, _SKIP, problem_html(str(error)), *nothing[3:]
        drawing = drawing_for(a.growth.tree, a.growth.drawing)
        tree = a.growth.tree
        is_right = {token_ids(tree, leaf): right for leaf, right in a.growth.judged.items()}
        shown = session.show(
            events, a.asked, a.exploration, drawing, is_right, recorded=a.recorded, can_grow=a.can_grow
        )
        if shown is None:
            return nothing
        session.pin(new)
        inspector = told_node(shown, shown.growth.snapshot(), 0, session.inspected.request)
        started = started_of(a)
        controls = controls_of_pinned(started, a.asked)
        view = told(session, press.pin)
        return view, shown.growth.delta(), "", inspector, started.prompt, *astuple(controls)

    def inspect(self, click: gr.EventData, request: gr.Request) -> Any:
        """Tell what is known of a node of A, {id, pin, request}. Output: the inspector."""
        session = self.visitors.session(visitor_of(request))
        a = session.pinned
        if a is None or click.pin != a.run or not 0 <= click.id < a.growth.tree.num_nodes:
            return _SKIP
        session.look_at(click.request, None)
        with session.asking():
            return told_pinned(session.shown, a, click.id, click.request)

    async def open_link(self, request: gr.Request) -> AsyncIterator[tuple[Any, ...]]:
        """Where the page's link holds a pinned run: grow A, pin it, then grow B, one after the other. Whatever the
        visitor does meanwhile comes first, and ends this. Outputs: the view, the tree's delta, the problem line, the
        inspector, the engine line."""
        query = dict(request.query_params)
        if not query.get(NAME):
            yield (_SKIP,) * 5  # a handler that yields nothing would empty what it tells
            return
        session = self.visitors.session(visitor_of(request))
        try:
            first = _asked("A, the pinned run of the link", *asked_in(query[NAME]))
            second = _asked("The run of the link", query.get("prompt", ""), controls_from(query))
        except EagerError as error:
            yield _SKIP, _SKIP, problem_html(str(error)), _SKIP, _SKIP
            return
        has_failed = False
        async for update in self._grow(session, first):
            has_failed = has_failed or bool(isinstance(update[2], str) and update[2])
            yield update
        if has_failed or session.shown.asked != first or not session.is_newest(session.shown.run):
            return  # it has said so; or the visitor has asked for something else
        if session.is_over(session.shown.run):
            note = note_html("Stopped before the pinned run of the link was there; Run grows the one of the controls.")
            yield _SKIP, _SKIP, note, _SKIP, _SKIP
            return
        session.pin(await in_thread(pinned, session.shown))
        yield await in_thread(told, session, 0), _SKIP, _SKIP, _SKIP, _SKIP
        async for update in self._grow(session, second):
            yield update

    async def _grow(self, session: Session, asked: Asked) -> AsyncIterator[tuple[Any, ...]]:
        engine = self.engines.request(asked.model, asked.precision)
        async for update in grow(session, asked, engine):
            yield _SKIP, *update, _SKIP
        if engine.done() and engine.exception() is None:
            yield _SKIP, _SKIP, _SKIP, _SKIP, engine_html(engine.result())


def _asked(whose: str, prompt: str, controls: Controls) -> Asked:
    if not prompt.strip():
        raise PromptError(f"{whose} has no prompt.")
    return asked_of(prompt, controls)
