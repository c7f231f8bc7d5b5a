"""Two trees on the page: pin one, move anything, see what both share and where they part; swap, unpin, link, save."""

import json
import re
from xml.etree import ElementTree

import pytest

from eager_core.comparing import compare
from eager_core.traces import trace_from_json
from tests.browser.test_everyone import _MOVING, barriers
from tests.browser.tree_of_page import (
    click_node,
    drawn,
    filled,
    frames,
    grown,
    inspected,
    move_slider,
    run_to_end,
    stop,
    tree,
    wait_for_tree,
)

PIN = "#token-tree button:has-text('Pin as A')"
_A = "eager.comparing.tree.store"
SIDES = """() => [eager.comparing.tree.view, eager.tree].map((view) => ({
  dimmed: [...view.shows.beside.shared].sort((a, b) => a - b), mark: view.shows.beside.mark,
  x: view.plot._fullLayout.xaxis.range, y: view.plot._fullLayout.yaxis.range,
}))"""


def compared(page) -> None:
    """Wait until what is on the page is compared with A, all of it."""
    page.wait_for_function(
        "eager.comparing?.compared && !eager.store.running"
        " && eager.comparing.sentence.textContent === eager.comparing.compared.sentence"
    )
    drawn(page)


def pin(page) -> None:
    page.click(PIN)
    compared(page)


def sentence(page) -> str:
    return page.inner_text(".eager-parting")


def saved(page, elem_id: str) -> bytes:
    with page.expect_download() as download:
        page.click(f"#{elem_id}")
    return download.value.path().read_bytes()


def texts_of_a(page) -> list[str]:
    return page.evaluate(f"{_A}.text")


def moved_theta(page, value: float = 1.2) -> None:
    with grown(page):
        move_slider(page, "theta", value)
    compared(page)


def test_a_tree_is_pinned_and_compared_with_what_another_theta_gives(scripted_url, open_page):
    page = open_page(scripted_url, watch_console=True)
    page.click(PIN)
    assert not page.locator(".eager-pinned").is_visible()  # there is nothing yet
    run_to_end(page)
    whole = tree(page, "store.text")
    pin(page)
    assert sentence(page) == "A and B are the same tree."
    assert texts_of_a(page) == whole
    moved_theta(page)
    assert texts_of_a(page) == whole  # whatever runs
    two = json.loads(saved(page, "download-comparison"))
    a, b = (trace_from_json(json.dumps(two[name])) for name in "ab")
    told = compare(a, b)
    assert sentence(page) == told.sentence == two["comparison"]["sentence"]
    assert sentence(page).startswith("After ")
    of_a, of_b = page.evaluate(SIDES)
    assert of_a["dimmed"] == sorted(told.alignment.shared_nodes_a) != []
    assert of_b["dimmed"] == sorted(told.alignment.shared_nodes_b)
    assert (of_a["mark"], of_b["mark"]) == (told.divergence.node_a, told.divergence.node_b)
    cells = page.locator(".eager-costs tr:has-text('tokens generated') td").all_inner_texts()
    assert [cell.replace(",", "") for cell in cells[:2]] == [str(a.num_nodes - 1), str(b.num_nodes - 1)]
    captions = page.locator(".eager-caption-of").all_inner_texts()
    assert "θ 2 " in captions[0] and "θ 1.2 " in captions[1]
    assert page.locator(".eager-caption-of strong").all_inner_texts() == ["θ 2", "θ 1.2"]
    assert page.errors == []


def test_what_both_share_is_drawn_pale_and_where_they_part_is_marked(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    pin(page)
    moved_theta(page)
    page.evaluate("Object.assign(eager.tree.camera, { follows: null, x: [-0.9, 12] })")
    page.evaluate("eager.tree.draw()")
    drawn(page)
    for view in ("eager.comparing.tree.view", "eager.tree"):
        marks = page.evaluate(
            f"""(({{ plot, store, shows, _spans }}) => {{
              const {{ x, y, marker }} = plot.data[4];
              const node = (index) => {{
                const {{ limb }} = _spans.find(({{ limb, total }}) =>
                  limb.lane === y[index] && x[index] >= limb.firstDepth && x[index] < limb.firstDepth + total);
                return store.places.node[limb.places[x[index] - limb.firstDepth]];
              }};
              return {{
                isPale: marker.opacity.map((opacity) => opacity < 1),
                isShared: x.map((_, index) => shows.beside.shared.has(node(index))),
                caret: plot.data.at(-1).x, depth: store.depth[shows.beside.mark],
              }};
            }})({view})"""
        )
        assert True in marks["isPale"] and False in marks["isPale"]
        assert marks["isPale"] == marks["isShared"]
        assert marks["caret"] == [marks["depth"] + 0.5] * 2


def test_both_are_looked_at_with_one_camera(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    pin(page)
    moved_theta(page)

    def looks() -> list:
        frames(page, 4)
        drawn(page)
        page.evaluate("eager.comparing.tree.view.painted")
        return [[side["x"], side["y"]] for side in page.evaluate(SIDES)]

    first = looks()
    assert first[0] == first[1]
    page.focus(".eager-pinned .eager-stage")
    page.keyboard.press("+")
    zoomed = looks()
    assert zoomed[0] == zoomed[1] != first[0]
    page.evaluate("eager.tree.showSequence(1)")
    shown = looks()
    assert shown[0] == shown[1] != zoomed[0]
    box = page.locator(".eager-pinned .eager-stage").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=4)
    page.mouse.up()
    page.wait_for_function(f"eager.tree.camera.x[0] !== {shown[0][0][0]}")
    page.wait_for_function("!eager.tree.held && !eager.comparing.tree.view.held")
    dragged = looks()
    assert dragged[0] == dragged[1] != shown[0]
    page.keyboard.press("f")
    assert looks() == first
    page.keyboard.press("c")  # what is switched in one is switched in both
    assert page.evaluate("eager.comparing.tree.view.shows.coloring.name === eager.tree.shows.coloring.name")
    assert tree(page, "view.shows.coloring.name") == "probability"


def test_a_click_in_a_is_told_of_and_one_token_is_chosen_in_both_together(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    inspected(page, 4)
    why = page.inner_text("#inspector .eager-why")
    pin(page)
    moved_theta(page)
    at = page.evaluate("eager.comparing.tree.view.pixelOf(4)")
    page.mouse.click(at["x"], at["y"])
    page.wait_for_selector("#inspector >> text=A, pinned as it was")
    assert page.inner_text("#inspector .eager-why") == why
    assert page.evaluate(f"[{_A}.selected, eager.store.selected]") == [4, None]
    assert page.locator("#inspector .eager-bars svg").count() > 0  # its exploration is the present one
    assert page.locator("#inspector .eager-row:not(:disabled)").count() == 0
    click_node(page, 1)
    page.wait_for_selector("#inspector [data-node='1'] .eager-why")
    assert page.evaluate(f"[{_A}.selected, eager.store.selected]") == [None, 1]


def test_swap_and_unpin(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    first = tree(page, "store.text")
    pin(page)
    moved_theta(page)
    second, words = tree(page, "store.text"), sentence(page)
    assert first != second
    with grown(page):
        page.click("#token-tree button:has-text('Swap')")
    page.wait_for_function(f"({_A}.text.length === {len(second)})")
    compared(page)
    assert tree(page, "store.text") == first and texts_of_a(page) == second
    assert page.input_value("#theta input[type=number]") == "2"
    assert sentence(page) != words and "A forks and B does not" in sentence(page)
    page.wait_for_function("new URL(location).searchParams.get('a').includes('theta=1.2')")
    page.wait_for_function("new URL(location).searchParams.get('theta') === '2'")
    page.click("#token-tree button:has-text('Unpin')")
    page.wait_for_function("document.body.dataset.eagerPinned === 'false'")
    assert not page.locator(".eager-pinned").is_visible()
    assert not page.locator("#download-comparison").is_visible()
    assert tree(page, "view.shows.beside") is None and tree(page, "view.shows.ghosts")
    assert "a=" not in page.evaluate("location.search.replace(/theta=|seed=/g, '')")
    moved_back = tree(page, "numNodes")
    with grown(page):
        move_slider(page, "theta", 1.2)
    assert tree(page, "numNodes") != moved_back
    assert page.errors == []


def test_a_link_runs_a_pins_it_and_then_shows_b(scripted_url, open_page):
    page = open_page(scripted_url)
    page.fill("#prompt textarea", "Link & me = 100 %?")
    run_to_end(page)
    pin(page)
    moved_theta(page, 1.3)
    page.wait_for_function("location.search.includes('theta=1.3')")
    again = open_page(page.url)
    filled(again, "Link & me = 100 %?")
    again.wait_for_function("eager.comparing?.pin > 0 && eager.store.theta === 1.3 && !eager.store.running")
    compared(again)
    assert sentence(again) == sentence(page)
    assert texts_of_a(again) == texts_of_a(page)
    assert tree(again, "store.text") == tree(page, "store.text")
    assert again.inner_text(".eager-costs") == page.inner_text(".eager-costs")
    assert again.input_value("#theta input[type=number]") == "1.3"
    assert "theta=1.3" not in again.evaluate("new URL(location).searchParams.get('a')")
    assert again.errors == []


def test_a_tree_that_still_grows_is_pinned_as_if_stopped_there(gated, open_page):
    url, gate = gated
    page = open_page(url)
    gate.allow(15)
    page.click("#run")
    wait_for_tree(page, "tree.running && tree.numNodes > 10")
    page.click(PIN)
    page.wait_for_function("eager.comparing?.pin > 0")
    pinned = page.evaluate(f"{_A}.numNodes")
    assert page.evaluate(f"{_A}.sequences.some(({{ reason }}) => reason === 'stopped')")
    assert "still" in sentence(page) or "growing" in sentence(page)
    gate.open()
    wait_for_tree(page, "!tree.running")
    compared(page)
    assert page.evaluate(f"{_A}.numNodes") == pinned < tree(page, "numNodes")
    assert "was stopped there" in sentence(page)


def test_a_run_of_b_that_is_stopped_is_compared_as_it_stands(gated, open_page):
    url, gate = gated
    page = open_page(url)
    run_to_end(page)
    pin(page)
    gate.allow(4)
    run = tree(page, "run")
    move_slider(page, "temperature", 1.8)
    wait_for_tree(page, f"tree.run > {run} && tree.running && tree.numNodes > 2")
    stop(page)
    gate.open()
    compared(page)
    assert sentence(page) not in ("", "A and B are the same tree.")


def test_all_by_keyboard_and_told_to_those_who_hear_it(scripted_url, open_page):
    page = open_page(scripted_url, width=1720)
    page.focus("body")
    page.keyboard.press("r")
    wait_for_tree(page, "tree.numNodes > 10 && !tree.running")
    page.keyboard.press("p")
    compared(page)
    assert "Pinned as A" in page.inner_text("body > .eager-sr-only[role=status]")
    status = page.locator(".eager-parting")
    assert status.get_attribute("role") == "status"
    moved_theta(page)
    before = texts_of_a(page)
    page.keyboard.press("l")
    page.wait_for_function("document.body.dataset.eagerBeside === 'true'")
    a, b = (page.locator(f"{which} .eager-stage").bounding_box() for which in (".eager-pinned", "#token-tree"))
    assert a["x"] + a["width"] < b["x"] and abs(a["y"] - b["y"]) < 2 and abs(a["width"] - b["width"]) < 2
    page.keyboard.press("l")
    page.wait_for_function("document.body.dataset.eagerBeside === 'false'")
    page.focus(".eager-pinned .eager-stage")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector("#inspector >> text=A, pinned as it was")
    with grown(page):
        page.keyboard.press("a")
    page.wait_for_function(f"{_A}.text.join() !== {json.dumps(','.join(before))}")
    compared(page)
    assert tree(page, "store.text") == before
    page.keyboard.press("q")
    page.wait_for_function("document.body.dataset.eagerPinned === 'false'")
    page.keyboard.press("?")
    page.wait_for_selector(".eager-keys[open]")
    assert {"p", "a", "q", "l"} <= set(page.locator(".eager-keys kbd").all_inner_texts())
    assert page.errors == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 1440), ("light", 360), ("dark", 360)])
def test_axe_finds_no_grave_barrier_beside_each_other(scripted_url, open_page, theme, width):
    page = open_page(scripted_url, width=width, theme=theme)
    run_to_end(page)
    pin(page)
    moved_theta(page)
    page.wait_for_function(f"{_MOVING}.length === 0")
    assert barriers(page) == []
    if width > 1180:
        page.keyboard.press("l")
        frames(page, 4)
        assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("which", ["scripted_url", "hostile_url"])
def test_both_are_saved_as_a_page_of_their_own_that_needs_no_network(which, request, open_page, browser, tmp_path):
    page = open_page(request.getfixturevalue(which))
    run_to_end(page)
    pin(page)
    moved_theta(page)
    file = tmp_path / "two.html"
    file.write_bytes(saved(page, "download-page"))
    alone = browser.new_page()
    requested, errors = [], []
    alone.on("request", lambda request: requested.append(request.url))
    alone.on("pageerror", lambda error: errors.append(str(error)))
    alone.on("console", lambda message: message.type == "error" and errors.append(message.text))
    alone.on("dialog", lambda dialog: errors.append(dialog.message))
    alone.route(re.compile("^https?:"), lambda route: route.abort())
    alone.goto(file.as_uri())
    alone.wait_for_function("window.eager?.comparing?.compared")
    drawn(alone)
    assert sentence(alone) == sentence(page)
    assert alone.inner_text(".eager-costs") == page.inner_text(".eager-costs")
    assert [side["dimmed"] for side in alone.evaluate(SIDES)] == [side["dimmed"] for side in page.evaluate(SIDES)]
    assert alone.locator(".eager-pinned .eager-stage").bounding_box()["height"] > 150
    at = alone.evaluate("eager.comparing.tree.view.pixelOf(4)")
    alone.mouse.click(at["x"], at["y"])
    alone.wait_for_selector("#inspector >> text=A, pinned as it was")
    assert alone.locator("button:has-text('Swap')").count() == 0
    if which == "scripted_url":
        assert barriers(alone) == []
    alone.keyboard.press("l")
    alone.wait_for_function("document.body.dataset.eagerBeside === 'true'")
    assert [url for url in requested if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []
    alone.close()


def test_a_picture_holds_both(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    alone = ElementTree.fromstring(saved(page, "download-svg").decode())
    pin(page)
    moved_theta(page)
    both = ElementTree.fromstring(saved(page, "download-svg").decode())
    words = [element.text for element in both.iter() if element.tag.endswith("}text") and element.text]
    assert any(word.startswith("A: scripted") and "θ 2" in word for word in words)
    assert any(word.startswith("B: scripted") and "θ 1.2" in word for word in words)
    assert sentence(page).split()[0] in " ".join(words)
    plots = [element for element in both if element.tag.endswith("}svg")]
    assert len(plots) == 2 and float(plots[0].get("y")) < float(plots[1].get("y"))
    assert len([element for element in alone if element.tag.endswith("}svg")]) == 1
    png = saved(page, "download-png")
    assert png.startswith(b"\x89PNG") and int.from_bytes(png[20:24], "big") == 2 * int(both.get("height"))
