"""What two trees beside each other have in common in the page: one camera, and what is dimmed."""

import json

from components.tree.growth import Growth
from eager_core import Exploration, Settings
from tests.page.test_tree_logic import in_node
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

CAMERAS = """
const frames = [];
globalThis.requestAnimationFrame = (frame) => frames.push(frame);
const tree = (columns, lane) => ({
  store: { running: false, maxDepth: columns - 1 },
  spans: [{ limb: { firstDepth: 0, lane }, present: columns, total: columns }],
  drawn: 0, camera: new eager.TreeCamera(), draw() { this.drawn++; this.camera.update(this.store, this.spans); },
});
const views = [tree(...given[0]), tree(...given[1])];
const camera = new eager.LinkedCamera(views);
for (const view of views) view.camera = camera;
const settle = () => {
  for (let round = 0; frames.length && round < 20; round++) frames.splice(0).forEach((frame) => frame());
  return frames.length;
};
for (const view of views) view.draw();
const waiting = settle();
"""


def test_one_camera_is_fitted_to_both_trees():
    script = f"""{CAMERAS}
        const both = [camera.x, camera.y];
        const alone = new eager.TreeCamera();
        alone.update(views[0].store, views[0].spans);
        return {{ waiting, both, alone: [alone.x, alone.y] }};
    """
    seen = in_node(script, [40, 2], [30, 11])
    x, y = seen["both"]
    assert seen["waiting"] == 0  # it comes to rest
    assert x == seen["alone"][0]  # the longer of the two
    assert y[0] > 11 > seen["alone"][1][0]  # and the one with more lanes


def test_what_a_hand_does_to_one_moves_both():
    script = f"""{CAMERAS}
        const before = views.map(({{ drawn }}) => drawn);
        camera.zoom(0.5);
        views[0].draw(); // as the one does that a hand is on
        settle();
        const after = views.map(({{ drawn }}) => drawn);
        const own = camera.alone();
        camera.zoom(0.5);
        return {{ moved: after.map((number, side) => number - before[side]), own: [own.follows, own.x], x: camera.x }};
    """
    seen = in_node(script, [40, 2], [30, 11])
    assert seen["moved"] == [2, 1]
    assert seen["own"][0] is None and seen["own"][1] != seen["x"]  # its own camera moves by itself


def test_a_place_is_shared_where_the_node_there_is_and_a_ghost_never():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(30)), "hello")
    deltas = []
    growth = Growth(1)
    for run, theta in enumerate((0.6, 1.8), start=1):
        growth = Growth(run, growth.drawing)
        growth.take(exploration.run(Settings(theta=theta, max_sequences=5, max_new_tokens=14)))
        growth.end()
        deltas.append(json.loads(growth.delta()))
    script = """
        const { store } = eager;
        given[0].forEach((delta) => store.apply(delta));
        const beside = { shared: new Set(given[1]), mark: null };
        const { places } = store;
        const both = (place) => [beside, null].map((told) => eager.isShared(told, places, place));
        return places.node.map((node, place) => [node, ...both(place)]);
    """
    shared = list(range(0, growth.tree.num_nodes, 3))
    seen = in_node(script, deltas, shared)
    assert [node for node, _, _ in seen if node is None] != []
    assert [is_shared for _, is_shared, _ in seen] == [node in shared for node, _, _ in seen]
    assert not any(alone for _, _, alone in seen)
