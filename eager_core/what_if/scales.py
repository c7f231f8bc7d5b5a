"""The settings that a curve can be drawn over, and the places on each."""

from dataclasses import replace
from typing import Any, Literal, get_args

from eager_core.settings import Settings
from eager_core.uncertainty import MEASURE_OF_NAME

Setting = Literal["theta", "max_sequences", "temperature"]

SETTINGS: tuple[Setting, ...] = get_args(Setting)

Value = float | int

NUM_THETAS = 31
HIGHEST_MAX_SEQUENCES = 32
HIGHEST_TEMPERATURE = 2.0


def limits_of(setting: Setting, settings: Settings) -> tuple[Value, Value]:
    """Return the lowest and the highest value that is looked at.

    Theta's highest depends on the measure, each with a scale of its own; 3.0 for the paper's.
    """
    match setting:
        case "theta":
            highest = MEASURE_OF_NAME[settings.measure].highest
            # Up to the next value of two digits, so that the steps between places are round ones.
            return 0.0, 3.0 if settings.measure == "top_k_entropy" else round(highest + 0.004, 2)
        case "max_sequences":
            return 1, HIGHEST_MAX_SEQUENCES
        case "temperature":
            return 0.0, HIGHEST_TEMPERATURE


def places_of(setting: Setting, settings: Settings) -> tuple[Value, ...]:
    """Return the places of the setting's slider, rising: theta 0 .. 3 by 0.1 (31 of any measure), M 1 .. 32, and
    temperature 0 .. 1 by 0.1."""
    low, high = limits_of(setting, settings)
    match setting:
        case "theta":
            return tuple(round(low + (high - low) * step / (NUM_THETAS - 1), 6) for step in range(NUM_THETAS))
        case "max_sequences":
            return tuple(range(int(low), int(high) + 1))
        case "temperature":
            return tuple(round(0.1 * step, 1) for step in range(11))


def value_of(setting: Setting, settings: Settings) -> Value:
    """Return the value that `settings` have now."""
    return getattr(settings, setting)


def with_setting(settings: Settings, setting: Setting, value: Value) -> Settings:
    """Return `settings` with one value changed.

    Raises:
        SettingsError: a value outside what the setting may be.
    """
    changed: dict[str, Any] = {setting: value}
    return replace(settings, **changed)
