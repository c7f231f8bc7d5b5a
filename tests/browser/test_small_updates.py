"""A gate on what an update costs: bytes on the wire, and the CPU time of the page's main thread to draw it."""

import json
import statistics

from tests.browser.tree_of_page import run_to_end, tree, wait_for_tree

MOST_BYTES_AN_UPDATE = 2048
MOST_CPU_MS_AN_UPDATE = 100
"""Of the page's main thread. Twice what is wanted, for machines are slow in their own ways; see benchmarks/page.py."""


def count_bytes(page) -> None:
    page.evaluate(
        """() => {
          window.updateBytes = [];
          const store = document.getElementById('token-tree').tokenTree.store;
          const apply = store.apply.bind(store);
          store.apply = (delta) => { window.updateBytes.push(new Blob([JSON.stringify(delta)]).size); apply(delta); };
        }"""
    )


def main_thread_s(devtools) -> float:
    """CPU seconds that the page's main thread has worked so far: other processes' work does not count."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


def test_an_update_stays_small_while_the_tree_grows(scripted_url, open_page, record_property):
    page = open_page(scripted_url)
    count_bytes(page)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = main_thread_s(devtools)
    run_to_end(page)
    sizes = page.evaluate("window.updateBytes")
    cpu_ms = 1e3 * (main_thread_s(devtools) - before) / len(sizes)
    record_property("bytes", json.dumps(sizes))
    record_property("cpu_ms", cpu_ms)
    record_property("frame_ms", json.dumps(tree(page, "frameTimes")))
    print(f"{statistics.median(sizes):.0f} bytes and {cpu_ms:.1f} ms of the main thread an update")
    assert len(sizes) > 10
    assert statistics.median(sizes) <= MOST_BYTES_AN_UPDATE
    assert sizes[-1] <= MOST_BYTES_AN_UPDATE  # at the end as at the beginning
    assert cpu_ms <= MOST_CPU_MS_AN_UPDATE


def test_a_known_tree_travels_as_stretches_of_places(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    count_bytes(page)
    run_to_end(page)
    num_nodes = tree(page, "numNodes")
    assert num_nodes > 200
    assert sum(page.evaluate("window.updateBytes")) < 8 * num_nodes


def test_growth_out_of_view_is_not_drawn(gated, open_page):
    url, gate = gated
    page = open_page(url)
    gate.allow(50)
    page.click("#run")
    wait_for_tree(page, "tree.running && tree.numNodes > 100")
    near = "{ follows: null, x: [-1, 5], y: [2, -0.8] }"
    page.evaluate(f"(view => {{ Object.assign(view.camera, {near}); view.draw(); }})(eager.tree)")
    page.evaluate("eager.tree.plot.on('plotly_afterplot', () => { window.drawn = (window.drawn || 0) + 1; })")
    seen = tree(page, "numNodes")
    gate.open()
    wait_for_tree(page, f"tree.numNodes > {seen} + 150")
    assert page.evaluate("window.drawn || 0") <= 1


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
