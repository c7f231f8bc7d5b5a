"""Which lane (row) of the drawing each limb has, for good.

A limb is an unbroken row of tokens; `drawing` says which tokens belong to which. A lane is given when a limb
begins and never moves. A child's lane lies by its parent, in the sense that no other lane lies between them, wherever
the rows allow it. To make room ahead of time each lane owns a block of rows below it. A child takes the last third of
its parent's block, so that the parent, which often forks again, keeps most of it:

    rows  0 1 2 3 4 5 6 7 8 9
          0 . . . . . . . . .      limb 0 owns all
          0 . . . . . 1 . . .      it forks: 1 takes the last third
          0 . . 2 . . 1 . . .      it forks again: 2 lies nearer than 1, which began earlier
          0 . . 2 . . 1 . 3 .      1 forks

A parent whose block is used up gives its child the free row that has the fewest lanes between. With two rows for each
sequence that may come, and forks at random, that befalls one fork in twelve at 8 sequences and three in ten at 32; with
one row and blocks cut in half it was one in three, and six in ten.
"""

_SHARE_KEPT = 0.7
"""Of a block's free rows, those that the parent keeps when it forks."""


class Lanes:
    """Lane numbers 0, 1, 2, ... of limbs; limb 0, the trunk, has lane 0. Grows by `fork`, shrinks by `free`.

    The blocks of all lanes together are the rows 0, 1, 2, ... without a gap.
    """

    def __init__(self, num_rows: int = 1) -> None:
        """Args: num_rows: the rows to spread the limbs over; more limbs find room below."""
        self._lane_of = {0: 0}
        self._block_end = {0: max(1, num_rows)}

    def copy(self) -> "Lanes":
        """Return lanes of their own, given as these are."""
        copy = Lanes()
        copy._lane_of, copy._block_end = self._lane_of.copy(), self._block_end.copy()
        return copy

    def lane(self, limb: int) -> int:
        """Return the lane of a limb that has one."""
        return self._lane_of[limb]

    def reach(self, num_rows: int) -> None:
        """Spread over at least `num_rows` rows from now on: what is new lies below."""
        last = max(self._block_end)
        self._block_end[last] = max(self._block_end[last], num_rows)

    def fork(self, limb: int, new_limb: int) -> int:
        """Give `new_limb`, forked off `limb`, its lane, and return it. Costs O(lanes) at worst."""
        parent = self._lane_of[limb]
        end = self._block_end[parent]
        room = end - parent - 1
        lane, end = (parent + 1 + int((room - 1) * _SHARE_KEPT), end) if room else self._nearest_free(parent)
        owner = max(owner for owner in self._block_end if owner < lane)
        self._block_end[owner] = lane
        self._block_end[lane] = end
        self._lane_of[new_limb] = lane
        return lane

    def free(self, limb: int) -> None:
        """Take the lane of a limb back; its rows go to the lane above. The trunk keeps its own."""
        lane = self._lane_of.pop(limb)
        above = max(owner for owner in self._block_end if owner < lane)
        self._block_end[above] = self._block_end.pop(lane)

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
        return (owner + 1 if owner > parent else end - 1), end
