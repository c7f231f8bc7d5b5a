"""The inspector on the page."""

from typing import Any

from components.frame.view import Facts, View


class InspectorView(View):
    """What is to be said of one node. `value` is what `components.visitors.answers` returns.

    Events: `take` ({parent, token_id, run, request, order}: grow this token there by hand), `undo` and `undo_all`
    ({request, order}).
    """

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__("inspector", facts, ("take", "undo", "undo_all"), **kwargs)
