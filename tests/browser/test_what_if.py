"""What the sliders would give elsewhere: curves that fill, dots and keys that move a slider, intervals, and that it
ends at anything a reader does."""

import json
from urllib.parse import quote

import pytest

from tests.browser.conftest import served
from tests.browser.gate import Gate
from tests.browser.test_everyone import barriers
from tests.browser.tree_of_page import drawn, frames, grown, inspected, move_slider, run_to_end, stop, tree
from tests.browser.tree_of_page import filled as linked

THETAS = [round(0.1 * step, 1) for step in range(31)]
SHORT = "&max_new_tokens=24&max_sequences=4"
"""Trees so small that looking ahead comes to its end."""
_CURVE = "document.querySelector('#{} .eager-curve-field')"


@pytest.fixture(scope="module")
def _ahead(tmp_path_factory):
    file = tmp_path_factory.mktemp("ahead") / "spare"
    with served(
        "-m", "tests.browser.scripted_page", "--delay", "0.002", "--spare-gate", str(file), looks_ahead=True
    ) as url:
        yield url, Gate(file)


@pytest.fixture
def ahead(_ahead, browser):
    """A page on a scripted model that looks ahead, and the gate of the passes that do. At first the gate is open, and
    the page's switch on, which the browser keeps."""
    page = browser.new_page()
    page.goto(_ahead[0])
    page.evaluate("localStorage.clear()")
    page.close()
    yield _ahead
    _ahead[1].open()


@pytest.fixture
def prompt(request) -> str:
    """A prompt that no other test has: what looks ahead for their pages may end a moment after these are closed."""
    return request.node.name


@pytest.fixture
def opened(open_page, prompt):
    """Open a page with a prompt, the test's own unless another is given, and small trees."""

    def opened(url: str, prompt: str = prompt, **how):
        page = open_page(f"{url}/?prompt={quote(prompt)}{SHORT}", **how)
        linked(page, prompt)
        return page

    return opened


def known(page, slider: str = "theta") -> list[float]:
    """Return the values of a slider's places that are known."""
    return page.evaluate(
        "name => (eager.whatIf.told[name]?.places ?? []).filter((place) => place.length > 1).map(([at]) => at)", slider
    )


def told_to_the_end(page) -> None:
    """Wait until the page has been told all of the present run's neighbourhood."""
    page.wait_for_function(
        "eager.whatIf.explores === null && Object.values(eager.whatIf.told).length === 3"
        " && Object.values(eager.whatIf.told)"
        ".every(({ run, jumps, places }) => run === eager.store.run && jumps && places)"
        " && eager.whatIf.number > 0"
    )


def filled(page) -> None:
    """Wait until the curve of theta is full."""
    page.wait_for_function(
        "eager.whatIf.told.theta?.run === eager.store.run && eager.whatIf.told.theta.places?.length >= 31"
        " && eager.whatIf.told.theta.places.every((place) => place.length > 1)"
    )


def shape_of_tree(page) -> str:
    """Return what the tree on the page is made of."""
    return json.dumps([tree(page, f"store.{column}") for column in ("text", "parent", "forks")])


def value(page, elem_id: str = "theta") -> float:
    return float(page.input_value(f"#{elem_id} input[type=number]"))


def label(page, elem_id: str = "theta") -> str:
    return page.evaluate(f"{_CURVE.format(elem_id)}.getAttribute('aria-label')")


def click_place(page, place: float, elem_id: str = "theta") -> None:
    """Click on the curve where a place of the slider is."""
    box = page.locator(f"#{elem_id} .eager-curve-field").bounding_box()
    limits = "range => [Number(range.min), Number(range.max)]"
    low, high = page.locator(f"#{elem_id} input[type=range]").evaluate(limits)
    page.mouse.click(box["x"] + (place - low) / (high - low) * box["width"], box["y"] + 30)


def test_the_curve_fills_and_every_place_shows_its_tree_with_no_pass(ahead, opened):
    page = opened(ahead[0])
    run_to_end(page)
    filled(page)
    assert known(page) == THETAS
    told = {place[0]: place[1:] for place in page.evaluate("eager.whatIf.told.theta.places")}
    for theta in THETAS:
        with grown(page):
            move_slider(page, "theta", theta)
        assert tree(page, "store.ledger[4]") == 0
        numbers = [tree(page, "numNodes") - 1, tree(page, "store.sequences.length"), tree(page, "store.forks.length")]
        assert numbers == told[theta][:3]
    assert page.errors == []


def test_a_click_on_a_dot_moves_the_slider_there_and_the_tree_is_that_of_the_slider(ahead, opened):
    page = opened(ahead[0])
    run_to_end(page)
    filled(page)
    with grown(page):
        move_slider(page, "theta", 1.2)
    by_slider = shape_of_tree(page)
    with grown(page):
        move_slider(page, "theta", 2.4)
    filled(page)
    with grown(page):
        click_place(page, 1.2)
    assert value(page) == 1.2 and tree(page, "store.ledger[4]") == 0
    assert shape_of_tree(page) == by_slider
    page.wait_for_function("new URL(location).searchParams.get('theta') === '1.2'")
    assert page.errors == []


def test_keys_jump_to_where_the_tree_changes_and_back(ahead, opened):
    page = opened(ahead[0])
    run_to_end(page)
    filled(page)
    first = shape_of_tree(page)
    low, high = page.evaluate("eager.whatIf.told.theta.same")
    up = page.evaluate("eager.whatIf.told.theta.jumps[1]")
    page.focus("#theta input[type=range]")
    with grown(page):
        page.keyboard.press("Alt+ArrowRight")
    assert value(page) == up and 0 <= up - high < 0.0002
    assert f"theta {up}. From theta" in page.inner_text("body > .eager-sr-only[role=status]")
    assert shape_of_tree(page) != first and page.url.startswith(ahead[0])
    page.wait_for_function("eager.whatIf.told.theta.run === eager.store.run")
    with grown(page):
        page.keyboard.press("Alt+ArrowLeft")
    assert shape_of_tree(page) == first and low <= value(page) <= high
    plain = value(page)
    with grown(page):
        page.keyboard.press("ArrowRight")
    assert 0 < value(page) - plain <= 0.05
    assert page.errors == []


def test_the_interval_is_shown_and_told_also_where_nothing_is_explored(scripted_url, opened):
    page = opened(scripted_url)
    run_to_end(page)
    told_to_the_end(page)
    assert page.locator(".eager-same:visible").count() == 3
    assert not page.locator(".eager-look-ahead").is_visible()  # the environment says no
    low, high = page.evaluate("eager.whatIf.told.theta.same")
    assert "the same tree from" in label(page)
    bar, track = (page.locator(f"#theta {part}").bounding_box() for part in (".eager-same", "input[type=range]"))
    left, width = track["x"] + 8, track["width"] - 16
    assert bar["x"] == pytest.approx(left + low / 3 * width, abs=2)
    assert bar["x"] + bar["width"] == pytest.approx(left + high / 3 * width, abs=2)


def test_the_curve_s_axis_is_the_slider_s_track_and_it_says_what_it_shows(ahead, opened):
    page = opened(ahead[0])
    run_to_end(page)
    filled(page)
    for elem_id in ("theta", "max-sequences", "temperature"):
        field = page.locator(f"#{elem_id} .eager-curve-field").bounding_box()
        track = page.locator(f"#{elem_id} input[type=range]").bounding_box()
        assert field["x"] == pytest.approx(track["x"] + 8, abs=0.5)
        assert field["width"] == pytest.approx(track["width"] - 16, abs=0.5)
    assert label(page).startswith("At theta 2: ") and label(page).endswith("known from 0 to 3.")
    for name, words in (("forks", "fork"), ("sequences", "sequence"), ("saved", "% saved"), ("tokens", "token")):
        page.check(f".eager-segment input[value={name}]")
        assert words in page.inner_text("#theta .eager-curve-words")
    step = page.evaluate("eager.whatIf.told.theta.steps.at(-1)")
    box = page.locator("#theta .eager-curve-field").bounding_box()
    page.mouse.move(box["x"] + step[1] / 3 * box["width"], box["y"] + 20)
    assert page.is_visible("#theta .eager-curve-tip")
    assert page.inner_text("#theta .eager-curve-tip").endswith(step[3])


def test_with_the_switch_off_nothing_is_asked_and_it_is_remembered(ahead, opened, prompt):
    url, gate = ahead
    page = opened(url)
    page.uncheck(".eager-look-ahead input")
    run_to_end(page)
    told_to_the_end(page)
    assert gate.num_come(prompt) == 0 and len(known(page)) < len(THETAS)
    page.reload()
    page.wait_for_function("window.eager?.whatIf")
    linked(page, prompt)
    assert not page.is_checked(".eager-look-ahead input")
    page.check(".eager-look-ahead input")
    run_to_end(page)
    filled(page)
    assert gate.num_come(prompt) > 0


def _second_run(page) -> None:
    with grown(page):
        page.click("#run")


def _turn_off(page) -> None:
    page.uncheck(".eager-look-ahead input")
    told_to_the_end(page)


def _close(page) -> None:
    page.close()


@pytest.mark.parametrize("act", [stop, _turn_off, _close], ids=["stop", "switch", "close"])
def test_whatever_the_reader_does_no_further_pass_is_made(ahead, opened, prompt, act):
    url, gate = ahead
    page, other = opened(url), opened(url, "somebody else's")
    gate.allow(2)
    run_to_end(page)
    wait_until(other, lambda: gate.num_come(prompt) == 3)  # the third waits at the gate
    act(page)
    if act is _close:
        wait_until(other, lambda: gate.num_come(f"closed {prompt}") == 1)  # a server takes a moment to hear of it
    gate.open()
    # Another visitor's run, and all that is told after it, leave time for what must not come.
    run_to_end(other)
    told_to_the_end(other)
    assert gate.num_come(prompt) == 3


def wait_until(page, holds) -> None:
    while not holds():
        frames(page)


def test_a_second_run_is_not_held_up_by_what_looks_ahead(ahead, opened, prompt):
    url, gate = ahead
    page = opened(url)
    gate.allow(2)
    run_to_end(page)
    wait_until(page, lambda: gate.num_come(prompt) == 3)
    _second_run(page)  # over known nodes alone, while that pass still waits
    assert tree(page, "store.ledger[4]") == 0
    gate.open()
    filled(page)
    assert page.errors == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 1440), ("light", 390), ("dark", 390)])
def test_axe_finds_no_grave_barrier_and_nothing_is_wider_than_the_page(ahead, opened, theme, width):
    page = opened(ahead[0], width=width, theme=theme)
    run_to_end(page)
    filled(page)
    drawn(page)
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    column = page.locator("#controls").bounding_box()
    for part in page.locator("#what-if label, #what-if fieldset, .eager-curve-field").all():
        box = part.bounding_box()
        assert column["x"] - 1 <= box["x"] and box["x"] + box["width"] <= column["x"] + column["width"] + 1


def test_another_prompt_begins_with_empty_curves(ahead, opened):
    url, gate = ahead
    page = opened(url)
    run_to_end(page)
    filled(page)
    gate.allow(0)
    page.fill("#prompt textarea", "goodbye")
    run_to_end(page)
    page.wait_for_function("eager.whatIf.told.theta?.places?.length >= 31")
    assert len(known(page)) < len(THETAS)
    inspected(page, 3)  # an answer comes while a pass that looks ahead waits
    assert page.errors == []
