"""The shape of a curve at a slider, run by the Node.js that Playwright brings: points, risers, what is open, what
is near."""

import json
import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

ROOM = Path(__file__).resolve().parents[2] / "assets" / "page" / "what_if"
PLACES = [
    [0.5], [1.0, 40, 4, 3, 0.2], [1.5, 30, 3, 2, 0.4], [2.0, 30, 3, 2, 0.4], [2.5], [3.0, 10, 1, 0, 0.8],
    [9.0, 9, 1, 0, 0],
]  # fmt: skip
STEPS = [[1.0, 1.5, 1.23, "One fork falls away."], [2.0, 3.0, 2.2, "Another falls away."]]
TOLD = {"places": PLACES, "steps": STEPS}


def in_node(call: str):
    """Return the value of an expression over the functions of shape.js, QUANTITIES, and what was told."""
    node, _ = compute_driver_executable()
    lines = [
        f"import * as shape from {json.dumps((ROOM / 'shape.js').as_uri())};",
        f"import {{ QUANTITIES }} from {json.dumps((ROOM / 'quantities.js').as_uri())};",
        f"const {{ shapeOf, nearest, knownAround }} = shape; const told = {json.dumps(TOLD)};",
        f"console.log(JSON.stringify({call}));",
    ]
    command = [node, "--input-type=module", "-"]
    ran = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=True, timeout=300)
    return json.loads(ran.stdout)


def test_known_places_are_points_and_open_ones_marks_within_the_slider_s_ends():
    shape = in_node("shapeOf(told, QUANTITIES.tokens, 0, 3)")
    assert [(point["x"], point["y"]) for point in shape["known"]] == [(1, 40), (1.5, 30), (2, 30), (3, 10)]
    assert shape["open"] == [0.5, 2.5]
    assert shape["least"] < 10 and shape["most"] > 40


def test_the_line_rises_where_the_change_is_told_and_at_the_place_where_it_is_not():
    line = in_node("shapeOf(told, QUANTITIES.forks, 0, 3)")["line"]
    assert list(zip(line["x"], line["y"], strict=True)) == [
        (1, 3), (1.23, 3), (1.23, 2), (1.5, 2), (2, 2), (2.2, 2), (2.2, 0), (3, 0)
    ]  # fmt: skip
    untold = in_node("shapeOf({ ...told, steps: [] }, QUANTITIES.sequences, 0, 3)")["line"]
    assert list(zip(untold["x"], untold["y"], strict=True)) == [(1, 4), (1.5, 4), (1.5, 3), (2, 3), (3, 3), (3, 1)]


def test_with_nothing_known_there_is_a_scale_all_the_same():
    shape = in_node("shapeOf({ places: [[1]], steps: [] }, QUANTITIES.saved, 0, 3)")
    assert shape["known"] == [] and shape["least"] < shape["most"]


@pytest.mark.parametrize(("value", "place", "sentence"), [(1.45, 1.5, "One fork falls away."), (0.2, 0.5, None)])
def test_the_nearest_place_has_the_step_that_ends_there(value, place, sentence):
    found = in_node(f"nearest(told, {value})")
    assert found["place"][0] == place
    assert (found["step"] and found["step"][3]) == sentence


@pytest.mark.parametrize(("value", "known"), [(1.2, [1, 1.5, 2]), (2.0, [1, 1.5, 2]), (3.0, [3, 9])])
def test_what_is_known_around_a_value_ends_at_the_first_open_place(value, known):
    assert in_node(f"knownAround(told.places, {value})") == known
