"""What all parts of our own have in common: a `gr.HTML` with a fixed template, drawn by a script in assets/page.

What changes reaches them as the JSON string `value`. The templates never mention it, so Gradio never turns it into
HTML. The tree's store in the page feeds the sequences and the ledger too, so a token travels once.
"""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from components.frame.page_files import script_tags

_EMPTY = '<div class="eager-root"></div>'

Facts = Mapping[str, Any]
"""JSON values."""


class View(gr.HTML):
    """A `gr.HTML` whose value is JSON or nothing, and is drawn by one of our scripts."""

    def __init__(self, js_on_load: str, facts: Facts, **kwargs) -> None:
        """Args: facts: what the scripts must agree on with Python: `components.page_facts.PAGE_FACTS`."""
        super().__init__(
            value="",
            html_template=_EMPTY,
            js_on_load=f"eager.learn(props.facts); {js_on_load}",
            apply_default_css=False,
            head=script_tags(),
            facts=facts,
            **kwargs,
        )

    def postprocess(self, value: str | None) -> str | None:
        # As it is: gr.HTML would warn of `<script>` in the value, but here a token may well read so.
        return value
