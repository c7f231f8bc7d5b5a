"""The store as others use it: as many as are wanted, telling of actions, and one mask of what is shown of it."""

import pytest

from tests.page.test_tree_logic import deltas, in_node  # noqa: F401  (a fixture)

HEAR = """
const heard = [];
const KINDS = ["run began", "run ended", "node chosen", "ghost chosen", "moment moved", "slider moved"];
const ends = KINDS.map((kind) => eager.store.subscribe(kind, (what) => heard.push([kind, what])));
const { store } = eager;
"""


def test_two_stores_know_nothing_of_each_other(deltas):  # noqa: F811
    seen = in_node(
        """
        const [one, other] = [eager.createStore(), eager.createStore()];
        const heard = [];
        other.subscribe("node chosen", (what) => heard.push(what));
        other.apply(given[0][1]);
        const state = (of) => [of.run, of.numNodes, of.places.node, of.selected, of.moment.until];
        const before = JSON.stringify(state(other));
        given[0].slice(0, 1).forEach((delta) => one.apply(delta));
        one.select(3);
        one.showUntil(5);
        const after = JSON.stringify(state(other));
        return { same: before === after, heard, runs: [one.run, other.run, eager.store.run] };
        """,
        deltas,
    )
    assert seen == {"same": True, "heard": [], "runs": [deltas[0]["run"], deltas[1]["run"], 0]}


def test_the_store_tells_of_actions_until_it_is_asked_no_longer(deltas):  # noqa: F811
    heard = in_node(
        HEAR
        + """
        const [first, second] = given[0];
        store.apply({ ...first, running: true });
        store.apply({ ...first, seq: first.seq + 1, first: store.numNodes, at: [], forks: [], running: false });
        store.select(2);
        store.selectGhost(1);
        store.showUntil(4);
        store.tell("slider moved", { name: "theta", value: 1.5 });
        store.apply(second); // begins and ends at once
        ends.forEach((end) => end());
        store.select(1);
        store.apply(given[0][2]);
        return heard;
        """,
        deltas,
    )
    runs = [delta["run"] for delta in deltas]
    assert heard == [
        ["run began", {"run": runs[0]}],
        ["run ended", {"run": runs[0]}],
        ["node chosen", {"node": 2}],
        ["ghost chosen", {"place": 1}],
        ["moment moved", {"until": 4}],
        ["slider moved", {"name": "theta", "value": 1.5}],
        ["run began", {"run": runs[1]}],
        ["run ended", {"run": runs[1]}],
    ]


def test_a_kind_that_is_never_told_is_refused_and_a_listener_that_fails_stops_no_other():
    told = in_node(
        """
        let sentence = "";
        try { eager.store.subscribe("node chose", () => {}); } catch (error) { sentence = error.message; }
        const heard = [];
        globalThis.queueMicrotask = (raise) => { try { raise(); } catch (error) { heard.push(error.message); } };
        eager.store.subscribe("node chosen", () => { throw new Error("mine"); });
        eager.store.subscribe("node chosen", ({ node }) => heard.push(node));
        eager.store.select(0);
        return [sentence, ...heard];
        """
    )
    assert told[0].startswith('Nothing is told of "node chose"; there is changed, run began,')
    assert told[1:] == ["mine", 0]


@pytest.mark.parametrize("with_ghosts", [True, False])
def test_one_mask_says_what_every_part_shows(deltas, with_ghosts):  # noqa: F811
    """The twin asks of every node and every place whether it is older than the moment."""
    seen = in_node(
        """
        const { store } = eager;
        given[0].forEach((delta) => store.apply(delta));
        const shows = { ghosts: given[1], folds: new Set() };
        const { node } = store.places;
        return [...Array(store.numNodes + 1).keys()].map((until) => {
          store.showUntil(until);
          const { moment } = store;
          const spans = eager.spansOf(store, shows);
          return {
            until, isNow: moment.isNow, newest: moment.newest,
            nodes: [...Array(store.numNodes).keys()].filter((id) => moment.shows(id)),
            places: node.flatMap((_, place) => (moment.showsPlace(place) ? [place] : [])),
            drawn: spans.flatMap(({ limb, total }) => limb.places.slice(0, total)).sort((a, b) => a - b),
            behind: eager.sizeBehind(store, 0),
            sequences: moment.store.sequences.map(({ nodes, reason }) => [nodes, reason]),
            forks: moment.store.forks.map(({ newSequence }) => newSequence),
          };
        });
        """,
        deltas,
        with_ghosts,
    )
    of_place, whole = in_node(
        "given[0].forEach((delta) => eager.store.apply(delta));"
        "const { store } = eager; return [store.places.node, [store.sequences, store.forks]];",
        deltas,
    )
    sequences, forks = whole
    num_nodes = sum(node is not None for node in of_place)
    for moment in seen:
        until = moment["until"]
        assert moment["isNow"] == (until >= num_nodes - 1) and moment["newest"] == min(until, num_nodes - 1)
        assert moment["nodes"] == [node for node in range(num_nodes) if node <= until]
        expected = [
            place
            for place, node in enumerate(of_place)
            if (node is not None and node <= until) or (node is None and moment["isNow"])
        ]
        assert moment["places"] == expected
        hidden = [place for place in expected if of_place[place] is None] if not with_ghosts else []
        assert moment["drawn"] == [place for place in expected if place not in hidden]
        shown = [[node for node in sequence["nodes"] if node <= until] for sequence in sequences]
        assert [nodes for nodes, _ in moment["sequences"]] == shown
        assert [reason is not None for _, reason in moment["sequences"]] == [
            nodes == sequence["nodes"] for nodes, sequence in zip(shown, sequences, strict=True)
        ]
        assert moment["forks"] == [fork["newSequence"] for fork in forks if shown[fork["newSequence"]]]
        if until > 0:
            assert moment["behind"] == min(until, num_nodes - 1)
