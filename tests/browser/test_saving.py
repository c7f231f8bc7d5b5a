"""A tree leaves the page and comes back: pictures, trace, GraphML, a page of its own, and a link."""

import json
from io import BytesIO
from xml.etree import ElementTree

import networkx as nx
import pytest

from eager_core.authors import runs_from_authors_json
from eager_core.traces import save_trace
from tests.authors.plain_writer import MadeUpModel, entry_of, result_file, write_run
from tests.browser.tree_of_page import (
    click_node,
    filled,
    grown,
    inspected,
    move_slider,
    run_to_end,
    sequences_drawn,
    tree,
    wait_for_tree,
)


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
    sequences_drawn(alone)
    click_node(alone, 4)
    alone.wait_for_selector("#inspector .eager-why")
    alone.wait_for_selector("#inspector .eager-bars svg")
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
    other.wait_for_selector("#inspector .eager-bars svg")  # what the model said came with the file
    assert "press Run to ask" not in other.inner_text("#inspector")
    assert json.loads(saved(other, "download-trace")) == json.loads(trace.read_text(encoding="utf-8"))

    bad = tmp_path / "bad.json"
    bad.write_text('{"schema_version": 7}')
    open_file(other, bad)
    other.wait_for_selector("#problem >> text=schema_version 7")
    assert tree(other, "numNodes") == num_nodes
    run_to_end(other)  # and the model takes over where it is asked to
    assert tree(other, "numNodes") == num_nodes
    assert other.errors == []


def test_an_imported_run_is_shown_and_nothing_is_claimed_that_its_file_does_not_tell(scripted_url, open_page, tmp_path):
    runs = [write_run(MadeUpModel(seed, 0.1, 0.6), 6, 2.0, 12, 1000) for seed in (3, 4)]
    whole = json.loads(result_file([entry_of(runs)], 6, 2.0, "entropy-aware-generations"))
    del whole["params"]["entropy_threshold"], whole["params"]["max_sequences"]
    (imported,) = runs_from_authors_json(json.dumps(whole))
    save_trace(imported.tree, tmp_path / "imported.json")
    page = open_page(scripted_url)
    open_file(page, tmp_path / "imported.json")
    wait_for_tree(page, f"tree.numNodes === {imported.tree.num_nodes} && !tree.running")
    sequences_drawn(page)
    assert page.locator("#sequences .eager-sequence").count() == len(imported.tree.sequences)
    assert "ending unknown" in page.inner_text("#sequences")
    assert not page.locator(".eager-legend-theta").is_visible()
    assert "full sequences" in page.inner_text("#ledger") and "null" not in page.inner_text("#ledger")
    click_node(page, 2)
    page.wait_for_selector("#inspector .eager-why")
    page.keyboard.press("Home")
    assert "θ" not in saved(page, "download-svg").decode()
    assert page.errors == []


def test_a_link_gives_the_same_page_again(scripted_url, open_page):
    page = open_page(scripted_url)
    page.fill("#prompt textarea", "Link & me = 100 %?")
    with grown(page):
        move_slider(page, "theta", 1.5)
    run_to_end(page)
    page.wait_for_function("location.search.includes('theta=1.5')")
    again = open_page(page.url)
    filled(again, page.input_value("#prompt textarea"))
    run_to_end(again)
    assert again.inner_text("#sequences") == page.inner_text("#sequences") != ""
