"""Values of a setting to be tried: "1.8:2.7:0.1" (from, to, step) or "1,4,8", and the settings of a whole grid."""

import math
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from itertools import product

from eager_core.errors import SettingsError
from eager_core.settings import Settings

LARGEST_NUM_VALUES = 1000
"""Of one setting."""
_MOST_COUNTED = 10**12


def values_of(name: str, text: str) -> tuple[float, ...]:
    """Return the values that `text` names, rising, none twice. Steps are decimal: 1.8:2.7:0.1 holds 2.1 exactly.

    Args:
        name: of the setting, for the sentence that refuses it.
    Raises:
        SettingsError: not numbers, a range that goes backwards or never ends, or too many values.
    """
    parts = text.split(":")
    if len(parts) == 3:
        low, high, step = (_number(name, text, part) for part in parts)
        if step <= 0 or high < low:
            raise SettingsError(
                f"{name} is {text!r}, but a range must rise from its first number to its second by a step above 0; "
                "write it like 1.8:2.7:0.1."
            )
        num_values = int((high - low) / step) + 1
        if num_values > LARGEST_NUM_VALUES:
            told = f"{num_values:,}" if num_values < _MOST_COUNTED else f"over {_MOST_COUNTED:,}"
            raise SettingsError(
                f"{name} is {text!r}, which is {told} values, but up to {LARGEST_NUM_VALUES:,} can be tried; "
                "take a larger step."
            )
        return tuple(float(low + step * number) for number in range(num_values))
    if len(parts) > 1:
        raise SettingsError(f"{name} is {text!r}, but a range has three parts; write it like 1.8:2.7:0.1.")
    values = sorted({float(_number(name, text, part)) for part in text.split(",")})
    if len(values) > LARGEST_NUM_VALUES:
        raise SettingsError(f"{name} has {len(values):,} values, but up to {LARGEST_NUM_VALUES:,} can be tried.")
    return tuple(values)


def whole_values_of(name: str, text: str) -> tuple[int, ...]:
    """As `values_of`, for whole numbers.

    Raises:
        SettingsError: also where a value is not whole.
    """
    values = values_of(name, text)
    for value in values:
        if value != int(value):
            raise SettingsError(f"{name} is {text!r}, but {value:g} is not a whole number; write it like 1,4,8.")
    return tuple(int(value) for value in values)


def grid_of(settings: Settings, thetas: Sequence[float], max_sequences: Sequence[int]) -> list[Settings]:
    """Return `settings` at each theta and each M, thetas changing fastest.

    Raises:
        SettingsError: a value outside what the setting may be.
    """
    return [replace(settings, theta=theta, max_sequences=most) for most, theta in product(max_sequences, thetas)]


def _number(name: str, text: str, part: str) -> Decimal:
    try:
        number = Decimal(part.strip())
    except InvalidOperation:
        number = Decimal("nan")
    # Neither too large for a float, nor so small that it would be zero.
    if not number.is_finite() or not math.isfinite(float(number)) or (number and not float(number)):
        raise SettingsError(
            f"{name} is {text!r}, but {part.strip()!r} is not a number; write a range like 1.8:2.7:0.1, or 1,4,8."
        )
    return number
