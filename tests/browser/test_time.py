"""The time scrubber, and the entropies beside it."""

import pytest

from tests.browser.tree_of_page import (
    drawn,
    drawn_cells,
    filled,
    frames,
    grown,
    inspected,
    move_slider,
    moved_to,
    run_to_end,
    tree,
    wait_for_tree,
)


def test_the_scrubber_shows_the_tree_as_it_stood(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    num_nodes = tree(page, "numNodes")
    whole = drawn_cells(page)
    page.evaluate("(range => { range.value = 60; range.dispatchEvent(new Event('input')); })"
                  "(document.querySelector('.eager-range'))")  # fmt: skip
    page.wait_for_selector(".eager-time-told >> text=token 60 of")
    drawn(page)
    assert drawn_cells(page) == 60 < whole == num_nodes - 1
    page.click("[aria-label='Next token (])']")
    drawn(page)
    assert drawn_cells(page) == 61
    page.keyboard.press("[")
    assert tree(page, "store.visibleUntil") == 60
    told = page.inner_text(".eager-time-told")
    assert "growing" in told and "entropy" in told
    assert tree(page, "numNodes") == num_nodes  # nothing is lost


def test_a_replay_runs_to_the_end_can_be_paused_and_a_new_run_ends_it(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    page.select_option(".eager-speed", "5")  # slow enough that a busy browser sees its middle
    page.evaluate("document.activeElement.blur()")  # in the list of speeds a space would open it
    page.keyboard.press(" ")
    page.wait_for_function("eager.time.now > 2 && eager.time.now < eager.time.last")
    page.keyboard.press(" ")
    at = page.evaluate("eager.time.now")
    frames(page, 20)
    assert page.evaluate("eager.time.now") == at
    page.select_option(".eager-speed", "320")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(" ")
    wait_for_tree(page, "tree.store.visibleUntil === Infinity")
    page.keyboard.press("Home")
    assert tree(page, "store.visibleUntil") == 0
    with grown(page):
        move_slider(page, "max-sequences", 3)
    assert tree(page, "store.visibleUntil === Infinity")
    assert page.errors == []


def test_the_entropies_of_the_selected_sequence_and_of_all_tokens_have_theta_on_them(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    inspected(page, tree(page, "numNodes") - 1)
    page.locator("#entropy").scroll_into_view_if_needed()
    sequence = page.evaluate("eager.store.sequenceOf[eager.store.selected]")
    page.wait_for_selector(f"#entropy >> text=Along sequence {sequence} (of the selected token)")
    frames(page)
    along, everything = "#entropy .eager-entropy-plot >> nth=0", "#entropy .eager-entropy-plot >> nth=1"
    depth = page.evaluate("eager.store.depth[eager.store.sequences[eager.store.sequenceOf[eager.store.selected]].leaf]")
    assert page.locator(f"{along} >> .points path").count() == depth
    counts = page.evaluate("document.querySelectorAll('#entropy .eager-entropy-plot')[1].data[0].y")
    assert sum(counts) == tree(page, "numNodes") - 1
    for plot in (along, everything):
        assert page.locator(f"{plot} >> .shapelayer path").count() == 1
        assert page.locator(f"{plot} >> .annotation-text").text_content() == "θ 2.00"


def test_with_another_measure_theta_is_not_drawn_among_entropies(scripted_url, open_page):
    page = open_page(f"{scripted_url}/?measure=top_2_margin&theta=0.8&prompt=Hello")
    filled(page, "Hello")
    run_to_end(page)
    page.locator("#entropy").scroll_into_view_if_needed()
    page.wait_for_selector("#entropy .eager-note >> text=1 - (first - second probability)")
    assert page.locator("#entropy .shapelayer path").count() == 0


def test_every_part_shows_the_same_moment(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    inspected(page, 60)
    last = tree(page, "numNodes") - 1
    note = page.locator("#inspector >> text=comes after the moment")

    def hovered(node: int) -> bool:
        moved_to(page, tree(page, f"pixelOf({node})"))  # the picture is fitted to what it shows
        return page.locator("#token-tree .eager-tip").is_visible()

    assert hovered(20) and hovered(60) and note.count() == 0
    for until in (40, 60, 10):
        page.evaluate(f"eager.time.go({until})")
        drawn(page)
        assert drawn_cells(page) == until  # the layout
        assert [hovered(20), hovered(60)] == [until >= 20, until >= 60]  # tooltips
        assert note.count() == (until < 60)  # the inspector
        assert page.input_value(".eager-range") == str(until)  # the time track, and what is veiled of it
        veiled = float(page.evaluate("document.querySelector('.eager-track-later').style.left").rstrip("%"))
        assert veiled == pytest.approx(100 * until / last, abs=0.01)
        counts = "eager.entropy.draw(eager.store.moment.store); eager.entropy.all.plot.data[0].y"
        assert sum(page.evaluate(counts)) == until  # the entropies
        assert page.locator(".eager-legend-theta").is_visible()  # the legend tells of the run, whatever the moment
    page.keyboard.press("End")
    drawn(page)
    assert hovered(60) and note.count() == 0
    assert page.errors == []


def test_the_page_tells_of_actions(scripted_url, open_page):
    page = open_page(scripted_url)
    page.evaluate(
        "() => { window.heard = []; for (const kind of ['run began', 'run ended', 'slider moved', 'node chosen'])"
        " eager.store.subscribe(kind, (what) => window.heard.push([kind, what])); }"
    )
    run_to_end(page)
    run = tree(page, "run")
    move_slider(page, "theta", 2.6)
    wait_for_tree(page, f"tree.run > {run} && !tree.running")
    inspected(page, 3)
    page.wait_for_function("window.heard.some(([kind]) => kind === 'slider moved')")
    heard = page.evaluate("window.heard")
    kinds = [kind for kind, _ in heard]
    assert kinds.count("run began") == kinds.count("run ended") == 2
    assert [what for kind, what in heard if kind == "slider moved"] == [{"name": "theta", "value": 2.6}]
    assert [what for kind, what in heard if kind == "node chosen"][-1] == {"node": 3}
