"""The page's controls: three sliders, the numbers and choices behind "more", and the model. Each says what it does."""

from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr
from gradio.components import Component

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
    below_sliders: Component
    """What stands between the sliders and "more"."""

    @property
    def parts(self) -> list[Component]:
        """The controls in the order of `Controls`."""
        return [self.by_name[name] for name in Controls.__dataclass_fields__]

    @property
    def moved(self) -> list:
        """The events of a control that was moved or filled in, the model's left out."""
        by_name = self.by_name
        moved = [by_name[name].input for name in ("theta", "max_sequences", "temperature")]
        moved += [by_name[name].submit for name in ("top_p", "max_new_tokens", "seed", "date")]
        moved += [by_name[name].submit for name in ("percentile", "num_candidate_branches")]
        chosen = ("strategy", "measure", "entropy_of", "cap", "dynamic_threshold")
        return moved + [by_name[name].input for name in chosen]

    @property
    def model_changed(self) -> list:
        """The events of another model, or the same in another precision."""
        return [self.by_name["model"].submit, self.by_name["precision"].input]


def control_panel(below_sliders: Callable[[], Component]) -> ControlPanel:
    """Build the controls where it is called.

    Args:
        below_sliders: builds what stands between the sliders and "more", which is another room's.
    """
    default = Controls()
    by_name: dict[str, Component] = {
        "theta": theta_slider(
            default.theta, elem_id="theta", info="Where the entropy reaches this many nats, the text splits in two."
        ),
        "max_sequences": max_sequences_slider(
            default.max_sequences, label="M  most sequences", elem_id="max-sequences",
            info="Once there are this many texts, no more are split off.",
        ),
        "temperature": temperature_slider(
            default.temperature, elem_id="temperature",
            info="Higher makes rare tokens likelier; 0 always takes the likeliest.",
        ),
    }  # fmt: skip
    below = below_sliders()
    with gr.Accordion("More", open=False, elem_id="more"):
        by_name |= _numbers(default) | _choices(default) | _model(default)
    return ControlPanel(by_name, below)


def _numbers(default: Controls) -> dict[str, Component]:
    return {
        "top_p": gr.Number(
            default.top_p, step=0.05, label="Top-p", elem_id="top-p",
            info="Draws only among the likeliest tokens that together have this share.",
        ),
        "max_new_tokens": gr.Number(
            default.max_new_tokens, precision=0, label="Most new tokens", elem_id="max-new-tokens",
            info="A text is cut when it is this many tokens long.",
        ),
        "seed": gr.Number(
            default.seed, precision=0, label="Seed", elem_id="seed",
            info="Fixes every dice roll: the same seed gives the same tree.",
        ),
        "date": gr.Textbox(
            default.date, label="Date", elem_id="date", placeholder=default.date,
            info="What models are told that ask for today's date: YYYY-MM-DD. Most models ask for none.",
        ),
    }  # fmt: skip


def _choices(default: Controls) -> dict[str, Component]:
    return {
        "strategy": gr.Dropdown(
            _named(STRATEGIES, STRATEGY_NAMES), value=default.strategy, label="Strategy", elem_id="strategy",
            filterable=False, info="Who decides where the text splits; the last two are baselines that never split it.",
        ),
        "measure": gr.Dropdown(
            [(MEASURE_OF_NAME[name].title, name) for name in MEASURES], value=default.measure, label="Measure",
            elem_id="measure", filterable=False,
            info="What θ is compared with; only the first is the paper's. Each has its own scale.",
        ),
        "cap": gr.Radio(
            _named(CAPS, _CAPS), value=default.cap, label="M counts", elem_id="cap",
            info="Whether finished texts go on taking a place.",
        ),
        "dynamic_threshold": gr.Checkbox(
            default.dynamic_threshold, label="θ may rise", elem_id="dynamic-threshold",
            info="Authors' code only: θ follows the highest hundredth of the entropies seen.",
        ),
        "entropy_of": gr.Radio(
            _named(ENTROPY_OF, _ENTROPY_OF), value=default.entropy_of, label="Entropy of", elem_id="entropy-of",
            info="Whether it is taken before temperature (the paper), or as the token is drawn.",
        ),
        "percentile": gr.Number(
            default.percentile, step=0.05, label="Percentile", elem_id="percentile",
            info="Strategy Percentile only: a fork needs an entropy above this share of those seen.",
        ),
        "num_candidate_branches": gr.Number(
            default.num_candidate_branches, precision=0, label="Branches of a fork", elem_id="num-candidate-branches",
            info="Strategy Percentile only: into so many tokens it forks at most.",
        ),
    }  # fmt: skip


def _model(default: Controls) -> dict[str, Component]:
    return {
        "model": gr.Textbox(
            default.model, label="Model", elem_id="model", placeholder="SmolLM2-135M-Instruct",
            info="A Hub id, a folder or a GGUF file; empty means the packaged model.",
        ),
        "precision": gr.Dropdown(
            _named(PRECISIONS, _PRECISIONS), value=default.precision, label="Precision", elem_id="precision",
            filterable=False, info="Exact arithmetic gives the same tree on every start; fast arithmetic may not.",
        ),
    }  # fmt: skip


def _named(values: tuple[str, ...], names: dict[str, str]) -> list[tuple[str, str]]:
    return [(names[value], value) for value in values]
