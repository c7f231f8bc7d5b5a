"""Where KV rows live: fixed-size blocks, each one stretch of one path, linked to the block it branches from.

A row is the keys and values of one token in its context. Rows belong to places in the tree, not to sequences: a fork
copies nothing. Its first token goes on in the block, its second opens another one that remembers where it left:

    block 0 (prompt)          block 1
    [The][cat][sat][ on]----> [ the][ mat][.]          parent None
               |
               +------------> [ is][ black]            block 2: parent block 0, branches at 2

Each block knows the rows of the path before it, so what a leaf attends to are two arrays, one behind the other.

This module only keeps the books; the tensors are in `cache`. No torch here.
"""

import heapq
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

import numpy as np

BLOCK_ROWS = 16
"""Rows in a block: enough that the books stay short, few enough that half-empty blocks waste little."""


@dataclass(eq=False, slots=True)
class Block:
    """A stretch of consecutive tokens of one path, in consecutive rows of every layer's store."""

    id: int
    parent: "Block | None"
    branches_at: int
    """Rows of the parent that are visible from here: row 0 follows the parent's row `branches_at` - 1."""
    first_row: int
    """Number of row 0 in the store."""
    before: np.ndarray
    """int64, the rows in the store of the path before row 0, from the prompt on."""
    owner: dict
    """The row index of the exploration whose tokens these are; the entries of an evicted block are taken out of it."""
    num_rows: int = 0
    num_children: int = 0
    last_walked: int = 0
    """When its rows were last walked, or those of a block that branched from it and was evicted: see `touch`."""
    num_pins: int = 0
    """Above 0 while a forward pass under way needs the rows; those it branches from stay anyhow."""
    keys: list = field(default_factory=list)
    """Keys in `owner` of the rows here."""


@dataclass(frozen=True, slots=True)
class Row:
    """One place: row `offset` of a block."""

    block: Block
    offset: int

    @property
    def index(self) -> int:
        """Its number in the store."""
        return self.block.first_row + self.offset

    @property
    def length(self) -> int:
        """Rows of the path up to this one, itself counted."""
        return len(self.block.before) + self.offset + 1

    def path(self) -> np.ndarray:
        """Return the rows in the store of the whole path, from the prompt to this one; int64 [position + 1]."""
        first = self.block.first_row
        return np.concatenate([self.block.before, np.arange(first, first + self.offset + 1)])

    def visible(self) -> Iterator[tuple[Block, int]]:
        """Yield (block, number of its first rows that this row's token attends to), from here to the prompt."""
        block: Block | None = self.block
        num_visible = self.offset + 1
        while block is not None:
            yield block, num_visible
            num_visible = block.branches_at
            block = block.parent


class BlockPool:
    """Hands out blocks of a fixed store, and takes back the least recently walked ones when it runs dry.

    A block is evicted only when no held block branches from it and no pass needs it, so that what is held is always
    whole paths from the prompt on. All methods cost O(1), `allocate` O(blocks) when it has to evict.
    """

    def __init__(self, num_blocks: int, block_rows: int = BLOCK_ROWS) -> None:
        self.num_blocks = num_blocks
        self.block_rows = block_rows
        self.most_held = num_blocks
        """Blocks that may be in use now; see `limit`."""
        # A heap: the lowest ids first, so that blocks in use lie close together and passes can read them in ranges.
        # Those never given out yet, from `_num_opened` on, are not in it: a large store has millions.
        self._free: list[int] = []
        self._num_opened = 0
        self._held: set[Block] = set()
        self._clock = 0

    @property
    def num_held(self) -> int:
        """Blocks in use."""
        return len(self._held)

    def limit(self, most_held: int) -> None:
        """Let at most so many blocks be in use, evicting what is too much and not needed by a pass."""
        self.most_held = min(most_held, self.num_blocks)
        while len(self._held) > self.most_held and self._evict():
            pass

    def append(self, parent: Row | None, owner: dict, key: Hashable) -> Row | None:
        """Return a new row after `parent` (None: the first of a prompt), entered as `owner[key]`.

        Returns:
            None if every block is pinned or has others branching from it: nothing can be evicted.
        """
        if parent is not None and parent.offset + 1 == parent.block.num_rows < self.block_rows:
            block = parent.block
        elif (allocated := self._allocate(parent, owner)) is not None:
            block = allocated
        else:
            return None
        row = Row(block, block.num_rows)
        block.num_rows += 1
        block.keys.append(key)
        owner[key] = row
        return row

    def touch(self, row: Row) -> None:
        """Note that the path to `row` was walked now. O(1): blocks before it can't go while it stays, and inherit its
        time when it goes."""
        self._clock += 1
        row.block.last_walked = self._clock

    def pin(self, row: Row) -> None:
        """Keep the path to `row` from being evicted, until `unpin`. O(1): no block goes before those behind it."""
        row.block.num_pins += 1

    def unpin(self, row: Row) -> None:
        """Undo one `pin` of the same row."""
        row.block.num_pins -= 1

    def release(self, owner: dict) -> None:
        """Give back all blocks of an exploration. Its rows are gone."""
        for block in [block for block in self._held if block.owner is owner]:
            self._held.discard(block)
            heapq.heappush(self._free, block.id)
        owner.clear()

    def _allocate(self, parent: Row | None, owner: dict) -> Block | None:
        parent_block = parent.block if parent is not None else None
        if not self._make_room(parent):
            return None
        self._clock += 1
        block_id = heapq.heappop(self._free) if self._free else self._num_opened
        self._num_opened = max(self._num_opened, block_id + 1)
        block = Block(
            id=block_id,
            parent=parent_block,
            branches_at=parent.offset + 1 if parent is not None else 0,
            first_row=block_id * self.block_rows,
            before=parent.path() if parent is not None else np.empty(0, dtype=np.int64),
            owner=owner,
            last_walked=self._clock,
        )
        if parent_block is not None:
            parent_block.num_children += 1
        self._held.add(block)
        return block

    def _make_room(self, parent: Row | None) -> bool:
        """Evict until one more block may be in use, sparing the path to `parent`; return whether it may."""
        if len(self._held) < self.most_held:
            return True
        if parent is not None:
            self.pin(parent)
        while len(self._held) >= self.most_held and self._evict():
            pass
        if parent is not None:
            self.unpin(parent)
        return len(self._held) < self.most_held

    def _evict(self) -> bool:
        """Free the least recently walked block that nothing needs; return whether there was one."""
        candidates = [block for block in self._held if block.num_children == 0 and block.num_pins == 0]
        if not candidates:
            return False
        block = min(candidates, key=lambda candidate: candidate.last_walked)
        for key in block.keys:
            del block.owner[key]
        parent = block.parent
        if parent is not None:
            parent.num_children -= 1
            parent.last_walked = max(parent.last_walked, block.last_walked)
        self._held.discard(block)
        heapq.heappush(self._free, block.id)
        return True
