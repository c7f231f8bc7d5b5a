"""Lanes: one for each limb, for good, a child's by its parent's wherever the rows allow it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from components.tree.lanes import Lanes


@st.composite
def forks(draw):
    """(rows, [the limb that each new one forks off])."""
    num_forks = draw(st.integers(0, 40))
    return draw(st.integers(1, 40)), [draw(st.integers(0, index)) for index in range(num_forks)]


@given(forks())
def test_no_two_limbs_share_a_lane_and_no_lane_moves(case):
    num_rows, parents = case
    lanes = Lanes(num_rows)
    given_lanes = [0]
    for index, parent in enumerate(parents):
        given_lanes.append(lanes.fork(parent, index + 1))
        assert [lanes.lane(limb) for limb in range(index + 2)] == given_lanes
    assert len(set(given_lanes)) == len(given_lanes)
    assert max(given_lanes) < max(num_rows, len(given_lanes))


@settings(deadline=None)
@given(forks(), st.data())
def test_lanes_taken_back_are_given_again_and_nothing_else_moves(case, data):
    num_rows, parents = case
    lanes = Lanes(num_rows)
    held = {0: 0}
    for index, _ in enumerate(parents):
        parent = data.draw(st.sampled_from(sorted(held)))
        held[index + 1] = lanes.fork(parent, index + 1)
        if len(held) > 1 and data.draw(st.booleans()):
            limb = data.draw(st.sampled_from(sorted(held)[1:]))
            lanes.free(limb)
            del held[limb]
        assert {limb: lanes.lane(limb) for limb in held} == held
        assert len(set(held.values())) == len(held)
    assert max(held.values()) < max(num_rows, len(parents) + 1)


def test_the_trunk_is_on_top_and_a_later_child_lies_nearer():
    lanes = Lanes(10)
    assert [lanes.lane(0), lanes.fork(0, 1), lanes.fork(0, 2), lanes.fork(1, 3)] == [0, 6, 3, 8]


@given(st.lists(st.integers(0, 2), min_size=3, max_size=3))
def test_no_earlier_lane_lies_between_parent_and_child_while_blocks_last(parents):
    lanes = Lanes(32)
    taken = [0]
    for index, parent in enumerate(parents):
        parent = min(parent, index)
        lane = lanes.fork(parent, index + 1)
        low, high = sorted((lanes.lane(parent), lane))
        assert not any(low < other < high for other in taken)
        taken.append(lane)


def test_more_rows_lie_below():
    lanes = Lanes(2)
    lanes.fork(0, 1)
    lanes.reach(10)
    assert lanes.fork(1, 2) > lanes.lane(1)
    lanes.reach(3)
    assert lanes.fork(2, 3) < 10
