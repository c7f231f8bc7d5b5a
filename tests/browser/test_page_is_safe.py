"""What must hold whatever happens: visitors apart, tokens never HTML, nothing from afar, refusals in words."""

from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import served
from tests.browser.gate import Gate
from tests.browser.scripted_page import HOSTILE_WORDS
from tests.browser.tree_of_page import click_node, run_to_end, sequences_drawn, tree, typed, wait_for_tree
from tests.browser.tree_of_page import drawn as painted


def test_two_visitors_never_see_each_others_tree(scripted_url, open_page):
    one, other = open_page(scripted_url), open_page(scripted_url)
    one.click("#run")
    wait_for_tree(one, "tree.numNodes > 20")
    assert tree(other, "numNodes") == 0
    other.fill("#prompt textarea", "Another question.")
    run_to_end(other)
    wait_for_tree(one, "!tree.running")
    sequences_drawn(one)
    assert one.inner_text("#sequences") != other.inner_text("#sequences")
    num_nodes = tree(one, "numNodes")
    run_to_end(one)
    assert tree(one, "numNodes") == num_nodes


def test_the_page_is_there_while_its_model_loads(open_page, tmp_path):
    file = tmp_path / "loads"
    gate = Gate(file)
    gate.allow(0)
    with served("-m", "tests.browser.scripted_page", "--load-gate", str(file)) as url:
        page = open_page(url)
        page.focus("#prompt textarea")
        page.wait_for_selector("#engine-line >> text=Loading the model")
        page.fill("#prompt textarea", "A question.")
        gate.open()
        page.wait_for_selector("#engine-line >> text=scripted")
        assert page.input_value("#prompt textarea") == "A question."
        assert page.errors == []


def test_token_text_is_never_html(hostile_url, open_page):
    page = open_page(hostile_url)
    page.on("dialog", lambda dialog: page.errors.append(f"dialog: {dialog.message}"))
    page.fill("#prompt textarea", "<img src=x onerror=alert(9)>")
    run_to_end(page)
    for view in ("#sequences", "#token-tree .eager-plot", "#inspector"):
        assert page.locator(f"{view} :is(img, script, b:not(.eager-sequence-head b), br)").count() == 0, view
    page.evaluate("(t => { t.view.camera.follows = null; t.view.camera.x = [-1, 9]; t.view.draw(); })"
                  "(document.getElementById('token-tree').tokenTree)")  # fmt: skip
    assert tree(page, "level") == "near"
    painted(page)
    drawn = page.locator("#token-tree .scatterlayer text").all_text_contents()
    assert any("<" in text for text in drawn)
    click_node(page, 2)
    page.wait_for_selector("#inspector .eager-bars svg")
    labels = " ".join(page.locator("#inspector .eager-bars .ytick text").all_text_contents())
    assert "<b>" in labels and "&amp;" in labels
    assert page.locator("#inspector :is(img, script, a)").count() == 0
    assert page.evaluate("document.querySelectorAll('[onerror]').length") == 0
    assert any(word.strip() in page.inner_text("#sequences") for word in HOSTILE_WORDS[:4])
    assert page.errors == []


def test_nothing_is_fetched_from_outside_the_machine(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    click_node(page, 4)
    page.wait_for_selector("#inspector .eager-bars svg")
    hosts = {urlsplit(url).hostname for url in page.requested if not url.startswith(("data:", "blob:"))}
    assert hosts == {"127.0.0.1"}


def test_bad_input_is_refused_in_one_sentence_and_loses_nothing(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    num_nodes = tree(page, "numNodes")
    page.click("#more button")
    for selector, bad, good, sentence in [
        ("#max-new-tokens input", "-3", "96", "Maximum new tokens is -3, but must be a whole number from 1"),
        ("#top-p input", "1.5", "0.95", "Top-p is 1.5, but must be a number above 0 to 1"),
        ("#prompt textarea", "   ", "Hello", "The prompt is empty"),
    ]:
        page.wait_for_selector(selector)
        page.fill(selector, bad)
        typed(page)
        page.click("#run")
        page.wait_for_function("told => document.getElementById('problem')?.innerText.includes(told)", arg=sentence)
        page.fill(selector, good)
    assert tree(page, "numNodes") == num_nodes


@pytest.mark.parametrize(("theme", "width"), [("dark", 1440), ("light", 360)])
def test_dark_and_narrow_pages_work_and_nothing_sticks_out(scripted_url, open_page, theme, width):
    page = open_page(scripted_url, width=width, theme=theme)
    run_to_end(page)
    assert page.evaluate("document.body.classList.contains('dark')") == (theme == "dark")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".eager-stage").scroll_into_view_if_needed()
    click_node(page, 4)
    page.wait_for_selector("#inspector .eager-why")
