"""The curves at the sliders, on the page."""

from typing import Any

from components.frame.view import Facts, View


class WhatIfView(View):
    """What the curves show, and whether to look ahead; it draws a curve and an interval at each slider, too. `value` is
    what `components.what_if.news` tells.

    Event: `ask` ({run, look_ahead}: that run has ended, or the switch was turned; tell of its neighbourhood, and
    explore it if `look_ahead`).
    """

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__("what_if", facts, ("ask",), **kwargs)
