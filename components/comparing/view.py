"""The pinned tree on the page, beside the present one."""

from typing import Any

from components.frame.view import Facts, View


class ComparingView(View):
    """A, the pinned tree, and what is to be said of it and B. `value` is what `components.comparing.telling` returns.

    Events: `pin` (the present tree becomes A), `unpin`, `swap` and `ask` (a run has begun or ended: compare again), all
    {pin: the number of the pinned tree that the page has, 0 for none}; `node_click` ({id, pin, request}: a person wants
    to know about a node of A).
    """

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__("comparing", facts, ("pin", "unpin", "swap", "ask", "node_click"), **kwargs)
