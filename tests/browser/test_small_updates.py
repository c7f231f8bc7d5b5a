"""A gate on what an update costs: bytes on the wire, and the page's time to draw it (reported, not gated)."""

import json

from tests.browser.tree_of_page import run_to_end, tree

MOST_BYTES_AN_UPDATE = 2048


def test_an_update_stays_small_while_the_tree_grows(scripted_url, open_page, record_property):
    page = open_page(scripted_url)
    page.evaluate(
        """() => {
          window.updateBytes = [];
          const store = document.getElementById('token-tree').tokenTree.store;
          const apply = store.apply.bind(store);
          store.apply = (delta) => { window.updateBytes.push(new Blob([JSON.stringify(delta)]).size); apply(delta); };
        }"""
    )
    run_to_end(page)
    sizes = page.evaluate("window.updateBytes")
    record_property("bytes", json.dumps(sizes))
    record_property("frame_ms", json.dumps(tree(page, "frameTimes")))
    assert len(sizes) > 10
    assert sorted(sizes)[len(sizes) // 2] <= MOST_BYTES_AN_UPDATE
    assert sizes[-1] <= MOST_BYTES_AN_UPDATE  # at the end as at the beginning


def test_a_lost_update_is_asked_for_again(scripted_url, open_page):
    page = open_page(scripted_url)
    page.evaluate(
        """() => {
          const store = document.getElementById('token-tree').tokenTree.store;
          const apply = store.apply.bind(store);
          let number = 0;
          store.apply = (delta) => { if (++number !== 4) apply(delta); };
        }"""
    )
    run_to_end(page)
    assert page.evaluate("(t => t.store.parent.length === t.numNodes)(document.getElementById('token-tree').tokenTree)")
    total = tree(page, "store.ledger[0]")
    assert tree(page, "numNodes") == total + 1
