"""Which events of two trees call which handler, and what they fill."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gradio.components import Component
from gradio.events import Dependency

from components.comparing.handlers import ComparingHandlers
from components.comparing.view import ComparingView


@dataclass(frozen=True)
class TreeParts:
    """Parts of the rest of the page that comparing reads or fills."""

    grown: Sequence[Component]
    """The tree, its problem line, the inspector."""
    asked: Sequence[Component]
    """The prompt and all controls."""
    engine_line: Component
    remember: str
    """Puts `asked` into the page's address."""


def connect(
    view: ComparingView, handlers: ComparingHandlers, around: TreeParts, greeted: Dependency, quick: dict[str, Any]
) -> None:
    """Connect the view's events.

    Args:
        greeted: when the page has been filled as its link says.
        quick: how events are listened to that take moments.
    """
    tree, problem, inspector = around.grown
    asked = list(around.asked)
    # What is asked when a run ends is not dropped for what was asked before.
    quick = {**quick, "trigger_mode": "multiple"}
    view.pin(handlers.pin, None, [view, problem], **quick)
    view.unpin(handlers.unpin, None, view, **quick)
    view.ask(handlers.ask, None, view, **quick)
    swapped = view.swap(handlers.swap, None, [view, tree, problem, inspector, *asked], **quick)
    swapped.then(None, asked, js=around.remember, **quick)
    view.node_click(handlers.inspect, None, inspector, **quick)
    greeted.then(handlers.open_link, None, [view, tree, problem, inspector, around.engine_line], **quick)
