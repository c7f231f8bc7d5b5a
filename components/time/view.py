"""The scrubber on the page."""

from typing import Any

from components.frame.view import Facts, View


class TimeView(View):
    """The scrubber that shows the tree as it stood; has no value of its own."""

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__("time", facts, **kwargs)
