"""What a strategy looked at where a token was chosen, and what it compared that with."""

import math
from dataclasses import dataclass
from typing import Any

from components.frame.strategy_names import NEVER_FORK
from eager_core.events import Forked, RunStarted
from eager_core.prediction import Prediction
from eager_core.settings import Settings
from eager_core.tree import Node
from eager_core.uncertainty import MEASURE_OF_NAME, top_k_entropy_at

_FOLLOWS_ITS_PAST = ("reference", "percentile")
"""Strategies whose threshold depends on the entropies seen before, and is told where they fork only."""


@dataclass(frozen=True)
class Trigger:
    """A measure of uncertainty against a threshold; None where it is not known, or there is none."""

    label: str
    """What was measured, and its unit."""
    value: float | None
    threshold: float | None
    highest: float
    """Upper end of a scale to show the two on."""


def measure_name(settings: Settings) -> str:
    """Return the name of the measure that a run's strategy looks at."""
    if settings.strategy == "paper":
        return settings.measure
    return "full_entropy" if settings.strategy == "percentile" else "top_k_entropy"


def trigger_of(node: Node, fork: Forked | None, started: RunStarted, prediction: Prediction | None = None) -> Trigger:
    """Return what was looked at where `node` was chosen.

    Args:
        fork: the first fork at the node's parent, if there was one.
        started: how the run began; its settings may be unknown in part.
        prediction: the one that the node came from; without it only what the tree itself tells is known.
    """
    settings = started.settings
    name = measure_name(settings)
    measure = MEASURE_OF_NAME[name]
    of_sampling = settings.entropy_of == "sampling" and name == "top_k_entropy"
    label = f"{measure.label}, at the temperature of the draw" if of_sampling else measure.label
    value = None
    if prediction is not None:
        value = top_k_entropy_at(prediction, settings.temperature) if of_sampling else measure.of(prediction)
    elif fork is not None:
        value = fork.entropy
    elif name == "top_k_entropy" and not of_sampling:
        value = node.entropy
    return Trigger(label, _known(value), _known(_threshold(fork, started)), measure.highest)


def _threshold(fork: Forked | None, started: RunStarted) -> float | None:
    strategy = started.settings.strategy
    if fork is not None:
        return fork.threshold
    if strategy in NEVER_FORK or (strategy in _FOLLOWS_ITS_PAST and _is_moving(started.settings)):
        return None
    return started.known("theta")


def _is_moving(settings: Settings) -> bool:
    return settings.strategy == "percentile" or settings.dynamic_threshold


def _known(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def told_of_run(started: RunStarted) -> dict[str, Any]:
    """Return what the page is to know of a whole run: the name of its measure, and whether theta lies on its scale.

    `trigger` is None where the strategy compares nothing; `theta_on_scale` is true where theta is known, and compared
    with the entropy that colours the tree.
    """
    settings = started.settings
    if settings.strategy in NEVER_FORK:
        return {"trigger": None, "theta_on_scale": False}
    name = measure_name(settings)
    on_scale = name == "top_k_entropy" and settings.entropy_of == "model" and started.known("theta") is not None
    return {"trigger": MEASURE_OF_NAME[name].label, "theta_on_scale": on_scale}
