"""The keys on the page."""

from typing import Any

from components.frame.view import Facts, View


class KeysView(View):
    """The page's keys and the list of them; has no value of its own."""

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__("keys", facts, **kwargs)
