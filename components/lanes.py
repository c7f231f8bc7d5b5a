"""Which lane (row) of the drawing each sequence has, for good.

A lane is given when a sequence begins and never moves. A child's lane lies by its parent, in the sense that no
unfinished sequence lies between them, wherever the rows allow it. To make room ahead of time each lane owns a block of
rows below it, and a child takes the far half of its parent's block:

    rows  0 1 2 3 4 5 6 7
          0 . . . . . . .      sequence 0 owns all
          0 . . . 1 . . .      it forks: 1 takes the far half
          0 . 2 . 1 . . .      it forks again: 2 lies nearer than 1, which began earlier
          0 . 2 . 1 . 3 .      1 forks

A parent whose block is used up gives its child the free row that has the fewest lanes between; the connector then runs
between two columns, so it crosses no cell.
"""


class Lanes:
    """Lane numbers 0, 1, 2, ... of one run's sequences; sequence 0, the trunk, has lane 0. Grows by `fork`."""

    def __init__(self, num_rows: int) -> None:
        """Args: num_rows: the most sequences expected; more find room below."""
        self._block_end = {0: max(1, num_rows)}
        self._lane_of = {0: 0}

    def lane(self, sequence: int) -> int:
        """Return the lane of a sequence that has begun."""
        return self._lane_of[sequence]

    def fork(self, sequence: int, new_sequence: int) -> int:
        """Give `new_sequence`, forked off `sequence`, its lane, and return it. Costs O(lanes) at worst."""
        parent = self._lane_of[sequence]
        end = self._block_end[parent]
        if end - parent >= 2:
            lane = (parent + end) // 2
            self._block_end[parent] = lane
        else:
            lane, end = self._nearest_free(parent)
        self._lane_of[new_sequence] = lane
        self._block_end[lane] = end
        return lane

    def _nearest_free(self, parent: int) -> tuple[int, int]:
        """Return (lane, end of its block) of the free row nearest to `parent`, counted in taken lanes between."""
        owners = sorted(self._block_end)
        free = [owner for owner in owners if self._block_end[owner] - owner >= 2]
        if not free:
            lane = max(self._block_end.values())
            return lane, lane + 1
        place = owners.index(parent)
        owner = min(free, key=lambda candidate: abs(owners.index(candidate) - place))
        end = self._block_end[owner]
        # From above, take the row next to the owner; from below, the last one, so that fewest lanes lie between.
        lane = owner + 1 if owner > parent else end - 1
        self._block_end[owner] = lane
        return lane, end
