"""The tree itself: ghosts, folding, words, colours, and where to look."""

from playwright.sync_api import Page

from tests.browser.tree_of_page import click_node, drawn, grown, in_module, move_slider, run_to_end, tree, wait_for_tree

_PLACES = "document.getElementById('token-tree').tokenTree.store.places"


def cells(page: Page) -> dict[str, list[int]]:
    """[lane, depth] of every place that was ever drawn, by its number."""
    of_all = "places => Object.fromEntries(places.parent.map((_, at) => [at, [places.lane(at), places.depth[at]]]))"
    return page.evaluate(f"({of_all})({_PLACES})")


def ghosts(page: Page) -> list[int]:
    return page.evaluate(f"{_PLACES}.node.flatMap((node, place) => node === null ? [place] : [])")


def settle(page: Page, elem_id: str, value: float) -> None:
    """Move a slider and wait until the tree that it asks for is there, and drawn."""
    with grown(page):
        move_slider(page, elem_id, value)
    drawn(page)


def look_near(page: Page) -> None:
    page.evaluate("(t => { t.view.camera.follows = null; t.view.camera.x = [-1, 9]; t.view.draw(); })"
                  "(document.getElementById('token-tree').tokenTree)")  # fmt: skip
    assert tree(page, "level") == "near"


def drawn_texts(page: Page) -> list[str]:
    drawn(page)
    return page.locator("#token-tree .scatterlayer text").all_text_contents()


def test_a_moved_slider_leaves_ghosts_and_nothing_jumps(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    before, num_nodes = cells(page), tree(page, "numNodes")
    assert ghosts(page) == []

    settle(page, "theta", 2.6)
    after = cells(page)
    assert before.items() <= after.items()
    fading = ghosts(page)
    assert fading and len(fading) + tree(page, "numNodes") == len(after)

    at = tree(page, f"view.pixelOfPlace({fading[0]})")
    page.mouse.click(at["x"], at["y"])
    page.wait_for_selector("#inspector >> text=Not in the present tree: an earlier run took this token")
    page.wait_for_selector("#inspector .eager-bars svg")
    assert tree(page, "view.chosen") == fading[0]

    far = page.locator("#token-tree .imagelayer image")
    drawn(page)
    with_ghosts = far.get_attribute("href")
    page.click("button:has-text('Ghosts')")
    drawn(page)
    assert far.get_attribute("href") != with_ghosts
    assert tree(page, f"view.placeAt({at['x']}, {at['y']})") is None

    settle(page, "theta", 2)
    assert tree(page, "numNodes") == num_nodes
    assert after.items() <= cells(page).items()
    assert page.errors == []


def test_another_prompt_begins_a_drawing_of_its_own(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    settle(page, "theta", 2.6)
    page.fill("#prompt textarea", "Another question.")
    run_to_end(page)
    assert ghosts(page) == []
    assert len(cells(page)) == tree(page, "numNodes")


def test_a_subtree_folds_to_a_stub_with_its_size(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    behind = in_module(page, "tree/spans.js", "sizeBehind(eager.store, 1)")
    assert 0 < behind < tree(page, "numNodes") - 1
    click_node(page, 1)
    page.keyboard.press("x")
    assert f"{behind:,}" in drawn_texts(page)
    assert in_module(page, "tree/spans.js", "spansOf(eager.store, eager.tree.shows)[0].total") == 2  # with the prompt
    page.keyboard.press("ArrowRight")
    drawn(page)
    assert tree(page, "view.chosen") == 1  # there is nothing to walk to
    page.keyboard.press("x")
    assert f"{behind:,}" not in drawn_texts(page)


def test_words_stand_for_runs_of_tokens(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    look_near(page)
    tokens = drawn_texts(page)
    assert any("\u2027" in text for text in tokens)
    page.click("button:has-text('Words')")
    words = drawn_texts(page)
    assert words != tokens and not any("\u2027" in text for text in words)


def test_a_key_cycles_what_colours_tell(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    page.focus(".eager-stage")
    image = page.locator("#token-tree .imagelayer image")
    seen, names = set(), []
    for _ in range(4):
        drawn(page)
        seen.add(image.get_attribute("href"))
        names.append(page.inner_text(".eager-legend-name"))
        assert page.locator(".eager-legend-theta").is_visible() == (names[-1] == "entropy, nats")
        page.keyboard.press("c")
    assert names == ["entropy, nats", "probability", "rank", "no colour"]
    assert len(seen) == 4
    drawn(page)
    assert page.inner_text(".eager-legend-name") == "entropy, nats"


def test_pan_and_zoom_survive_every_update(gated, open_page):
    url, gate = gated
    page = open_page(url)
    gate.allow(40)
    page.click("#run")
    wait_for_tree(page, "tree.running && tree.numNodes > 60")
    look_near(page)
    before = tree(page, "view._axes.x.range")
    page.locator(".eager-stage").scroll_into_view_if_needed()
    box = page.locator(".eager-stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 120, y, steps=4)
    page.mouse.up()
    drawn(page)
    panned = tree(page, "view._axes.x.range")
    assert panned[0] > before[0]
    seen = tree(page, "numNodes")
    gate.open()
    wait_for_tree(page, f"tree.numNodes > {seen} + 40")
    assert tree(page, "view._axes.x.range") == panned
    page.focus(".eager-stage")
    page.keyboard.press("z")
    wait_for_tree(page, "!tree.running")
    drawn(page)
    shown = tree(page, "view._axes.y.range")
    assert shown[0] - shown[1] < 6
    page.keyboard.press("f")
    assert tree(page, "view._axes.x.range")[0] < 0 < tree(page, "store.maxDepth") < tree(page, "view._axes.x.range")[1]
