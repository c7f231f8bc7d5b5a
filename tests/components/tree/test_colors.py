"""The entropy scale: even in lightness, and from the page's ground to its ink in both themes."""

import pytest

from components.tree.colors import DARK_RAMP, LIGHT_RAMP, color_at
from tests.components.tree.lightness import lightness, lightness_steps


@pytest.mark.parametrize(("ramp", "sign"), [(LIGHT_RAMP, -1), (DARK_RAMP, 1)])
def test_lightness_runs_one_way_in_even_steps(ramp, sign):
    steps = [sign * step for step in lightness_steps(ramp)]
    assert min(steps) > 0
    assert max(steps) < 2 * sum(steps) / len(steps)


def test_lightness_of_black_and_white():
    assert lightness("#000000") == pytest.approx(0)
    assert lightness("#ffffff") == pytest.approx(100, abs=0.01)


def test_a_colour_between_two_stops():
    assert color_at(("#000000", "#ffffff"), 0.5) == "#808080"
    assert color_at(("#000000", "#ffffff"), 7) == "#ffffff"
