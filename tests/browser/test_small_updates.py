"""A gate on what an update costs: what it brings counts, not how much there is already. Nothing is timed here, for two
cores with other work are slow in their own ways; `make bench-page` measures bytes, frames and the main thread."""

import json

from components.tree.growth import Growth
from tests.browser.long_run import long_run
from tests.browser.tree_of_page import drawn, grown, run_to_end, tree, wait_for_tree

MOST_BYTES_A_NODE = 32
MOST_BYTES_BESIDE = 300
"""Of an update, whatever it brings; what a run begins with comes on top."""
MOST_DRAWINGS_AN_UPDATE = 2
"""One, and one more where the view is moved to what is new."""
MOST_ELEMENTS_A_DRAWING = 200

COUNT_UPDATES = """() => {
  window.updates = [];
  const { store } = document.getElementById("token-tree").tokenTree;
  const apply = store.apply.bind(store);
  store.apply = (delta) => {
    const beside = delta.start ? JSON.stringify(delta.start).length : 0;
    window.updates.push({ bytes: new Blob([JSON.stringify(delta)]).size - beside, nodes: delta.s.length });
    apply(delta);
  };
}"""
COUNT_DRAWING = """() => {
  const counted = (window.counted = { drawings: 0, points: 0, elements: 0 });
  const { react } = Plotly;
  Plotly.react = function (plot, traces, ...rest) {
    counted.drawings++;
    for (const { x } of traces) counted.points += x?.length ?? 0;
    return react.call(this, plot, traces, ...rest);
  };
  const count = (changes) => { for (const { addedNodes } of changes) counted.elements += addedNodes.length; };
  new MutationObserver(count).observe(document.body, { childList: true, subtree: true });
}"""
"""Counts calls of Plotly, the points that it is given, and the elements and texts that are new on the page."""


def updates_of(page) -> list[dict[str, int]]:
    """Return the bytes and nodes of the updates so far."""
    return page.evaluate("window.updates")


def test_an_update_has_a_few_bytes_a_node_at_the_end_as_at_the_beginning(scripted_url, open_page, record_property):
    page = open_page(scripted_url)
    page.evaluate(COUNT_UPDATES)
    run_to_end(page)
    updates = updates_of(page)
    record_property("updates", json.dumps(updates))
    assert sum(update["nodes"] for update in updates) >= tree(page, "numNodes") - 1 > 200
    for update in updates:
        assert update["bytes"] <= MOST_BYTES_BESIDE + MOST_BYTES_A_NODE * update["nodes"], update


def test_drawing_an_update_costs_the_same_however_large_the_tree_is(scripted_url, open_page):
    page = open_page(scripted_url)
    page.evaluate(COUNT_DRAWING)
    growth, costs = Growth(1), []
    steps = list(long_run(num_sequences=8, num_tokens=320, fork_every=5))
    for start in range(0, len(steps), 8):
        for events in steps[start : start + 8]:
            growth.take(events)
        page.evaluate("counted.drawings = counted.points = counted.elements = 0")
        page.evaluate("delta => eager.store.apply(JSON.parse(delta))", growth.delta())
        drawn(page)
        costs.append(page.evaluate("counted"))
    all_lanes = costs[5:]  # eight sequences stand from the fifth update on, and no line is added any more
    assert tree(page, "numNodes") > 2000 and tree(page, "store.sequences.length") == 8
    assert len({cost["points"] / cost["drawings"] for cost in all_lanes}) == 1
    for cost in all_lanes:
        assert 1 <= cost["drawings"] <= MOST_DRAWINGS_AN_UPDATE, cost
        assert cost["elements"] <= MOST_ELEMENTS_A_DRAWING * cost["drawings"], cost
    assert page.errors == []


def test_a_known_tree_travels_as_stretches_of_places(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    page.evaluate(COUNT_UPDATES)
    run_to_end(page)
    num_nodes = tree(page, "numNodes")
    assert num_nodes > 200
    assert sum(update["bytes"] for update in updates_of(page)) < 8 * num_nodes


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
    gate.allow(80)  # not to the end: that a sequence is over is drawn
    wait_for_tree(page, f"tree.numNodes > {seen} + 150")
    assert page.evaluate("window.drawn || 0") <= 1


def test_a_lost_update_is_asked_for_again(scripted_url, open_page):
    page = open_page(scripted_url)
    page.evaluate(
        """() => {
          const store = document.getElementById('token-tree').tokenTree.store;
          const apply = store.apply.bind(store);
          window.lost = 0;
          store.apply = (delta) => {
            if (delta.seq > 1 && window.lost === 0) window.lost = delta.seq;
            else apply(delta);
          };
        }"""
    )
    with grown(page):
        page.click("#run")
    assert page.evaluate("window.lost") > 1
    assert page.evaluate("(t => t.store.parent.length === t.numNodes)(document.getElementById('token-tree').tokenTree)")
    total = tree(page, "store.ledger[0]")
    assert tree(page, "numNodes") == total + 1
