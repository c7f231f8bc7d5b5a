"""A saved run back on the page. No model is needed, and nothing in the file is evaluated."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

import gradio as gr

from components.frame.controls import Controls, controls_of
from components.frame.notices import DEFAULT_MODEL, DEFAULT_MODEL_ID, note_html, short_name
from components.visitors.answers import told_node
from components.visitors.asking import Asked, asked_of
from components.visitors.engines import DEFAULT, Engines
from components.visitors.session import Session
from eager_core.events import Event, RunStarted
from eager_core.traces import load_events

_SKIP = gr.skip()


@dataclass(frozen=True)
class Reopened:
    """What the page is to hold when a saved run is on it, so that Run runs it again."""

    controls: Controls
    asked: Asked
    note: str
    """One sentence, where Run would not give the same tree; else empty."""


def opened(path: str) -> list[Event]:
    """Return the events of a trace file, in order.

    Raises:
        TraceError: the file can't be read, is too large, or is no trace; one sentence says which.
    """
    return load_events(path, "The file")


def reopen(started: RunStarted, present: Controls, engines: Engines) -> Reopened:
    """Return all that a trace tells of how it was made, with the model it was made with if that can be had here.

    Args:
        present: what the page holds: its model is used where the trace's can't be had, and its precision.
    """
    name, note = _model(started.model, present, engines)
    is_had = name is not None
    kept = Controls(model=present.model if name is None else name, precision=present.precision)
    controls = controls_of(started, kept)
    branches = started.by_hand if is_had else ()
    if not is_had and started.by_hand:
        note = note.removesuffix(".") + ", without the branches by hand."
    return Reopened(controls, replace(asked_of(started.prompt, controls), by_hand=branches), note)


def put_on_page(
    session: Session,
    events: Sequence[Event],
    reopened: Reopened,
    is_right: Mapping[tuple[int | None, ...], bool] | None = None,
) -> tuple[Any, ...]:
    """Show a run that is not this page's own. Returns: the tree's delta, the problem line, the inspector, the prompt
    and all controls; nothing new if a newer run has begun meanwhile.

    Args:
        is_right: whether the answer is right, by the token ids of each sequence that was judged.
    """
    shown = session.show(events, reopened.asked, is_right=is_right)
    if shown is None:
        return (_SKIP,) * (4 + len(astuple(reopened.controls)))
    inspector = told_node(shown, shown.growth.snapshot(), 0, session.inspected.request)
    note = note_html(reopened.note) if reopened.note else ""
    return shown.growth.delta(), note, inspector, shown.growth.tree.start.prompt, *astuple(reopened.controls)


def _model(name: str, present: Controls, engines: Engines) -> tuple[str | None, str]:
    """Return what to type to get the model of that name, None if it can't be had here, and a sentence or nothing."""
    if name == DEFAULT_MODEL_ID:
        return DEFAULT, ""
    if (typed := engines.typed_for(name, present.model.strip(), present.precision)) is not None:
        return typed, ""
    if name == short_name(present.model.strip()):
        return present.model, ""
    if name.count("/") == 1 and not name.startswith((".", "~", "/")):
        return name, f"Recorded with {name}, which Run will load first."
    used = short_name(present.model.strip() or DEFAULT_MODEL)
    return None, f"Recorded with {name or 'an unnamed model'}, which is not available here, so Run will use {used}."
