"""The page's pure scripts, run by the Node.js that Playwright brings: places, spans, folds, words."""

import json
import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

from components.page_facts import PAGE_FACTS
from components.tree.drawing import Drawing
from components.tree.growth import Growth
from eager_core import Exploration, Settings
from eager_core.events import NodeAdded, RunStarted
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

PAGE = Path(__file__).resolve().parents[2] / "assets" / "page"
MODULES = (
    "frame/facts.js", "tree/graphemes.js", "frame/requests.js", "tree/store.js", "tree/moment.js", "tree/spans.js",
    "tree/words.js", "tree/walk.js", "tree/coloring.js", "tree/catching_up.js",
    "tree/beside.js", "tree/camera.js", "comparing/camera.js",
)  # fmt: skip
NUM_RUNS = 5


def in_node(script: str, *arguments: object):
    """Return what a function body gives on the arguments.

    `eager` holds what the page's pure modules export, told Python's facts, and a `store` with its `requests`.
    """
    imports = [f"import * as module{at} from {json.dumps((PAGE / name).as_uri())};" for at, name in enumerate(MODULES)]
    exports = ", ".join(f"...module{at}" for at in range(len(MODULES)))
    stubs = "globalThis.requestAnimationFrame = () => {};"
    eager = f"const eager = {{ {exports} }}; eager.learn({json.dumps(PAGE_FACTS)}); eager.store = eager.createStore();"
    requests = "eager.requests = new eager.Requests(eager.store);"
    call = f"console.log(JSON.stringify(((...given) => {{ {script} }})(...{json.dumps(arguments)})));"
    node, _ = compute_driver_executable()
    script = "\n".join([*imports, stubs, eager, requests, call])
    command = [node, "--input-type=module", "-"]
    ran = subprocess.run(command, input=script, capture_output=True, text=True, check=True, timeout=300)
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def deltas() -> list[dict]:
    """What the page is sent in five runs of one exploration, each at another theta or temperature."""
    exploration = Exploration(ScriptedEngine(hashed_logprobs(30)), "hello")
    drawing, sent = Drawing(), []
    for run, (theta, temperature) in enumerate([(1.0, 0.6), (1.8, 0.6), (0.6, 0.6), (1.2, 1.2), (1.0, 0.6)], start=1):
        growth = Growth(run, drawing)
        growth.take(exploration.run(Settings(theta=theta, temperature=temperature, max_sequences=5, max_new_tokens=14)))
        sent.append(json.loads(growth.delta()))
    assert len(sent) == NUM_RUNS
    return sent


SHOW = """
const shows = { ghosts: true, folds: new Set() };
const { store } = eager;
given[0].forEach((delta) => store.apply(delta));
"""


def test_present_and_ghosts_are_all_places_and_no_two_share_a_cell(deltas):
    seen = in_node(
        SHOW + """
        const spans = eager.spansOf(store, shows);
        const cells = spans.flatMap(({ limb, total }) => limb.places.slice(0, total).map((place, i) =>
          [limb.lane, limb.firstDepth + i, place]));
        const present = spans.reduce((sum, span) => sum + span.present, 0);
        return { cells, present, number: store.places.number, numNodes: store.numNodes };
        """,
        deltas,
    )  # fmt: skip
    cells = {(lane, depth) for lane, depth, _ in seen["cells"]}
    assert len(cells) == len(seen["cells"]) == seen["number"]
    assert {place for _, _, place in seen["cells"]} == set(range(seen["number"]))
    assert seen["present"] == seen["numNodes"] < seen["number"]


def test_a_page_that_lost_what_came_between_asks_for_it(deltas):
    asked = in_node(
        "const lost = []; eager.store.onGap = (known) => lost.push([known, eager.store.places.number]);"
        "[given[0][0], given[0][3]].forEach((d) => eager.store.apply(d)); return lost;",
        deltas,
    )
    assert asked == [[1, 1 + len(deltas[0]["a"])]]


def test_hidden_ghosts_leave_the_present_and_a_fold_leaves_what_is_not_behind_it(deltas):
    seen = in_node(
        SHOW + """
        const total = (spans) => spans.reduce((sum, span) => sum + span.total, 0);
        const all = total(eager.spansOf(store, shows));
        const folded = store.places.parent.map((_, place) => {
          const spans = eager.spansOf(store, { ghosts: true, folds: new Set([place]) });
          let behind = -1;
          const waiting = [place];
          while (waiting.length) { behind++; waiting.push(...store.places.children[waiting.pop()]); }
          const found = eager.placeAt(spans, store.places.depth[place], store.places.lane(place));
          return [total(spans), all - behind, found === place];
        });
        const shown = total(eager.spansOf(store, { ghosts: false, folds: new Set() }));
        return { folded, shown, numNodes: store.numNodes };
        """,
        deltas,
    )  # fmt: skip
    assert all(drawn == expected and found for drawn, expected, found in seen["folded"])
    assert seen["shown"] == seen["numNodes"]


def test_words_are_all_tokens_of_a_limb_in_order_and_ghosts_stand_apart(deltas):
    seen = in_node(
        SHOW + """
        store.places.beginsWord = store.places.beginsWord.map((_, place) => place % 3 === 0);
        return store.places.limbs.map((limb) => ({
          places: limb.places, words: eager.wordsOf(store.places, limb, 0, limb.places.length - 1),
          ghosts: store.places.node.map((node) => node === null),
        }));
        """,
        deltas,
    )  # fmt: skip
    for limb in seen:
        assert [place for word in limb["words"] for place in word] == limb["places"]
        assert all(len({limb["ghosts"][place] for place in word}) == 1 for word in limb["words"])
    assert any(len(word) > 1 for limb in seen for word in limb["words"])


def test_colourings_stay_on_the_scale_and_what_is_unknown_has_no_colour(deltas):
    seen = in_node(
        SHOW + """
        const { places } = store;
        const known = eager.colorings.map(({ of }) => places.parent.map((_, place) => of(places, place)));
        places.rule[3] = "u";
        return { known, unmonitored: eager.colorings[0].of(places, 3), prompt: eager.colorings[0].of(places, 0) };
        """,
        deltas,
    )  # fmt: skip
    assert all(value is None or 0 <= value <= 1 for values in seen["known"] for value in values)
    assert all(None not in values[1:] for values in seen["known"])
    assert (seen["unmonitored"], seen["prompt"]) == (None, None)


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ([" house", "s"], "houses"), (["e", "\u0301", "t"], "e\u0301t"), ([" ", "\n"], "\u21b5"), ([" "], "\u2027"),
        (["\U0001f468", "\u200d", "\U0001f467"], "\U0001f468\u200d\U0001f467"), (["\u200d"], "[200D]"),
        (["a", "\u202e", "b"], "a[202E]b"), (["\u0301"], "\u25cc\u0301"),
        ([" \u0645\u06cc", "\u200c", "\u062e"], "\u0645\u06cc\u200c\u062e"),
    ],
)  # fmt: skip
def test_a_word_reads_as_its_pieces_together(tokens, text):
    events = [RunStarted("m", "p", Settings(), None)]
    for number, token in enumerate(tokens, start=1):
        events.append(NodeAdded(number, number - 1, number, number, token, None, None, None, None, "unmonitored", 0))
    growth = Growth(1)
    growth.take(events)
    places = list(range(1, len(tokens) + 1))
    read = "eager.store.apply(given[0]); return eager.wordText(eager.store.places, given[1]);"
    assert in_node(read, json.loads(growth.delta()), places) == text
