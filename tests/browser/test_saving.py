"""A tree leaves the page and comes back: pictures, trace, GraphML, a page of its own, and a link."""

import json
from io import BytesIO
from xml.etree import ElementTree

import networkx as nx
import pytest

from tests.browser.tree_of_page import click_node, inspected, run_to_end, tree, wait_for_tree


def open_file(page, path) -> None:
    with page.expect_file_chooser() as chooser:
        page.click("#open-trace")
    chooser.value.set_files(str(path))


def saved(page, elem_id: str) -> bytes:
    with page.expect_download() as download:
        page.click(f"#{elem_id}")
    return download.value.path().read_bytes()


@pytest.mark.parametrize("which", ["scripted_url", "hostile_url"])
def test_a_tree_is_saved_in_every_form(which, request, open_page, tmp_path):
    page = open_page(request.getfixturevalue(which))
    run_to_end(page)
    svg = ElementTree.fromstring(saved(page, "download-svg").decode())
    words = [element.text for element in svg.iter() if element.tag.endswith("}text")]
    assert "entropy, nats" in words and "θ 2.00" in words and page.input_value("#prompt textarea") in words
    png = saved(page, "download-png")
    assert png.startswith(b"\x89PNG") and int.from_bytes(png[16:20], "big") > 1000  # its width
    graph = nx.read_graphml(BytesIO(saved(page, "download-graphml")), node_type=int)
    assert graph.number_of_nodes() == tree(page, "numNodes")
    assert page.errors == []


@pytest.mark.parametrize("which", ["scripted_url", "hostile_url"])
def test_a_tree_has_a_page_of_its_own_that_needs_no_server(which, request, open_page, browser, tmp_path):
    page = open_page(request.getfixturevalue(which))
    run_to_end(page)
    file = tmp_path / "tree.html"
    file.write_bytes(saved(page, "download-page"))
    alone = browser.new_page()
    requested, errors = [], []
    alone.on("request", lambda request: requested.append(request.url))
    alone.on("pageerror", lambda error: errors.append(str(error)))
    alone.on("console", lambda message: message.type == "error" and errors.append(message.text))
    alone.on("dialog", lambda dialog: errors.append(dialog.message))
    alone.goto(file.as_uri())
    wait_for_tree(alone, f"tree.numNodes === {tree(page, 'numNodes')} && !tree.running")
    click_node(alone, 4)
    alone.wait_for_selector("#inspector .eager-why")
    inspected(page, 4)
    assert alone.inner_text("#inspector .eager-why") == page.inner_text("#inspector .eager-why")
    assert alone.locator("#sequences .eager-sequence").count() == tree(page, "store.sequences.length")
    assert alone.locator(".eager-stage").bounding_box()["height"] > 200
    alone.keyboard.press("Home")
    alone.wait_for_selector(".eager-time-told >> text=token 0 of")
    assert [url for url in requested if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []
    alone.close()


def test_a_trace_is_opened_with_no_model_and_a_bad_file_loses_nothing(scripted_url, open_page, tmp_path):
    page = open_page(scripted_url)
    page.fill("#prompt textarea", "A tree to be kept.")
    run_to_end(page)
    trace = tmp_path / "kept.json"
    trace.write_bytes(saved(page, "download-trace"))
    num_nodes = tree(page, "numNodes")

    other = open_page(scripted_url)
    open_file(other, trace)
    wait_for_tree(other, f"tree.numNodes === {num_nodes} && !tree.running")
    assert other.input_value("#prompt textarea") == "A tree to be kept."
    click_node(other, 3)
    other.wait_for_selector("#inspector .eager-why")
    inspected(page, 3)
    assert other.inner_text("#inspector .eager-why") == page.inner_text("#inspector .eager-why")
    assert "press Run to ask" in other.inner_text("#inspector")
    assert json.loads(saved(other, "download-trace")) == json.loads(trace.read_text(encoding="utf-8"))

    bad = tmp_path / "bad.json"
    bad.write_text('{"schema_version": 7}')
    open_file(other, bad)
    other.wait_for_selector("#problem >> text=schema_version 7")
    assert tree(other, "numNodes") == num_nodes
    run_to_end(other)  # and the model takes over where it is asked to
    assert tree(other, "numNodes") == num_nodes
    assert other.errors == []


def test_a_link_gives_the_same_page_again(scripted_url, open_page):
    page = open_page(scripted_url)
    page.fill("#prompt textarea", "Link & me = 100 %?")
    page.locator("#theta input[type=range]").fill("1.5")
    run_to_end(page)
    page.wait_for_function("location.search.includes('theta=1.5')")
    again = open_page(page.url)
    again.wait_for_function("document.querySelector('#prompt textarea').value.startsWith('Link')")
    run_to_end(again)
    assert again.inner_text("#sequences") == page.inner_text("#sequences") != ""
