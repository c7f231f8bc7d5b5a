"""The experiment on the page: its form, its buttons, and the view that it fills."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from components.experiments.form import MOST_PROMPTS, OWN_FILE, STAGES, Form
from components.experiments.handlers import ExperimentHandlers
from components.experiments.view import ExperimentView
from components.frame.control_names import CONTROL_NAMES
from components.frame.ordering import NUMBERED, STOPPING, order_number
from components.frame.sliders import max_sequences_slider, temperature_slider, theta_slider
from components.frame.strategy_names import NEVER_FORK, STRATEGY_NAMES
from components.frame.view import Facts
from eager_core.budget import RULES
from eager_core.grading import FAMILIES

_STAGES = {
    "parallel": "parallel, M full sequences",
    "init": "init, EAGer",
    "adapt": "adapt, no labels",
    "full": "full, with labels",
}
_RULES = {"paper": "the paper’s", "reference": "the authors’ code’s"}
_INTRO = """
<p class="eager-budget-intro">The model answers many prompts. Where it is sure, it needs fewer than M sequences; what
these prompts save goes to prompts that need more. Model, top-p, seed and measure are the ones set beside the tree.</p>
"""


@dataclass(frozen=True)
class Beside:
    """Parts of the rest of the page that the experiment reads or fills."""

    controls: Sequence[Component]
    """In the order of `Controls`."""
    grown: Sequence[Component]
    """The tree, its problem line, the inspector."""
    prompt: Component
    download: Component
    facts: Facts
    """`components.page_facts.PAGE_FACTS`."""


def experiment_section(handlers: ExperimentHandlers, beside: Beside) -> None:
    """Build the form and the view where it is called, and connect them."""
    with gr.Column(elem_id="budget"):
        gr.HTML(_INTRO)
        form, upload = _form()
        with gr.Row(elem_id="budget-buttons"):
            run = gr.Button("Run", variant="primary", elem_id="budget-run", scale=0, min_width=96)
            stop = gr.Button("Stop", elem_id="budget-stop", scale=0, min_width=96)
            save = gr.Button("Save results", elem_id="budget-save", elem_classes="eager-small", scale=0, min_width=0)
        problem = gr.HTML(elem_id="budget-problem")
        view = ExperimentView(beside.facts, elem_id="budget-view")
        order = order_number()
    quick: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
    # An experiment that is asked for while another runs ends that one.
    asked = [*form, *beside.controls, order]
    run.click(handlers.run, asked, [view, problem], js=NUMBERED, trigger_mode="multiple", **quick)
    stop.click(handlers.stop, order, js=STOPPING, **quick)
    save.click(handlers.save, None, [beside.download, problem], **quick)
    upload.upload(handlers.upload, upload, [form[0], problem], **quick)
    view.open_tree(handlers.open_tree, None, [*beside.grown, beside.prompt, *beside.controls], **quick)
    view.catch_up(handlers.catch_up, None, view, **quick)


def _form() -> tuple[list[Component], gr.UploadButton]:
    """Build the form; return its parts in the order of `Form`, and the upload button."""
    default = Form()
    families = [(f"{name}: {family.label}", name) for name, family in FAMILIES.items()]
    with gr.Row(elem_id="budget-form"):
        tasks = gr.Dropdown(
            [*families, ("your own file", OWN_FILE)], value=default.tasks, label="Tasks", elem_id="budget-tasks",
            filterable=False, info="Every task has an answer that can be checked.",
        )  # fmt: skip
        upload = gr.UploadButton(
            "Upload tasks …", file_types=[".jsonl"], size="sm", elem_id="budget-upload", elem_classes="eager-small",
            scale=0,
        )  # fmt: skip
        parts: list[Component] = [
            tasks,
            gr.Number(
                default.num_prompts, precision=0, label="Prompts", elem_id="budget-num-prompts",
                info=f"1 to {MOST_PROMPTS}; of a file, the first ones.",
            ),
            theta_slider(default.theta, elem_id="budget-theta", info="In nats, for stage 1."),
            max_sequences_slider(
                default.max_sequences, elem_id="budget-max-sequences",
                info="The maximum for each prompt in stage 1.",
            ),
            temperature_slider(default.temperature, elem_id="budget-temperature", info="The same in every stage."),
            gr.Number(
                default.max_new_tokens, precision=0, label=CONTROL_NAMES["max_new_tokens"],
                elem_id="budget-max-new-tokens",
                info="Longer answers are cut off.",
            ),
            gr.Dropdown(
                [(label, name) for name, label in STRATEGY_NAMES.items() if name not in NEVER_FORK],
                value=default.strategy, label=CONTROL_NAMES["strategy"], elem_id="budget-strategy", filterable=False,
                info="What decides where sequences fork.",
            ),
            gr.CheckboxGroup(
                [(_STAGES[name], name) for name in STAGES], value=list(default.stages), label="Stages",
                elem_id="budget-stages", info="adapt and full continue from init.",
            ),
            gr.Radio(
                [(_RULES[name], name) for name in RULES], value=default.rules, label="Stage 2 rules",
                elem_id="budget-rules", info="How much each prompt may get.",
            ),
        ]  # fmt: skip
    return parts, upload
