"""EAGer Explorer: the page. `python app.py` serves it; `demo` is what a Space or a test launches."""

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # gradio reads it when it is imported

import gradio as gr

import eager_core
from components.engine_room import EngineRoom
from components.handlers import Handlers
from components.look import Page
from components.views import DownloadView, InspectorView, LedgerView, OpenSlider, SequencesView, TreeView
from eager_core.engine import Engine
from eager_core.settings import Settings

EXAMPLES = {
    "arithmetic": "What is 17 + 25? Think step by step.",
    "a story": "Write the first three sentences of a story about a lighthouse keeper.",
    "a fact": "Why is the sky blue? Answer in two sentences.",
    "a function": "Write a Python function that returns the n-th Fibonacci number.",
}

TITLE = """
<header class="eager-title"><h1>EAGer Explorer</h1>
<p>A language model writes. Where it is unsure, it branches.</p></header>
"""


def build_page(room: EngineRoom) -> gr.Blocks:
    """Return the page, its models taken from `room`."""
    handlers = Handlers(room)
    with Page(title="EAGer Explorer", fill_width=True, analytics_enabled=False) as page:
        with gr.Row(elem_id="masthead"):
            gr.HTML(TITLE)
            engine_line = gr.HTML(elem_id="engine-line")
        with gr.Row(elem_id="ask"):
            prompt = gr.Textbox(
                EXAMPLES["arithmetic"], label="Prompt", lines=1, max_lines=6, elem_id="prompt", scale=1,
                placeholder="Ask something, and watch where the answer could have gone another way.",
            )  # fmt: skip
            run = gr.Button("Run", variant="primary", elem_id="run", scale=0, min_width=96)
            stop = gr.Button("Stop", elem_id="stop", scale=0, min_width=96)
        with gr.Row(elem_id="examples"):
            examples = [gr.Button(name, size="sm", elem_classes="eager-example", scale=0) for name in EXAMPLES]
        problem = gr.HTML(elem_id="problem")
        with gr.Row(elem_id="bench"):
            with gr.Column(elem_id="controls", scale=0):
                sliders, numbers, model = controls()
                save = gr.Button("Download trace", size="sm", elem_id="download-trace")
            with gr.Column(elem_id="centre"):
                tree = TreeView(elem_id="token-tree")
                LedgerView(elem_id="ledger")
            with gr.Column(elem_id="side", scale=0):
                gr.HTML("<h2>Inspector</h2>")
                inspector = InspectorView(elem_id="inspector")
        gr.HTML("<h2>Sequences</h2>")
        SequencesView(elem_id="sequences")
        download = DownloadView(elem_id="download")

        asked = [prompt, *sliders, *numbers, model]
        grown = [tree, problem, inspector]
        # Several runs of one visitor may be under way for a moment: the newest wins, the others end at their next step.
        growing = {"show_progress": "hidden", "trigger_mode": "multiple", "concurrency_limit": None}
        gr.on([run.click, prompt.submit], handlers.run, asked, grown, api_name="run", **growing)
        for button, text in zip(examples, EXAMPLES.values(), strict=True):
            chosen = button.click(lambda text=text: text, None, prompt, api_visibility="private", **growing)
            chosen.then(handlers.run, asked, grown, api_visibility="private", **growing)
        moved = [*(slider.input for slider in sliders), *(number.submit for number in numbers)]
        gr.on(moved, handlers.rerun, asked, grown, api_visibility="private", **growing)
        model.submit(handlers.open_page, model, engine_line, api_visibility="private", **growing)
        model.submit(handlers.rerun, asked, grown, api_visibility="private", **growing)
        quick = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
        stop.click(handlers.stop, **quick)
        tree.node_click(handlers.inspect, None, inspector, **quick)
        tree.catch_up(handlers.catch_up, None, tree, **quick)
        save.click(handlers.trace, None, [download, problem], **quick)
        page.load(handlers.open_page, model, engine_line, **quick)
        page.unload(handlers.leave)
    return page


def controls() -> tuple[list[gr.Slider], list[gr.Number], gr.Textbox]:
    """Build the controls; return the three sliders, the numbers behind "more" (top-p, length, seed), and the model."""
    default = Settings()
    sliders = [
        OpenSlider(
            0, 3, default.theta, step=0.05, label="θ  threshold", elem_id="theta", buttons=[],
            info="Where the entropy reaches this many nats, the text splits in two.",
        ),
        OpenSlider(
            1, 32, default.max_sequences, step=1, precision=0, label="M  most sequences",
            elem_id="max-sequences", buttons=[], info="Once there are this many texts, no more are split off.",
        ),
        OpenSlider(
            0, 2, default.temperature, step=0.05, label="τ  temperature", elem_id="temperature", buttons=[],
            info="Higher makes rare tokens likelier; 0 always takes the likeliest.",
        ),
    ]  # fmt: skip
    with gr.Accordion("More", open=False, elem_id="more"):
        numbers = [
            gr.Number(
                default.top_p, step=0.05, label="Top-p", elem_id="top-p",
                info="Draws only among the likeliest tokens that together have this share.",
            ),
            gr.Number(
                default.max_new_tokens, precision=0, label="Most new tokens", elem_id="max-new-tokens",
                info="A text is cut when it is this many tokens long.",
            ),
            gr.Number(
                0, precision=0, label="Seed", elem_id="seed",
                info="Fixes every dice roll: the same seed gives the same tree.",
            ),
        ]  # fmt: skip
        model = gr.Textbox(
            label="Model", elem_id="model", placeholder="SmolLM2-135M-Instruct",
            info="A Hub id, a folder or a GGUF file; empty means the packaged model.",
        )  # fmt: skip
    return sliders, numbers, model


def load_engine(name: str | None) -> Engine:
    """Return the engine of a model. The first call imports torch, which takes seconds: only loading threads call it."""
    return eager_core.load_engine(name)


demo = build_page(EngineRoom(load_engine))

if __name__ == "__main__":
    demo.launch()
