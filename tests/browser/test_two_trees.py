"""Two trees on one page, each with a store and parts of its own, do not touch each other."""

import json

from components.tree.growth import Growth
from eager_core import Exploration, Settings
from tests.browser.tree_of_page import frames
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

PARTS = ("tree", "inspector", "time", "ledger", "entropy", "sequences")

MOUNT = """async ([names, deltas]) => {
  const { createParts } = await import(`${eager.folder}/parts.js`);
  window.asked = [[], []];
  window.two = deltas.map((delta, side) => {
    const parts = createParts();
    for (const name of names) {
      const element = document.body.appendChild(document.createElement("div"));
      element.className = "eager-root";
      element.id = `${name}-${side}`;
      const trigger = (event, what) => window.asked[side].push([event, what]);
      parts.mounts[name](element, { trigger, values: () => {} });
    }
    parts.store.apply(delta);
    return parts;
  });
}"""

STATE = """([one, other]) => [one, other].map(({ store, tree, time }) => [
  store.run, store.numNodes, store.selected, store.moment.until, store.version,
  tree.status.textContent, tree.camera.x, tree.shows.words, tree.chosen, time.told.textContent,
])"""


def deltas() -> list[dict]:
    """What two runs of different settings tell."""
    told = []
    for run, theta in enumerate((0.6, 1.8), start=1):
        exploration = Exploration(ScriptedEngine(hashed_logprobs(30)), "hello")
        growth = Growth(run)
        growth.take(exploration.run(Settings(theta=theta, max_sequences=5, max_new_tokens=14)))
        growth.end()
        told.append(json.loads(growth.delta()))
    return told


def test_two_trees_side_by_side_do_not_touch_each_other(scripted_url, open_page):
    page = open_page(scripted_url)
    both = deltas()
    page.evaluate(MOUNT, [list(PARTS), both])
    frames(page)

    def state() -> list:
        frames(page)
        return page.evaluate(f"({STATE})(window.two)")

    before = state()
    assert [side[1] for side in before] == [1 + len(delta["s"]) for delta in both]
    assert before[0][1] != before[1][1]
    for act in (
        "store.select(3)",
        "tree.inspect(4)",
        "store.showUntil(5)",
        "time.step(1)",
        "tree.press(new KeyboardEvent('keydown', { key: 'w' }))",
        "tree.zoom(0.5)",
        "tree.fold(1)",
    ):
        page.evaluate(f"window.two[0].{act}")
    one, other = state()
    assert other == before[1]
    assert one != before[0]
    # Of the events, too: one was asked about a node, the other of nothing; and the page's own tree has none of both.
    asked = page.evaluate("window.asked")
    assert [event for event, _ in asked[0]] == ["node_click"] and asked[1] == []
    assert page.evaluate("[eager.store.run, eager.store.numNodes, eager.store.selected]") == [0, 0, None]
    assert page.locator("#sequences-0 .eager-sequence").count() == num_sequences(both[0])
    assert page.locator("#sequences-1 .eager-sequence").count() == num_sequences(both[1])
    assert page.errors == []


def num_sequences(delta: dict) -> int:
    return 1 + len(delta["forks"])
