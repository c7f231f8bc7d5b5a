"""Lanes: one for each sequence, for good, a child's by its parent's wherever the rows allow it."""

from hypothesis import given
from hypothesis import strategies as st

from components.lanes import Lanes


@st.composite
def forks(draw):
    """(rows, [the sequence that each new one forks off])."""
    num_forks = draw(st.integers(0, 40))
    return draw(st.integers(1, 40)), [draw(st.integers(0, index)) for index in range(num_forks)]


@given(forks())
def test_no_two_sequences_share_a_lane_and_no_lane_moves(case):
    num_rows, parents = case
    lanes = Lanes(num_rows)
    given_lanes = [0]
    for index, parent in enumerate(parents):
        given_lanes.append(lanes.fork(parent, index + 1))
        assert [lanes.lane(sequence) for sequence in range(index + 2)] == given_lanes
    assert len(set(given_lanes)) == len(given_lanes)
    assert max(given_lanes) < max(num_rows, len(given_lanes))


def test_the_trunk_is_on_top_and_a_later_child_lies_nearer():
    lanes = Lanes(8)
    assert [lanes.lane(0), lanes.fork(0, 1), lanes.fork(0, 2), lanes.fork(1, 3)] == [0, 4, 2, 6]


@given(st.lists(st.integers(0, 2), min_size=3, max_size=3))
def test_no_earlier_lane_lies_between_parent_and_child_while_blocks_last(parents):
    lanes = Lanes(16)
    taken = [0]
    for index, parent in enumerate(parents):
        parent = min(parent, index)
        lane = lanes.fork(parent, index + 1)
        low, high = sorted((lanes.lane(parent), lane))
        assert not any(low < other < high for other in taken)
        taken.append(lane)
