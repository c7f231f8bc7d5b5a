"""The page's Gradio parts of our own: each a `gr.HTML` with a fixed template, drawn by a script in assets/page.

What changes reaches them as the JSON string `value`. The templates never mention it, so Gradio never turns it into HTML.
The tree's store in the page feeds the sequences and the ledger too, so a token travels once.
"""

import gradio as gr

from components.colors import DARK_RAMP, LIGHT_RAMP
from components.page_files import head

_EMPTY = '<div class="eager-root"></div>'

from gradio.events import Dependency

class TreeView(gr.HTML):
    """The living tree. `value` is a delta of `components.growth`.

    Events: `node_click` ({id, run}: a person wants to know about a node) and `catch_up` ({known}: a delta was lost,
    the page has nodes up to `known`).
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(
            value="",
            html_template=_EMPTY,
            js_on_load='/* events: "node_click", "catch_up" */ eager.mountTree(element, props, trigger, watch);',
            apply_default_css=False,
            head=script_tags(),
            ramps={"light": LIGHT_RAMP, "dark": DARK_RAMP},
            **kwargs,
        )
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


class InspectorView(gr.HTML):
    """What is to be said of one node. `value` is what `components.inspection.inspect` returns, as JSON."""

    def __init__(self, **kwargs) -> None:
        super().__init__(
            value="",
            html_template=_EMPTY,
            js_on_load="eager.mountInspector(element, props, watch);",
            apply_default_css=False,
            head=script_tags(),
            **kwargs,
        )
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


class SequencesView(gr.HTML):
    """The sequences as text; has no value of its own."""

    def __init__(self, **kwargs) -> None:
        super().__init__(
            html_template=_EMPTY,
            js_on_load="eager.mountSequences(element);",
            apply_default_css=False,
            head=script_tags(),
            **kwargs,
        )
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


class LedgerView(gr.HTML):
    """What the run cost; has no value of its own."""

    def __init__(self, **kwargs) -> None:
        super().__init__(
            html_template=_EMPTY,
            js_on_load="eager.mountLedger(element);",
            apply_default_css=False,
            head=script_tags(),
            **kwargs,
        )
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


class DownloadView(gr.HTML):
    """Saves what it is given as a file of the reader's. `value` is JSON: {name, text}."""

    def __init__(self, **kwargs) -> None:
        super().__init__(
            value="",
            html_template=_EMPTY,
            js_on_load="eager.mountDownload(props, watch);",
            apply_default_css=False,
            head=script_tags(),
            **kwargs,
        )
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


class OpenSlider(gr.Slider):
    """A slider whose number box may go beyond the slider: what is too much is for the settings to say, in words."""

    def preprocess(self, payload: float | None) -> float | int | None:
        return payload if payload is None else gr.Number.round_to_precision(payload, self.precision)

    def get_block_name(self) -> str:
        return "slider"
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component