"""What all parts of our own have in common: a `gr.HTML` with a fixed template, drawn by a module in assets/page.

What changes reaches them as the JSON string `value`. The templates never mention it, so Gradio never turns it into
HTML. The tree's store in the page feeds the sequences and the ledger too, so a token travels once.
"""

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

from components.frame.page_files import script_tags

_EMPTY = '<div class="eager-root"></div>'

Facts = Mapping[str, Any]
"""JSON values."""


class View(gr.HTML):
    """A `gr.HTML` whose value is JSON or nothing, and is drawn by one of our modules."""

    def __init__(self, part: str, facts: Facts, events: tuple[str, ...] = (), **kwargs: Any) -> None:
        """Make the part of the page that is drawn by the module of that name.

        Args:
            part: its name in assets/page/parts.js or page.js.
            facts: what the modules must agree on with Python: `components.page_facts.PAGE_FACTS`.
            events: what it tells Python of.
        """
        # Gradio finds the events of a component by their quoted names in its script.
        told = f"/* events: {', '.join(map(json.dumps, events))} */ " if events else ""
        super().__init__(
            value="",
            html_template=_EMPTY,
            js_on_load=f"{told}eager.mount({json.dumps(part)}, element, props, trigger, watch);",
            apply_default_css=False,
            head=script_tags(),
            facts=facts,
            **kwargs,
        )

    def postprocess(self, value: str | None) -> str | None:
        # As it is: gr.HTML would warn of `<script>` in the value, but here a token may well read so.
        return value
