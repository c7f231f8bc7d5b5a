"""The sweep on the page: its form, its buttons, the view that it fills, and the calibration beneath."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from components.experiments.form import MOST_PROMPTS, OWN_FILE
from components.frame.control_names import CONTROL_NAMES
from components.frame.ordering import NUMBERED, STOPPING, order_number
from components.frame.sliders import temperature_slider
from components.frame.view import Facts
from components.sweeps.form import MOST_SETTINGS, SweepForm
from components.sweeps.handlers import SweepHandlers
from components.sweeps.view import CalibrationView, OfferView, SweepView
from components.sweeps.words import GOAL_WORDS
from eager_core.grading import FAMILIES

_INTRO = """
<p class="eager-budget-intro">The model answers every prompt at every θ and M together, each token once, and in full
sampling for comparison. Press a point or a row to put its θ and M beside the tree.</p>
"""
_CALIBRATION = """
<h3 class="eager-part-title">Calibrate θ</h3>
<p class="eager-budget-intro">Say what you want of θ, and it is chosen from the prompts of the sweep; every third is
held back to test the choice.</p>
"""


@dataclass(frozen=True)
class Around:
    """Parts of the rest of the page that the sweep reads or fills."""

    by_name: Mapping[str, Any]
    """The controls, by the names of `Controls`."""
    controls: Sequence[Component]
    """In the order of `Controls`."""
    download: Component
    facts: Facts
    """`components.page_facts.PAGE_FACTS`."""
    rerun: Callable[[Any], None]
    """Has the tree grow anew after an event that has moved a control."""
    loaded: Any
    """The event after which the controls stand as the page's link says."""


def sweep_section(handlers: SweepHandlers, around: Around) -> None:
    """Build the form, the view and the calibration where it is called, and connect them."""
    with gr.Column(elem_id="sweep"):
        gr.HTML(_INTRO)
        form = _form()
        with gr.Row(elem_id="sweep-buttons", elem_classes="eager-budget-buttons"):
            run = gr.Button("Run", variant="primary", elem_id="sweep-run", scale=0, min_width=96)
            stop = gr.Button("Stop", elem_id="sweep-stop", scale=0, min_width=96)
            csv, json = (
                gr.Button(text, elem_id=name, elem_classes="eager-small", scale=0, min_width=0)
                for text, name in (("Save CSV", "sweep-csv"), ("Save JSON", "sweep-json"))
            )
        problem = gr.HTML(elem_id="sweep-problem")
        view = SweepView(around.facts, elem_id="sweep-view")
        gr.HTML(_CALIBRATION)
        goal = _goal()
        with gr.Row(elem_id="calibrate-buttons", elem_classes="eager-budget-buttons"):
            calibrate = gr.Button("Calibrate", elem_id="calibrate", elem_classes="eager-small", scale=0, min_width=0)
            pilots = gr.Button(
                "Walk pilots of its own", elem_id="calibrate-pilots", elem_classes="eager-small", scale=0, min_width=0
            )
        refused = gr.HTML(elem_id="calibrate-problem")
        calibration = CalibrationView(around.facts, elem_id="calibration")
        offer = OfferView(around.facts, elem_id="offer")
        order = order_number()
    quick: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
    # A sweep that is asked for while another runs ends that one.
    asked = [*form, *around.controls, order]
    run.click(handlers.run, asked, [view, problem], js=NUMBERED, trigger_mode="multiple", **quick)
    stop.click(handlers.stop, order, js=STOPPING, **quick)
    csv.click(handlers.save_csv, None, [around.download, problem], **quick)
    json.click(handlers.save_json, None, [around.download, problem], **quick)
    view.catch_up(handlers.catch_up, None, view, **quick)
    which = [around.by_name[name] for name in ("model", "precision", "measure")]
    offering = (handlers.offer, which, offer)
    calibrate.click(handlers.calibrate, goal, [calibration, refused], **quick).then(*offering, **quick)
    pilots.click(
        handlers.walk_pilots,
        [*goal, *asked],
        [view, refused, calibration],
        js=NUMBERED,
        trigger_mode="multiple",
        **quick,
    ).then(*offering, **quick)
    # Also where a tree that was opened has changed them.
    gr.on([control.change for control in which], *offering, **quick)
    around.loaded.then(*offering, **quick)
    moved = [around.by_name["theta"], around.by_name["max_sequences"]]
    around.rerun(view.choose(put_beside, None, moved, **quick))
    around.rerun(offer.choose(put_theta_beside, None, moved[0], **quick))


def put_beside(chosen: gr.EventData) -> tuple[Any, Any]:
    """Return the theta and M, {theta, max_sequences}, that a person has pressed; a theta of null is left as it is."""
    theta = chosen.theta
    return gr.skip() if theta is None else float(theta), int(chosen.max_sequences)


def put_theta_beside(chosen: gr.EventData) -> float:
    """Return the theta, {theta}, that a person has pressed."""
    return float(chosen.theta)


def _form() -> list[Component]:
    """Build the form; return its parts in the order of `SweepForm`."""
    default = SweepForm()
    families = [(f"{name}: {family.label}", name) for name, family in FAMILIES.items()]
    with gr.Row(elem_id="sweep-form", elem_classes="eager-form"):
        return [
            gr.Dropdown(
                [*families, ("your own file", OWN_FILE)], value=default.tasks, label="Tasks", elem_id="sweep-tasks",
                filterable=False, info="A file of your own is uploaded above.",
            ),
            gr.Number(
                default.num_prompts, precision=0, label="Prompts", elem_id="sweep-num-prompts",
                info=f"1 to {MOST_PROMPTS}; of a file, the first ones.",
            ),
            gr.Textbox(
                default.thetas, label=CONTROL_NAMES["theta"], elem_id="sweep-theta", max_lines=1,
                info="From, to and step, or single values: 1.8:2.7:0.1, or 1.8,2.2.",
            ),
            gr.Textbox(
                default.max_sequences, label=CONTROL_NAMES["max_sequences"], elem_id="sweep-max-sequences", max_lines=1,
                info=f"Up to {MOST_SETTINGS} settings in all, full sampling counted.",
            ),
            gr.Number(
                default.max_new_tokens, precision=0, label=CONTROL_NAMES["max_new_tokens"],
                elem_id="sweep-max-new-tokens", info="Longer answers are cut off.",
            ),
            temperature_slider(default.temperature, elem_id="sweep-temperature", info="The same for all settings."),
        ]  # fmt: skip


def _goal() -> list[Component]:
    with gr.Row(elem_id="calibrate-form", elem_classes="eager-form"):
        return [
            gr.Dropdown(
                [(words, name) for name, words in GOAL_WORDS.items()], value="sequences", label="Goal",
                elem_id="calibrate-goal", filterable=False, info="What θ is to give.",
            ),
            gr.Number(4, label="Number", elem_id="calibrate-number", info="A share or a margin is from 0 to 1."),
            gr.Number(8, precision=0, label="M", elem_id="calibrate-max-sequences", info="One that was swept."),
        ]  # fmt: skip
