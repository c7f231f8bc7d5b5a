"""How light a colour is to the eye."""

from itertools import pairwise


def lightness(color: str) -> float:
    """Return the CIE L* of a colour, 0 (black) to 100 (white).

    References: IEC 61966-2-1 (sRGB), CIE 15 (L*).
    """
    linear = [_linear(channel / 255) for channel in _channels(color)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


def lightness_steps(colors: tuple[str, ...]) -> list[float]:
    """Return the differences in L* from each colour to the next."""
    return [lightness(after) - lightness(before) for before, after in pairwise(colors)]


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
