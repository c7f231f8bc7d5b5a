"""The sliders that the page has twice, beside the tree and under Budget: the same scales, the same names."""

from typing import Any

from components.frame import scales
from components.frame.control_names import CONTROL_NAMES
from components.frame.open_slider import OpenSlider


def theta_slider(value: float | None, **kwargs: Any) -> OpenSlider:
    """Return a slider for theta."""
    return _slider(scales.THETA, value, label=CONTROL_NAMES["theta"], **kwargs)


def max_sequences_slider(value: int | None, **kwargs: Any) -> OpenSlider:
    """Return a slider for M, of whole numbers."""
    return _slider(scales.MAX_SEQUENCES, value, label=CONTROL_NAMES["max_sequences"], precision=0, **kwargs)


def temperature_slider(value: float | None, **kwargs: Any) -> OpenSlider:
    """Return a slider for the temperature."""
    return _slider(scales.TEMPERATURE, value, label=CONTROL_NAMES["temperature"], **kwargs)


def _slider(scale: scales.Scale, value: float | None, **kwargs: Any) -> OpenSlider:
    return OpenSlider(scale.lowest, scale.highest, value, step=scale.step, buttons=[], **kwargs)
