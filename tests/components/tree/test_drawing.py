"""The drawing: one place for each token of an exploration, whichever runs come by, and none of them ever moves."""

from hypothesis import given, settings
from hypothesis import strategies as st

from components.tree.drawing import Drawing
from components.tree.growth import Growth
from eager_core import Exploration, Settings
from eager_core.events import NodeAdded
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

SOME_SETTINGS = st.builds(
    Settings,
    theta=st.sampled_from([0.6, 1.2, 1.8, 3.0]),
    max_sequences=st.sampled_from([1, 3, 6]),
    temperature=st.sampled_from([0.0, 0.6, 1.4]),
    max_new_tokens=st.sampled_from([4, 12]),
    strategy=st.sampled_from(["paper", "parallel", "percentile"]),
)


def token(token_id: int | None, node_id: int = 1) -> NodeAdded:
    return NodeAdded(node_id, 0, 1, token_id, f" {token_id}", 1.0, -1.0, 1, 0.5, "drawn", 0)


def walk(drawing: Drawing, exploration: Exploration, run: int, asked: Settings) -> set[tuple[int, ...]]:
    """Let a run come by; return the paths of its nodes, as (stream, token ids)."""
    Growth(run, drawing).take(exploration.run(asked))
    tree = exploration.tree
    paths = {}
    for sequence in tree.sequences:
        path = tree.path(sequence.leaf)
        stream = sequence.id if asked.strategy == "parallel" else 0
        for length in range(1, len(path) + 1):
            paths[path[length - 1].id] = (stream, *(node.token_id for node in path[:length]))
    return set(paths.values())


def cells(drawing: Drawing) -> dict[int, tuple[int, int]]:
    """(lane, depth) of every place that is still drawn."""
    gone = set(drawing.forgotten)
    return {
        place: (drawing.lanes_given[limb], len(drawing.path(place)))
        for place, limb in enumerate(drawing.limb_of)
        if limb not in gone
    }


@settings(deadline=None, max_examples=25)
@given(st.lists(SOME_SETTINGS, min_size=1, max_size=6))
def test_present_and_ghosts_are_the_union_of_all_runs_and_nothing_moves(asked):
    exploration = Exploration(ScriptedEngine(hashed_logprobs(30)), "hello")
    drawing, union, before = Drawing(), set(), {}
    for number, one in enumerate(asked):
        union |= walk(drawing, exploration, number, one)
        now = cells(drawing)
        assert len(set(now.values())) == len(now)  # no two places share a cell
        assert before.items() <= now.items()  # none moved
        before = now
    assert drawing.forgotten == []
    assert drawing.num_places == len(union) + 1
    paths = {tuple(step.token_id for step in drawing.path(place)) for place in range(drawing.num_places)}
    assert paths == {path[1:] for path in union} | {()}


def test_a_limb_is_unbroken_and_grows_on_the_place_before_it():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(30)), "hello")
    drawing = Drawing()
    walk(drawing, exploration, 1, Settings(theta=1.0, max_sequences=6, max_new_tokens=12))
    for limb, first in enumerate(drawing.first_places):
        places = [place for place in range(drawing.num_places) if drawing.limb_of[place] == limb]
        assert places[0] == first
        assert [drawing.parents[place] for place in places[1:]] == places[:-1]


def test_what_was_left_longest_ago_is_forgotten_and_its_lane_given_again():
    drawing = Drawing()
    for run in range(300):
        drawing.begin_run(4)
        drawing.place(drawing.place(0, token(1)), token(10 + run))
        now = cells(drawing)
        assert len(set(now.values())) == len(now)
    assert len(drawing.first_places) - len(drawing.forgotten) <= 64 + 2
    assert drawing.forgotten == sorted(drawing.forgotten)
    assert max(lane for lane, _ in cells(drawing).values()) < 80
    again = drawing.place(drawing.place(0, token(1)), token(10 + 299))
    assert again == drawing.num_places - 1
    assert drawing.place(drawing.place(0, token(1)), token(11)) == drawing.num_places - 1  # a place anew


def test_an_unknown_token_is_never_the_same_as_another():
    drawing = Drawing()
    assert drawing.place(0, token(None)) != drawing.place(0, token(None))


def test_a_copy_has_everything_where_it_is_and_grows_by_itself():
    drawing = Drawing()
    exploration = Exploration(ScriptedEngine(hashed_logprobs(30)), "hello")
    grow = Growth(1, drawing)
    grow.take(exploration.run(Settings(theta=1.0, max_sequences=5, max_new_tokens=14)))
    copy = drawing.copy()
    before = (drawing.num_places, list(drawing.lanes_given), list(drawing.limb_of))
    assert copy.number != drawing.number
    again = Growth(2, copy)
    again.take(exploration.run(Settings(theta=1.0, max_sequences=5, max_new_tokens=14)))
    assert again._places == grow._places  # it knows every place
    Growth(3, copy).take(exploration.run(Settings(theta=0.3, max_sequences=9, max_new_tokens=14)))
    assert copy.num_places > before[0] and len(copy.lanes_given) > len(before[1])
    assert (drawing.num_places, drawing.lanes_given, drawing.limb_of) == before
    # The same run on the first one goes its own way, in the same manner.
    Growth(3, drawing).take(exploration.run(Settings(theta=0.3, max_sequences=9, max_new_tokens=14)))
    assert (drawing.parents, drawing.lanes_given) == (copy.parents, copy.lanes_given)
