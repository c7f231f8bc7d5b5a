"""A visitor's way through the page: run, watch, click, move sliders, stop, save."""

import json
from dataclasses import asdict

from eager_core.settings import Settings
from tests.browser.tree_of_page import (
    click_node,
    depth_of_selected,
    frames,
    grown,
    move_slider,
    number_in,
    run_to_end,
    sequences_drawn,
    stop,
    tree,
    wait_for_tree,
)


def test_a_visitor_runs_inspects_and_moves_theta(gated, open_page):
    url, gate = gated
    page = open_page(url)
    assert tree(page, "numNodes") == 0
    gate.allow(15)
    page.click("#run")
    wait_for_tree(page, "tree.running && tree.numNodes > 10")  # it grows while it generates
    seen = tree(page, "numNodes")
    gate.allow(60)
    wait_for_tree(page, f"tree.running && tree.numNodes > {seen} + 20")
    gate.open()
    wait_for_tree(page, "!tree.running")
    sequences_drawn(page)
    num_forks = tree(page, "numForks")
    assert num_forks > 0
    assert page.locator("#sequences .eager-sequence").count() == num_forks + 1
    assert number_in(page.inner_text("#ledger .eager-cell-generated dd")) == tree(page, "numNodes") - 1

    click_node(page, 5)
    page.wait_for_selector("#inspector .eager-why")
    assert "ork" in page.inner_text("#inspector .eager-why")
    assert page.locator("#inspector .eager-bars svg .bars .point").count() >= 20
    assert tree(page, "store.selected") == 5

    before = tree(page, "numNodes")
    with grown(page):
        move_slider(page, "theta", 3)
    assert (tree(page, "numForks"), tree(page, "store.sequences.length")) == (0, 1)
    assert tree(page, "numNodes") < before
    assert page.errors == []


def test_the_last_of_many_slider_moves_wins(gated, open_page):
    url, gate = gated
    page = open_page(url)
    gate.allow(10)
    page.click("#run")
    wait_for_tree(page, "tree.running")
    gate.open()
    run = tree(page, "run")
    for max_sequences in (20, 3, 12, 5, 2):
        move_slider(page, "max-sequences", max_sequences)
    # They may come to the server in any order: whichever did, only the last one grows to its end.
    wait_for_tree(page, f"tree.run > {run} && tree.store.maxSequences === 2 && !tree.running")
    assert tree(page, "store.sequences.length") == 2


def test_stop_keeps_the_partial_tree(gated, open_page):
    url, gate = gated
    page = open_page(url)
    gate.allow(25)
    page.click("#run")
    wait_for_tree(page, "tree.running && tree.numNodes > 20")
    stop(page)
    gate.open()
    wait_for_tree(page, "!tree.running")
    # The sequences are drawn after the tree, and only when the browser has a moment.
    page.wait_for_function("document.querySelector('#sequences').innerText.includes('stopped')")
    num_nodes = tree(page, "numNodes")
    assert 20 < num_nodes < 700
    frames(page, 20)
    assert tree(page, "numNodes") == num_nodes
    click_node(page, 3)
    page.wait_for_selector("#inspector .eager-why")


def test_the_same_settings_give_the_same_tree_and_it_can_be_saved(scripted_url, open_page):
    page = open_page(scripted_url)
    texts = []
    for _ in range(2):
        run_to_end(page)
        with page.expect_download() as download:
            page.click("#download-trace")
        texts.append(json.loads(download.value.path().read_text(encoding="utf-8")))
    first, second = texts
    assert first["schema_version"] == 2
    assert len(first["nodes"]) == tree(page, "numNodes")
    assert first["nodes"] == second["nodes"]
    assert second["ledger"]["forward_passes"] == 0  # the second walk is over known nodes
    assert (first["settings"], first["seed"]) == (asdict(Settings()), 0)  # what the command line has by default


def test_an_example_fills_the_prompt_and_runs(scripted_url, open_page):
    page = open_page(scripted_url)
    page.click("button:has-text('a story')")
    wait_for_tree(page, "tree.numNodes > 3")
    assert "lighthouse" in page.input_value("#prompt textarea")


def test_keys_walk_the_tree_and_enter_inspects(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    page.focus(".eager-stage")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert depth_of_selected(page) == 3
    page.keyboard.press("Enter")
    page.wait_for_selector("#inspector .eager-why")
    page.keyboard.press("ArrowLeft")
    assert depth_of_selected(page) == 2


def test_an_inspected_token_is_found_again_after_a_slider_moved(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    click_node(page, 1)  # the trunk's first token: in every tree of these settings
    page.wait_for_selector("#inspector .eager-why")
    with grown(page):
        move_slider(page, "max-sequences", 9)
    wait_for_tree(page, "tree.store.selected === 1")
