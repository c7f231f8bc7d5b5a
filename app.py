"""EAGer Explorer: the page. `python app.py` serves it; `demo` is what a Space or a test launches."""

import os
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # gradio reads it when it is imported

import gradio as gr

import eager_core
from components.comparing.connecting import TreeParts, connect
from components.comparing.handlers import ComparingHandlers
from components.comparing.view import ComparingView
from components.experiments.handlers import ExperimentHandlers
from components.experiments.section import Beside, experiment_section
from components.files.buttons import saving
from components.files.handlers import FileHandlers
from components.files.view import DownloadView
from components.frame.control_panel import control_panel
from components.frame.keys import KeysView
from components.frame.ordering import NUMBERED, STOPPING, order_number
from components.frame.theme import Page
from components.inspector.view import InspectorView
from components.page_facts import PAGE_FACTS
from components.sequences.diagnosing import Diagnosing
from components.sequences.view import DiagnosisView, EntropyView, LedgerView, SequencesView
from components.sweeps.handlers import SweepHandlers
from components.sweeps.section import Around, sweep_section
from components.time.view import TimeView
from components.tree.view import TreeView
from components.visitors.api import RunApi
from components.visitors.engines import Engines
from components.visitors.handlers import RunHandlers
from components.what_if.view import WhatIfView
from eager_core.engine import Engine

EXAMPLES = {
    "arithmetic": "What is 17 + 25? Think step by step.",
    "a story": "Write the first three sentences of a story about a lighthouse keeper.",
    "a fact": "Why is the sky blue? Answer in two sentences.",
    "a function": "Write a Python function that returns the n-th Fibonacci number.",
}

REMEMBER = "async (...values) => { (await eager.ready).link.remember(values); }"
"""Puts the prompt and the controls into the page's address; see assets/page/frame/link.js."""

KNOW = "async (...values) => { (await eager.ready).link.know(values); }"
"""Tells the page what the controls stand at first, so that it can tell which of them moves; see assets/page/page.js."""

TITLE = """
<header class="eager-title"><h1>EAGer Explorer</h1>
<p>A language model writes. Where it is unsure, it branches.</p></header>
"""


PARTS = """
<nav class="eager-parts" aria-label="Below"><a href="#entropy">Entropy</a> <a href="#sequences">Sequences</a>
<a href="#budget">Experiment: many prompts</a> <a href="#sweep">Sweep: many settings</a></nav>
"""


def build_page(engines: Engines) -> gr.Blocks:
    """Return the page, its models taken from `engines`."""
    handlers = RunHandlers(engines)
    trees = FileHandlers(engines, handlers.visitors, PAGE_FACTS)
    with Page(title="EAGer Explorer", fill_width=True, analytics_enabled=False) as page:
        # First, for the handlers of the page, which nobody calls by name, would take the name.
        gr.api(RunApi(engines).endpoint, api_name="run", concurrency_limit=None)
        with gr.Row(elem_id="masthead"):
            gr.HTML(TITLE)
            with gr.Row(elem_id="about"):
                engine_line = gr.HTML(elem_id="engine-line")
                KeysView(PAGE_FACTS, elem_id="keys")
        with gr.Row(elem_id="ask"):
            prompt = gr.Textbox(
                EXAMPLES["arithmetic"], label="Prompt", lines=1, max_lines=6, elem_id="prompt", scale=1,
                placeholder="Ask something, and watch where the answer could have gone differently.",
            )  # fmt: skip
            run = gr.Button("Run", variant="primary", elem_id="run", scale=0, min_width=96)
            stop = gr.Button("Stop", elem_id="stop", scale=0, min_width=96)
        with gr.Row(elem_id="examples"):
            examples = [gr.Button(name, size="sm", elem_classes="eager-example", scale=0) for name in EXAMPLES]
        problem = gr.HTML(elem_id="problem")
        with gr.Row(elem_id="bench"):
            with gr.Column(elem_id="controls", scale=0):
                what_if = WhatIfView(PAGE_FACTS, elem_id="what-if", render=False)
                panel = control_panel(what_if)
                files = saving()
            with gr.Column(elem_id="centre"):
                with gr.Column(elem_id="trees"):
                    comparing = ComparingView(PAGE_FACTS, elem_id="comparing")
                    tree = TreeView(PAGE_FACTS, elem_id="token-tree")
                TimeView(PAGE_FACTS, elem_id="time")
                LedgerView(PAGE_FACTS, elem_id="ledger")
                diagnosis = DiagnosisView(PAGE_FACTS, elem_id="diagnosis")
            with gr.Column(elem_id="side", scale=0):
                gr.HTML("<h2>Inspector</h2>")
                inspector = InspectorView(PAGE_FACTS, elem_id="inspector")
        gr.HTML(PARTS)
        gr.HTML("<h2>Entropy</h2>")
        EntropyView(PAGE_FACTS, elem_id="entropy")
        gr.HTML("<h2>Sequences</h2>")
        SequencesView(PAGE_FACTS, elem_id="sequences")
        download = DownloadView(PAGE_FACTS, elem_id="download")
        gr.HTML("<h2>Experiment</h2>")
        budget = ExperimentHandlers(engines, handlers.visitors)
        experiment_section(budget, Beside(panel.parts, [tree, problem, inspector], prompt, download, PAGE_FACTS))

        asked = [prompt, *panel.parts]
        order = order_number()
        numbered = [*asked, order]
        grown = [tree, problem, inspector]
        which = [panel.by_name["model"], panel.by_name["precision"]]
        # Several runs of one visitor may be under way for a moment: the newest wins, the others end at their next step.
        growing: dict[str, Any] = {"show_progress": "hidden", "trigger_mode": "multiple", "concurrency_limit": None}
        quietly = {**growing, "api_visibility": "private"}
        begun = [run.click, prompt.submit]
        gr.on(begun, handlers.run, numbered, grown, js=NUMBERED, **quietly)
        for button, text in zip(examples, EXAMPLES.values(), strict=True):
            chosen = button.click(lambda text=text: text, None, prompt, **quietly)
            chosen.then(handlers.run, numbered, grown, js=NUMBERED, **quietly)
            chosen.then(handlers.load, which, engine_line, **quietly)
            chosen.then(None, asked, js=REMEMBER, **quietly)
        moved = [*panel.moved, *panel.model_changed]
        gr.on(moved, handlers.rerun, numbered, grown, js=NUMBERED, **quietly)
        gr.on([prompt.focus, *begun, *panel.model_changed], handlers.load, which, engine_line, **quietly)
        gr.on([*begun, *moved], None, asked, js=REMEMBER, **quietly)
        what_if.ask(handlers.look_ahead, None, what_if, **quietly)
        inspector.take(handlers.take, None, grown, **quietly)
        inspector.undo(handlers.undo, None, grown, **quietly)
        inspector.undo_all(handlers.undo_all, None, grown, **quietly)

        quick: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
        # Past the queue, which takes no more than so many events at once, growing trees among them.
        stop.click(handlers.stop, order, js=STOPPING, queue=False, **quick)
        tree.node_click(handlers.inspect, None, inspector, **quick)
        tree.ghost_click(handlers.inspect_ghost, None, inspector, **quick)
        tree.catch_up(handlers.catch_up, None, tree, **quick)
        diagnosis.ask(Diagnosing(handlers.visitors).ask, None, diagnosis, **quick)
        for button, save in zip(files.saved_here, (trees.save_trace, trees.save_graphml, trees.save_page), strict=True):
            button.click(save, None, [download, problem], **quick)
        files.comparison.click(trees.save_comparison, None, [download, problem], **quick)
        files.opened.upload(trees.open_trace, [files.opened, *asked], [*grown, *asked], **quick)
        greeted = page.load(handlers.greet, None, [engine_line, *asked], **quick).then(None, asked, js=KNOW, **quick)
        parts = TreeParts(grown, asked, engine_line, REMEMBER)
        connect(comparing, ComparingHandlers(engines, handlers.visitors), parts, greeted, quick)

        def rerun_after(event: Any) -> None:
            event.then(handlers.rerun, numbered, grown, js=NUMBERED, **quietly)
            event.then(None, asked, js=REMEMBER, **quietly)

        gr.HTML("<h2>Sweep</h2>")
        sweeps = SweepHandlers(engines, lambda visitor: budget.trial(visitor).own_tasks)
        sweep_section(sweeps, Around(panel.by_name, panel.parts, download, PAGE_FACTS, rerun_after, greeted))
        page.unload(handlers.leave)
        page.unload(budget.leave)
        page.unload(sweeps.leave)
    return page


def load_engine(name: str | None, precision: str) -> Engine:
    """Return the engine of a model. The first call imports torch, which takes seconds: only loading threads call it."""
    return eager_core.load_engine(name, precision=precision)


demo = build_page(Engines(load_engine))

if __name__ == "__main__":
    demo.launch()
