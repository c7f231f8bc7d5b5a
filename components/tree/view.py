"""The tree on the page."""

from typing import Any

from components.frame.view import Facts, View


class TreeView(View):
    """The living tree. `value` is a delta of `components.tree.growth`.

    Events: `node_click` ({id, run, request}: a person wants to know about a node), `ghost_click` ({place, drawing,
    request}: about a place that this run does not come by) and `catch_up` ({run, known, places, drawing, request}: a
    delta was lost; of that run the page has this many nodes, and of that drawing this many places).
    """

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__("tree", facts, ("node_click", "ghost_click", "catch_up"), **kwargs)
