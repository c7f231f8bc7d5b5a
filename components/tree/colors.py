"""Colours of entropy: one scale from 0 to ln 20 nats, fixed, so that two trees can be compared by eye.

Magma (S. van der Walt and N. Smith, 2015) is even in perceived lightness, so it holds for colour-blind readers and in
print. Low entropy lies near the page's ground and high entropy stands out from it, in the light and in the dark: the
dark page runs the scale from dark to bright, the light page from pale to dark.
"""

_MAGMA = (
    "#000004", "#180f3d", "#440f76", "#721f81", "#9e2f7f", "#cd4071", "#f1605d", "#fd9668", "#feca8d", "#fcfdbf",
)  # fmt: skip
_NUM_STOPS = 13

Ramp = tuple[str, ...]
"""Colours at equal steps from entropy 0 to ln 20, as #rrggbb."""


def color_at(colors: Ramp, position: float) -> str:
    """Return the colour at `position` in [0, 1] of equally spaced `colors`, as #rrggbb."""
    scaled = min(max(position, 0.0), 1.0) * (len(colors) - 1)
    index = min(int(scaled), len(colors) - 2)
    low, high = (_channels(color) for color in colors[index : index + 2])
    share = scaled - index
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(low, high, strict=True))


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _part(start: float, end: float) -> Ramp:
    span = [start + (end - start) * step / (_NUM_STOPS - 1) for step in range(_NUM_STOPS)]
    return tuple(color_at(_MAGMA, position) for position in span)


LIGHT_RAMP: Ramp = _part(0.95, 0.21)
DARK_RAMP: Ramp = _part(0.20, 1.0)
