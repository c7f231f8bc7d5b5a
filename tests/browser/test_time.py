"""The time scrubber, and the entropies beside it."""

from tests.browser.tree_of_page import (
    drawn,
    drawn_cells,
    filled,
    frames,
    grown,
    inspected,
    move_slider,
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
    page.click("[aria-label='One token on (])']")
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
