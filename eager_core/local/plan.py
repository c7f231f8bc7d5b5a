"""What each query of a forward pass attends to, as index tensors that all layers share.

A pass decodes one new token for each of B leaves, or extends one path by several tokens.

Decoding reads blocks of rows in one of two ways, whichever moves less memory:

- `PathsPlan`: each leaf's blocks side by side, [B, slots]. Simple; but unless the blocks of a single leaf happen to
  lie in a row, they are copied together first, and a block that several leaves share is read once for each.
- `BlocksPlan`: each block once. A block that only one leaf sees (the young end of its path) is read where it lies;
  one that several see (the prompt, a stem) is multiplied with all leaves' queries at once, and what a leaf does not
  see is left out afterwards. The scores are then laid side by side per leaf, which moves 1/40 of what the rows weigh:

      leaf 0 sees [0][1][3]      private: block 1 (leaf 0), 3 (leaf 0), 2 (leaf 1)      shared: block 0
      leaf 1 sees [0][2]         table:   leaf 0 -> items 0, 2, (0 for leaf 0); leaf 1 -> 1, (0 for leaf 1), none
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from eager_core.local.rows import Row

_FEWEST_LEAVES_FOR_BLOCKS = 4
"""Below, reading each leaf's path is quicker: measured on two cores, 0.10 against 0.13 ms a layer for one leaf."""

_MOST_STRAY_BLOCKS = 1.5
"""A range of block ids is read where it lies if it holds at most this many blocks for each one wanted."""


@dataclass(frozen=True, eq=False)
class _DecodePlan:
    """What both ways of decoding need."""

    write_blocks: torch.Tensor
    """int64 [batch], block id of each leaf's new row."""
    write_offsets: torch.Tensor
    """int64 [batch], its row in the block."""
    positions: torch.Tensor
    """int64 [batch], position of each new token in its path."""
    row_positions: torch.Tensor
    """int64 [batch, num_slots * block_rows], position of every row of a leaf's slots; -1 where it must not be seen."""
    biases: dict = field(default_factory=dict, init=False)
    buffers: dict = field(default_factory=dict, init=False)

    @property
    def batch(self) -> int:
        """Number of leaves."""
        return len(self.positions)

    def bias(self, window: int | None) -> torch.Tensor:
        """Return float32 [batch, 1, 1, num_slots * block_rows]: 0 where a row is seen, -inf elsewhere.

        Args:
            window: with a sliding window, only the last `window` positions of the path are seen, the new one counted.
        """
        bias = self.biases.get(window)
        if bias is None:
            seen = self.row_positions >= 0
            if window is not None:
                seen &= self.row_positions > (self.positions - window)[:, None]
            bias = torch.zeros(seen.shape, device=seen.device).masked_fill_(~seen, float("-inf"))
            bias = self.biases[window] = bias[:, None, None, :]
        return bias

    def buffer(self, name: str, shape: tuple[int, ...], like: torch.Tensor, fill_last: float) -> torch.Tensor:
        """Return a scratch tensor that all layers of the pass share, its last item along dimension 0 filled."""
        buffer = self.buffers.get((name, shape))
        if buffer is None:
            buffer = self.buffers[name, shape] = like.new_empty(shape)
            buffer[-1] = fill_last
        return buffer


@dataclass(frozen=True, eq=False)
class PathsPlan(_DecodePlan):
    """Decoding that reads each leaf's path."""

    blocks: torch.Tensor
    """int64 [batch * num_slots], block ids; 0 where a leaf has fewer blocks."""
    as_range: slice | None
    """The same ids where they are consecutive (one leaf in a young store): nothing needs to be copied."""

    def read(self, store: torch.Tensor) -> torch.Tensor:
        """Return [batch, num_slots, kv_heads, block_rows, head_dim] of a layer's store."""
        rows = store[self.as_range] if self.as_range is not None else store.index_select(0, self.blocks)
        return rows.view(self.batch, -1, *store.shape[1:])


@dataclass(frozen=True, eq=False)
class BlocksPlan(_DecodePlan):
    """Decoding that reads each block once. Items are the private blocks, then (shared block, leaf) pairs, then none."""

    private: slice | torch.Tensor
    """The private blocks: a range of ids (with strays that no leaf sees), or int64 [num_private]."""
    num_private: int
    owners: torch.Tensor
    """int64 [num_private], the leaf that sees each; 0 for strays."""
    shared: torch.Tensor
    """int64 [num_shared], ids of blocks that several leaves see."""
    table: torch.Tensor
    """int64 [batch * num_slots], the item in each slot of each leaf; the last item ("none") where there is no block."""
    places: torch.Tensor
    """int64 [num_items - 1], the slot of each item; an empty slot for items that nobody sees."""
    private_table: torch.Tensor
    """int64 [batch * most private blocks of a leaf], its private items; `num_private` ("none") beyond."""

    def read_private(self, store: torch.Tensor) -> torch.Tensor:
        """Return [num_private, kv_heads, block_rows, head_dim] of a layer's store; a view of it where that is so."""
        return store[self.private] if isinstance(self.private, slice) else store.index_select(0, self.private)


DecodePlan = PathsPlan | BlocksPlan


def plan_decode(rows: Sequence[Row], block_rows: int, device: torch.device) -> DecodePlan:
    """Return the plan of a pass whose new tokens go into `rows`."""
    few = len(rows) < _FEWEST_LEAVES_FOR_BLOCKS
    return plan_paths(rows, block_rows, device) if few else plan_blocks(rows, block_rows, device)


def plan_paths(rows: Sequence[Row], block_rows: int, device: torch.device) -> PathsPlan:
    """Return the plan that reads each leaf's path."""
    paths = [list(row.visible())[::-1] for row in rows]
    num_slots = max(len(path) for path in paths)
    ids = [block.id for path in paths for block, _ in path + path[-1:] * (num_slots - len(path))]
    consecutive = len(rows) == 1 and ids == list(range(ids[0], ids[0] + len(ids)))
    return PathsPlan(
        **_common(rows, paths, num_slots, block_rows, device),
        blocks=_to_device(ids, device),
        as_range=slice(ids[0], ids[0] + len(ids)) if consecutive else None,
    )


def plan_blocks(rows: Sequence[Row], block_rows: int, device: torch.device) -> BlocksPlan:
    """Return the plan that reads each block once."""
    batch = len(rows)
    paths = [list(row.visible())[::-1] for row in rows]
    # One slot more than any leaf needs: an empty one for items that nobody sees.
    num_slots = max(len(path) for path in paths) + 1
    viewers: dict[int, list[int]] = {}
    for leaf, path in enumerate(paths):
        for block, _ in path:
            viewers.setdefault(block.id, []).append(leaf)
    shared = [block_id for block_id, leaves in viewers.items() if len(leaves) > 1]
    wanted = sorted(block_id for block_id, leaves in viewers.items() if len(leaves) == 1)
    private: slice | list[int] = wanted
    if wanted and wanted[-1] - wanted[0] < len(wanted) * _MOST_STRAY_BLOCKS:
        private = slice(wanted[0], wanted[-1] + 1)
    ids = list(range(private.start, private.stop)) if isinstance(private, slice) else wanted
    num_private, none = len(ids), len(ids) + len(shared) * batch
    item_of_private = {block_id: item for item, block_id in enumerate(ids)}
    item_of_shared = {block_id: num_private + index * batch for index, block_id in enumerate(shared)}
    table = [none] * (batch * num_slots)
    places = [num_slots - 1] * none
    own_items: list[list[int]] = [[] for _ in paths]
    for leaf, path in enumerate(paths):
        for slot, (block, _) in enumerate(path):
            first_item = item_of_shared.get(block.id)
            item = item_of_private[block.id] if first_item is None else first_item + leaf
            if first_item is None:
                own_items[leaf].append(item)
            table[leaf * num_slots + slot] = item
            places[item] = leaf * num_slots + slot
    most_own = max(len(items) for items in own_items)
    owners = [viewers[block_id][0] if len(viewers.get(block_id, ())) == 1 else 0 for block_id in ids]
    return BlocksPlan(
        **_common(rows, paths, num_slots, block_rows, device),
        private=private if isinstance(private, slice) else _to_device(private, device),
        num_private=num_private,
        owners=_to_device(owners, device),
        shared=_to_device(shared, device),
        table=_to_device(table, device),
        places=_to_device(places, device),
        private_table=_to_device(
            [item for items in own_items for item in items + [num_private] * (most_own - len(items))], device
        ),
    )


def _common(rows: Sequence[Row], paths: list, num_slots: int, block_rows: int, device: torch.device) -> dict:
    """Return the fields of `_DecodePlan`."""
    seen = [[(num_visible, block.first_position) for block, num_visible in path] for path in paths]
    seen = [slots + [(0, 0)] * (num_slots - len(slots)) for slots in seen]
    num_visible, first_positions = _to_device(seen, device).unbind(-1)
    offsets = torch.arange(block_rows, device=device)
    row_positions = first_positions[..., None] + offsets
    ends = _to_device([(row.block.id, row.offset, row.block.first_position + row.offset) for row in rows], device)
    return {
        "write_blocks": ends[:, 0],
        "write_offsets": ends[:, 1],
        "positions": ends[:, 2],
        "row_positions": row_positions.masked_fill(offsets >= num_visible[..., None], -1).flatten(1),
    }


@dataclass(frozen=True, eq=False)
class ExtendPlan:
    """One pass that extends one path by several consecutive tokens: a prompt, or a path whose rows were evicted."""

    write_blocks: torch.Tensor
    """int64 [num_new], block id of each new row."""
    write_offsets: torch.Tensor
    """int64 [num_new], its row in the block."""
    past_blocks: torch.Tensor
    """int64 [num_past_slots], blocks of the path before the first new token."""
    past_rows: torch.Tensor
    """int64 [num_past], index of each past row among the rows of `past_blocks`, in path order."""
    positions: torch.Tensor
    """int64 [num_new], position of each new token in its path."""

    def bias(self, window: int | None) -> torch.Tensor:
        """Return float32 [num_new, num_past + num_new]: 0 where a row is seen, -inf elsewhere; `window` as above."""
        num_keys = len(self.past_rows) + len(self.positions)
        key_positions = torch.arange(num_keys, device=self.positions.device)
        seen = key_positions <= self.positions[:, None]
        if window is not None:
            seen &= key_positions > (self.positions - window)[:, None]
        return torch.zeros(seen.shape, device=seen.device).masked_fill_(~seen, float("-inf"))


def plan_extend(parent: Row | None, rows: Sequence[Row], block_rows: int, device: torch.device) -> ExtendPlan:
    """Return the plan of a pass whose new tokens go into `rows`, one after another behind `parent`."""
    past = list(parent.visible())[::-1] if parent is not None else []
    past_rows = [slot * block_rows + offset for slot, (_, seen) in enumerate(past) for offset in range(seen)]
    first = len(past_rows)
    return ExtendPlan(
        write_blocks=_to_device([row.block.id for row in rows], device),
        write_offsets=_to_device([row.offset for row in rows], device),
        past_blocks=_to_device([block.id for block, _ in past], device),
        past_rows=_to_device(past_rows, device),
        positions=torch.arange(first, first + len(rows), device=device),
    )


def _to_device(values: Sequence, device: torch.device) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.int64).to(device, non_blocking=True)
