"""The page's controls: three sliders, the numbers and choices behind "more", and the model. Each says what it does."""

from dataclasses import dataclass
from typing import Any, Literal

import gradio as gr
from gradio.components import Component

from components.frame.control_names import CONTROL_NAMES
from components.frame.controls import PRECISIONS, Controls
from components.frame.sliders import max_sequences_slider, temperature_slider, theta_slider
from components.frame.strategy_names import STRATEGY_NAMES
from eager_core.settings import CAPS, ENTROPY_OF, MEASURES, STRATEGIES
from eager_core.uncertainty import MEASURE_OF_NAME

_CAPS = {"total": "all sequences", "active": "unfinished ones"}
_ENTROPY_OF = {"model": "the model", "sampling": "the draw"}
_PRECISIONS = {"auto": "automatic", "float32": "float32, exact", "bfloat16": "bfloat16, fast"}


@dataclass(frozen=True)
class ControlPanel:
    """The controls by the names of `Controls`, and the events that mean "run again"."""

    by_name: dict[str, Component]

    @property
    def parts(self) -> list[Component]:
        """The controls in the order of `Controls`."""
        return [self.by_name[name] for name in Controls.__dataclass_fields__]

    @property
    def moved(self) -> list:
        """The events of a control that was moved or filled in, the model's left out."""
        by_name = self.by_name
        moved = [_event(by_name[name], "input") for name in ("theta", "max_sequences", "temperature")]
        moved += [_event(by_name[name], "submit") for name in ("top_p", "max_new_tokens", "seed", "date")]
        moved += [_event(by_name[name], "submit") for name in ("percentile", "num_candidate_branches")]
        chosen = ("strategy", "measure", "entropy_of", "cap", "dynamic_threshold")
        return moved + [_event(by_name[name], "input") for name in chosen]

    @property
    def model_changed(self) -> list:
        """The events of another model, or the same in another precision."""
        return [_event(self.by_name["model"], "submit"), _event(self.by_name["precision"], "input")]


def _event(component: Component, name: Literal["input", "submit"]) -> Any:
    """Return an event of a component: Gradio gives them to their classes when they are made, and so declares none."""
    return getattr(component, name)


def control_panel(below_sliders: Component | None = None) -> ControlPanel:
    """Build the controls where it is called.

    Args:
        below_sliders: what stands between the sliders and "more", which is another room's; not rendered yet.
    """
    default = Controls()
    by_name: dict[str, Component] = {
        "theta": theta_slider(
            default.theta, elem_id="theta", info="Where the entropy reaches this many nats, the sequence forks in two."
        ),
        "max_sequences": max_sequences_slider(
            default.max_sequences, elem_id="max-sequences",
            info="Once there are this many sequences, none forks any more.",
        ),
        "temperature": temperature_slider(
            default.temperature, elem_id="temperature",
            info="Higher makes rare tokens more likely; 0 always takes the most likely one.",
        ),
    }  # fmt: skip
    if below_sliders is not None:
        below_sliders.render()
    with gr.Accordion("More", open=False, elem_id="more"):
        by_name |= _numbers(default) | _choices(default) | _model(default)
    return ControlPanel(by_name)


def _numbers(default: Controls) -> dict[str, Component]:
    return {
        "top_p": gr.Number(
            default.top_p, step=0.05, label=CONTROL_NAMES["top_p"], elem_id="top-p",
            info="Draws only among the most likely tokens that together hold this much of the probability.",
        ),
        "max_new_tokens": gr.Number(
            default.max_new_tokens, precision=0, label=CONTROL_NAMES["max_new_tokens"], elem_id="max-new-tokens",
            info="A sequence is cut when it is this many tokens long.",
        ),
        "seed": gr.Number(
            default.seed, precision=0, label=CONTROL_NAMES["seed"], elem_id="seed",
            info="Fixes every roll of the dice: the same seed gives the same tree.",
        ),
        "date": gr.Textbox(
            default.date, label=CONTROL_NAMES["date"], elem_id="date", placeholder=default.date,
            info="The date given to models that ask for one, as YYYY-MM-DD. Most do not ask.",
        ),
    }  # fmt: skip


def _choices(default: Controls) -> dict[str, Component]:
    return {
        "strategy": gr.Dropdown(
            _named(STRATEGIES, STRATEGY_NAMES), value=default.strategy, label=CONTROL_NAMES["strategy"],
            elem_id="strategy",
            filterable=False, info="What decides where sequences fork; the last two are baselines that never fork.",
        ),
        "measure": gr.Dropdown(
            [(MEASURE_OF_NAME[name].title, name) for name in MEASURES], value=default.measure,
            label=CONTROL_NAMES["measure"], elem_id="measure", filterable=False,
            info="What θ is compared with. Only the first is the paper's; each has a scale of its own.",
        ),
        "cap": gr.Radio(
            _named(CAPS, _CAPS), value=default.cap, label=CONTROL_NAMES["cap"], elem_id="cap",
            info="Whether finished sequences still count.",
        ),
        "dynamic_threshold": gr.Checkbox(
            default.dynamic_threshold, label=CONTROL_NAMES["dynamic_threshold"], elem_id="dynamic-threshold",
            info="Authors' code only: θ rises to the 99th percentile of the entropies seen so far.",
        ),
        "entropy_of": gr.Radio(
            _named(ENTROPY_OF, _ENTROPY_OF), value=default.entropy_of, label=CONTROL_NAMES["entropy_of"],
            elem_id="entropy-of",
            info="Before temperature, as in the paper, or after it, as the token is drawn.",
        ),
        "percentile": gr.Number(
            default.percentile, step=0.05, label=CONTROL_NAMES["percentile"], elem_id="percentile",
            info="Percentile only: a fork needs an entropy above this share of those seen so far.",
        ),
        "num_candidate_branches": gr.Number(
            default.num_candidate_branches, precision=0, label=CONTROL_NAMES["num_candidate_branches"],
            elem_id="num-candidate-branches",
            info="Percentile only: the maximum number of tokens that one fork takes.",
        ),
    }  # fmt: skip


def _model(default: Controls) -> dict[str, Component]:
    return {
        "model": gr.Textbox(
            default.model, label=CONTROL_NAMES["model"], elem_id="model", placeholder="SmolLM2-135M-Instruct",
            info="A Hub id, a folder or a GGUF file; leave it empty for the packaged model.",
        ),
        "precision": gr.Dropdown(
            _named(PRECISIONS, _PRECISIONS), value=default.precision, label=CONTROL_NAMES["precision"],
            elem_id="precision",
            filterable=False, info="Exact arithmetic gives the same tree after every start; fast arithmetic may not.",
        ),
    }  # fmt: skip


def _named(values: tuple[str, ...], names: dict[str, str]) -> list[tuple[str, str]]:
    return [(names[value], value) for value in values]
