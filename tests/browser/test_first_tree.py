"""The page opens with a recorded tree, before any model is loaded."""

import pytest

from tests.browser.conftest import served
from tests.browser.tree_of_page import tree, wait_for_tree

SENTENCE = "Recorded with SmolLM2-135M-Instruct at these settings. Press Run to grow your own."


@pytest.fixture(scope="module")
def bundled_url():
    """A page on a scripted model with the bundled trees."""
    with served("-m", "tests.browser.scripted_page", "--delay", "0.01", "--bundled") as url:
        yield url


def test_a_tree_is_there_with_bars_and_dice_and_goes_at_the_first_run(bundled_url, open_page):
    page = open_page(bundled_url)
    wait_for_tree(page, "tree.numForks > 3 && !tree.running")
    page.wait_for_selector("#inspector .eager-bars svg")
    page.wait_for_selector("#inspector .eager-why >> text=Fork: entropy")
    assert page.inner_text("#problem").strip() == SENTENCE and page.is_visible("#problem")
    page.wait_for_selector("#engine-line >> text=loads when you type or press Run")
    run = tree(page, "run")
    page.click("text=a story")
    wait_for_tree(page, f"tree.run > {run} && !tree.running && tree.numNodes > 500")
    assert "lighthouse" in page.input_value("#prompt textarea")
    assert page.is_visible("#problem") and "loads when" in page.inner_text("#engine-line")
    run = tree(page, "run")
    page.click("#run")
    wait_for_tree(page, f"tree.run > {run} && !tree.running")
    page.wait_for_selector("#problem", state="hidden")
    page.wait_for_selector("#engine-line >> text=scripted")
    assert page.errors == []


def test_a_link_with_another_prompt_opens_on_an_empty_tree(bundled_url, open_page):
    page = open_page(f"{bundled_url}/?prompt=Why")
    page.wait_for_function("document.querySelector('#prompt textarea').value === 'Why'")
    assert tree(page, "run") == 0
