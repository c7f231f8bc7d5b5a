"""The page's Gradio parts of our own: each a `gr.HTML` with a fixed template, drawn by a module in assets/page.

What changes reaches them as the JSON string `value`. The templates never mention it, so Gradio never turns it into
HTML. The tree's store in the page feeds the sequences and the ledger too, so a token travels once.
"""

import json

import gradio as gr

from components.page_facts import PAGE_FACTS
from components.page_files import script_tags

_EMPTY = '<div class="eager-root"></div>'


class _View(gr.HTML):
    """A `gr.HTML` whose value is JSON or nothing, and is drawn by one of our modules, which knows `PAGE_FACTS`."""

    def __init__(self, part: str, events: tuple[str, ...] = (), **kwargs) -> None:
        """Args: part: its name in assets/page/page.js. events: what it tells Python of."""
        # Gradio finds the events of a component by their quoted names in its script.
        told = f"/* events: {', '.join(map(json.dumps, events))} */ " if events else ""
        super().__init__(
            value="",
            html_template=_EMPTY,
            js_on_load=f"{told}eager.mount({json.dumps(part)}, element, props, trigger, watch);",
            apply_default_css=False,
            head=script_tags(),
            facts=PAGE_FACTS,
            **kwargs,
        )

    def postprocess(self, value: str | None) -> str | None:
        # As it is: gr.HTML would warn of `<script>` in the value, but here a token may well read so.
        return value


class TreeView(_View):
    """The living tree. `value` is a delta of `components.growth`.

    Events: `node_click` ({id, run, request}: a person wants to know about a node), `ghost_click` ({place, drawing,
    request}: about a place that this run does not come by) and `catch_up` ({run, known, places, drawing, request}: a
    delta was lost; of that run the page has this many nodes, and of that drawing this many places).
    """

    def __init__(self, **kwargs) -> None:
        super().__init__("tree", ("node_click", "ghost_click", "catch_up"), **kwargs)


class InspectorView(_View):
    """What is to be said of one node. `value` is what `components.telling` returns.

    Events: `take` ({parent, token_id, run, request}: grow this token there by hand), `undo` and `undo_all` ({request}).
    """

    def __init__(self, **kwargs) -> None:
        super().__init__("inspector", ("take", "undo", "undo_all"), **kwargs)


class TimeView(_View):
    """The scrubber that shows the tree as it stood; has no value of its own."""

    def __init__(self, **kwargs) -> None:
        super().__init__("time", **kwargs)


class EntropyView(_View):
    """The entropies along a sequence and of all tokens; has no value of its own."""

    def __init__(self, **kwargs) -> None:
        super().__init__("entropy", **kwargs)


class KeysView(_View):
    """The page's keys and the list of them; has no value of its own."""

    def __init__(self, **kwargs) -> None:
        super().__init__("keys", **kwargs)


class SequencesView(_View):
    """The sequences as text; has no value of its own."""

    def __init__(self, **kwargs) -> None:
        super().__init__("sequences", **kwargs)


class LedgerView(_View):
    """What the run cost; has no value of its own."""

    def __init__(self, **kwargs) -> None:
        super().__init__("ledger", **kwargs)


class DownloadView(_View):
    """Saves what it is given as a file of the reader's. `value` is what `components.downloads` returns."""

    def __init__(self, **kwargs) -> None:
        super().__init__("download", **kwargs)


class DiagnosisView(_View):
    """What went wrong in the run. `value` is what `components.diagnosing` returns. Event: `ask`, when a run is over."""

    def __init__(self, **kwargs) -> None:
        super().__init__("diagnosis", ("ask",), **kwargs)


class BudgetView(_View):
    """An experiment: progress, small multiples, pot, table and plots. `value` is a delta of `components.budget.report`.

    Events: `open_tree` ({stage, number}: a person wants to see a prompt's tree) and `catch_up` (a delta was lost).
    """

    def __init__(self, **kwargs) -> None:
        super().__init__("experiment", ("open_tree", "catch_up"), **kwargs)


class OpenSlider(gr.Slider):
    """A slider whose number box may go beyond the slider: what is too much is for the settings to say, in words."""

    def preprocess(self, payload: float | None) -> float | int | None:
        return payload if payload is None else gr.Number.round_to_precision(payload, self.precision)

    def get_block_name(self) -> str:
        return "slider"
