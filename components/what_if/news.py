"""What the page is told of a slider: where the present tree stays the same, and what other places give.

    {"run": 3, "number": 5, "explores": "theta", "later": false, "sliders": {"theta": {
        "present": 2.0, "same": [1.8371, 2.4372], "jumps": [1.837, 2.4373],
        "places": [[0.0], ..., [2.0, 412, 8, 7, 0.463], ...],
        "steps": [[2.4, 2.5, 2.4372, "From theta 2.44 on, ..."], ...]}}}

`same` are the first and the last value of this very tree, and `jumps` the values beyond them to which keys jump, null
where there is none; `same` is null where it can't be told. A place is [value] where it is open, else [value, tokens,
sequences, forks, saved fraction]. A step is [known place, next known place, where it happens, sentence].
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from eager_core.what_if import Curve, Place, SameTree, Setting
from eager_core.what_if.scales import Value

_JUMP_DIGITS = Decimal("0.0001")
"""A number box shows so many; a change that lies closer to another is jumped over with it."""

Slider = dict[str, Any]
"""JSON values."""


@dataclass(frozen=True)
class News:
    """Something to tell."""

    sliders: Mapping[Setting, Slider]
    """Those that have changed; at last, all."""
    explores: Setting | None
    """The slider whose places are being explored; None where nothing is, or no longer."""


def told_same(same: SameTree | None, limits: tuple[Value, Value]) -> Slider:
    """Return what is told of an interval; a jump stays within the limits of its slider."""
    if same is None or not same.is_exact:
        return {"same": None, "jumps": [None, None]}
    below, above = jump(same.below, ROUND_FLOOR, limits), jump(same.above, ROUND_CEILING, limits)
    return {"same": [same.low, same.high], "jumps": [below, above]}


def jump(change: Value | None, rounding: str, limits: tuple[Value, Value]) -> Value | None:
    """Return the nearest value of few digits at or beyond a change."""
    if change is None or isinstance(change, int):
        return change
    rounded = float(Decimal(change).quantize(_JUMP_DIGITS, rounding))
    return rounded if limits[0] <= rounded <= limits[1] else change


def told_curve(curve: Curve, places: Mapping[Value, Place]) -> Slider:
    """Return what is told of a curve.

    Args:
        places: all places of the slider by their values, those too that `curve` leaves out.
    """
    every = dict(places) | {place.value: place for place in curve.places}
    return {
        "present": curve.present,
        "places": [told_place(every[value]) for value in sorted(every)],
        "steps": [[step.low, step.high, step.at, step.sentence] for step in curve.steps],
    }


def told_place(place: Place) -> list[float]:
    """Return a place as the page's numbers."""
    outcome = place.outcome
    if outcome is None:
        return [place.value]
    return [
        place.value, outcome.num_tokens, outcome.num_sequences, outcome.num_forks, round(outcome.saved_fraction, 3),
    ]  # fmt: skip


def message(run: int, number: int, news: Iterable[News], later: bool = False) -> str:
    """Return as JSON all of `news`, the latest last.

    Args:
        run: the run whose neighbourhood it is.
        number: 1 for the first message of this telling.
        later: whether nothing is explored because too many do so; ask again in a while.
    """
    sliders: dict[Setting, Slider] = {}
    for latest in news:
        sliders |= latest.sliders
    told = {"run": run, "number": number, "explores": latest.explores, "sliders": sliders, "later": later}
    return json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
