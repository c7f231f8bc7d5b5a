"""For everyone: the whole page by keyboard, no barrier that axe knows of, narrow windows, reduced motion."""

from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.tree_of_page import depth_of_selected, grown, inspected, is_stop, run_to_end, tree, wait_for_tree

GRAVE = ("serious", "critical")
_MOVING = (
    "document.getAnimations().filter((animation) => animation.playState === 'running'"
    " && animation.effect.getTiming().iterations !== Infinity)"
)


def barriers(page) -> list[str]:
    """Return what axe finds of serious or critical rank, one line each."""
    return [
        f"{found['id']}: {node['html'][:120]}"
        for found in Axe().run(page).response["violations"]
        if found["impact"] in GRAVE
        for node in found["nodes"]
    ]


def test_the_whole_page_by_keyboard(gated, open_page):
    url, gate = gated
    page = open_page(url)
    gate.allow(20)
    page.focus("body")
    page.keyboard.press("/")
    page.keyboard.press("Control+A")
    page.keyboard.type("Tell me of frogs, rats and a fuss.")  # letters that are keys elsewhere
    assert page.input_value("#prompt textarea") == "Tell me of frogs, rats and a fuss."
    assert tree(page, "run") == 0
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("r")
    wait_for_tree(page, "tree.running && tree.numNodes > 30")
    with page.expect_response(is_stop) as heard:
        page.keyboard.press("s")
    heard.value.finished()
    gate.open()
    wait_for_tree(page, "!tree.running")
    page.keyboard.press("t")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert depth_of_selected(page) == 4
    page.keyboard.press("Enter")
    page.wait_for_selector("#inspector .eager-fork-here")
    assert "ork" in page.inner_text("body > .eager-sr-only[role=status]")  # and is told to those who hear it
    run = tree(page, "run")
    page.keyboard.press("k")
    wait_for_tree(page, f"tree.run > {run} && tree.store.rule.includes('h')")
    page.keyboard.press("s")
    wait_for_tree(page, "!tree.running")
    with grown(page):
        page.keyboard.press("u")
    assert not tree(page, "store.rule.includes('h')")
    assert page.errors == []


def test_the_keys_are_listed_and_focus_can_be_seen(scripted_url, open_page):
    page = open_page(scripted_url)
    page.focus("body")
    page.keyboard.press("?")
    page.wait_for_selector(".eager-keys[open]")
    listed = set(page.locator(".eager-keys kbd").all_inner_texts())
    assert {"r", "s", "f", "c", "w", "g", "?", "Enter", "space"} <= listed
    page.keyboard.press("r")  # a dialog is in the way
    assert tree(page, "run") == 0
    page.keyboard.press("Escape")
    page.wait_for_selector(".eager-keys[open]", state="detached")
    seen = set()
    for _ in range(14):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("(element => element.id || element.innerText)(document.activeElement)"))
        assert page.evaluate(
            "(s => s.outlineStyle !== 'none' || s.boxShadow !== 'none')(getComputedStyle(document.activeElement))"
        ), seen
    assert len(seen) > 8


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 1440), ("light", 360), ("dark", 360)])
def test_axe_finds_no_grave_barrier(scripted_url, open_page, theme, width):
    page = open_page(scripted_url, width=width, theme=theme)
    assert barriers(page) == []  # before any run
    run_to_end(page)
    inspected(page, 5)
    page.click("#more button")
    page.wait_for_function(f"{_MOVING}.length === 0")  # the accordion opens
    assert barriers(page) == []
    page.focus("body")
    page.keyboard.press("?")
    page.wait_for_selector(".eager-keys[open]")
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_reduced_motion_is_honoured(scripted_url, open_page):
    page = open_page(scripted_url)
    page.emulate_media(reduced_motion="reduce")
    run_to_end(page)
    page.select_option(".eager-speed", "5")  # so slow that no stall of the machine makes one jump the last
    page.evaluate(
        """() => {
          const { store } = eager;
          const showUntil = store.showUntil.bind(store);
          window.moves = [];
          store.showUntil = (node) => {
            window.moves.push(document.timeline.currentTime);  // the clock of the frames
            showUntil(node);
          };
          eager.time.go(0);
          window.moves.length = 0;
          eager.time.toggle();
        }"""
    )
    page.wait_for_function("window.moves.length >= 4")
    moves = page.evaluate("window.moves")
    assert all(later - before >= 400 for before, later in pairwise(moves))  # jumps, a few a second
    assert page.evaluate("getComputedStyle(document.querySelector('.eager-engine')).animationName") == "none"
