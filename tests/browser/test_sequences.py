"""The Sequences panel: the text itself, character by character, and no more of the page's work than is in sight."""

import json
from collections.abc import Iterator

import pytest

from components.tree.growth import Growth
from tests.browser.conftest import served
from tests.browser.long_run import long_run
from tests.browser.tree_of_page import frames, run_to_end, sequences_drawn, tree

_TEXTS = "[...document.querySelectorAll('#sequences .eager-prose')].map((prose) => prose.textContent)"
NUM_SEQUENCES, NUM_TOKENS = 32, 2000


@pytest.fixture(scope="module")
def unicode_url() -> Iterator[str]:
    """A page on a scripted model whose tokens are parts of characters, and letters of many scripts."""
    with served("-m", "tests.browser.scripted_page", "--delay", "0.005", "--words", "unicode") as url:
        yield url


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_panel_shows_the_text_itself_and_divides_no_character(unicode_url, open_page, theme):
    page = open_page(unicode_url, theme=theme)
    run_to_end(page)
    sequences_drawn(page)
    with page.expect_download() as download:
        page.click("#download-trace")
    sequences = json.loads(download.value.path().read_text(encoding="utf-8"))["sequences"]
    assert page.evaluate(_TEXTS) == [sequence["text"] for sequence in sequences]
    assert any("\u200d" in sequence["text"] for sequence in sequences)

    page.locator("#sequences").scroll_into_view_if_needed()
    page.wait_for_selector("#sequences .eager-token", state="attached")
    divided = page.evaluate(
        """() => [...document.querySelectorAll('#sequences .eager-prose')].flatMap((prose) => {
          const segments = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(prose.textContent);
          const bounds = new Set([prose.textContent.length, ...Array.from(segments, ({ index }) => index)]);
          let end = 0;
          const walker = document.createTreeWalker(prose, NodeFilter.SHOW_TEXT);
          const ends = [];
          while (walker.nextNode()) ends.push((end += walker.currentNode.length));
          return ends.filter((at) => !bounds.has(at));
        })"""
    )
    assert divided == []
    assert page.locator("#sequences .eager-prose:not([dir=auto])").count() == 0
    assert page.errors == []


def test_a_token_in_the_text_is_inspected_by_a_click(unicode_url, open_page):
    page = open_page(unicode_url)
    run_to_end(page)
    page.locator("#sequences").scroll_into_view_if_needed()
    token = page.locator("#sequences .eager-token:not(:empty)").nth(5)
    node = int(token.get_attribute("data-node"))
    token.click()
    page.wait_for_selector(f"#inspector [data-node='{node}'] .eager-why")
    assert tree(page, "store.selected") == node


_COUNT = """() => {
  window.built = 0;
  const { appendChild } = Node.prototype;
  Node.prototype.appendChild = function (node) {
    window.built += node instanceof Element && node.className.startsWith?.("eager-token") === true;
    return appendChild.call(this, node);
  };
}"""


def test_tokens_out_of_sight_cost_no_element_and_an_update_costs_what_is_new(scripted_url, open_page):
    page = open_page(scripted_url)
    page.evaluate(_COUNT)
    growth, steps = Growth(1), list(long_run(NUM_SEQUENCES, NUM_TOKENS, fork_every=50))
    for start in range(0, len(steps) - 1, 200):
        for events in steps[start : min(start + 200, len(steps) - 1)]:
            growth.take(events)
        page.evaluate("delta => eager.store.apply(JSON.parse(delta))", growth.delta())
    sequences_drawn(page)
    texts = page.evaluate(_TEXTS)
    assert texts == [growth.tree.text(sequence) for sequence in growth.tree.sequences]
    assert sum(text.count(" ") for text in texts) > 0.9 * NUM_SEQUENCES * NUM_TOKENS
    assert page.evaluate("window.built") == 0  # the panel lies below what is in sight

    page.locator("#sequences .eager-sequence").first.scroll_into_view_if_needed()
    page.wait_for_selector("#sequences .eager-token", state="attached")
    assert 0 < page.evaluate("window.built") < 0.1 * NUM_SEQUENCES * NUM_TOKENS
    page.evaluate("document.querySelector('.eager-prose').scrollTo(0, 1e6)")
    page.wait_for_selector(f"#sequences .eager-token[data-node='{growth.tree.sequences[0].leaf}']", state="attached")

    frames(page, 10)  # what has come in sight is built when the browser tells of it, once a frame
    built = page.evaluate("window.built")
    growth.take(steps[-1])
    page.evaluate("delta => eager.store.apply(JSON.parse(delta))", growth.delta())
    sequences_drawn(page)
    page.wait_for_selector(f"#sequences .eager-token[data-node='{growth.tree.sequences[0].leaf}']", state="attached")
    assert page.evaluate("window.built") - built <= NUM_SEQUENCES
    assert page.errors == []
