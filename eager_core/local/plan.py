"""What each query of a forward pass attends to, as index tensors that all layers share.

A pass decodes one new token for each of B leaves, or extends one path by several tokens.

Decoding reads blocks of rows in one of two ways, whichever moves less memory:

- `PathsPlan`: each leaf's blocks side by side, [B, slots]. Simple; but unless the blocks of a single leaf happen to
  lie in a row, they are copied together first, and a block that several leaves share is read once for each.
- `BlocksPlan`: each block once, by how many leaves see it. Those that many leaves see (the prompt, the trunk) are
  `wide`: one product with all queries, and what a leaf does not see is masked. The others are in groups of about
  equally many viewers: one leaf (the young end of its path; these are read where they lie, without a copy), and where
  there are leaves enough, up to 4, up to 16. Each (block, viewer) of a group is an item; the items' scores are laid
  side by side per leaf for the softmax, and its weights are laid back. That moves a score for every 2 x head_dim
  numbers of keys and values:

      leaf 0 sees [0][1][3]      wide: block 0          one viewer: block 1, 2, 3 are items 0, 1, 2
      leaf 1 sees [0][2]         table: leaf 0 -> items 0, 2      leaf 1 -> item 1, none
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from eager_core.local.rows import Row

_FEWEST_LEAVES_FOR_BLOCKS = 4
"""Below, reading each leaf's path is quicker: it takes fewer operations, and there is little to share."""

_MOST_VIEWERS = (1, 4, 16, 64, 256)
"""Upper ends of the groups; within one, places for viewers that a block does not have are wasted work."""

_LEAVES_PER_VIEWER = 4
"""A group is worth its own products only where it spares at least this share of the queries: with 8 leaves only blocks
of one viewer are kept from the wide ones, with 32 also those of up to 4."""

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

    def buffer(self, name: str, shape: tuple[int, ...], like: torch.Tensor) -> torch.Tensor:
        """Return a scratch tensor that all layers of the pass share; its last item along dimension 0 is zeros."""
        buffer = self.buffers.get((name, shape))
        if buffer is None:
            buffer = self.buffers[name, shape] = like.new_empty(shape)
            buffer[-1] = 0
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
class Group:
    """Blocks that about equally many leaves see; item number first_item + block * most_viewers + viewer is a pair."""

    blocks: slice | torch.Tensor
    """A range of block ids (with strays that no leaf sees), or int64 [num_blocks]."""
    viewers: torch.Tensor
    """int64 [num_blocks * most_viewers], the leaves that see each block; 0 where there are fewer."""
    most_viewers: int
    items: slice
    """The items of this group among all."""

    def read(self, store: torch.Tensor) -> torch.Tensor:
        """Return [num_blocks * kv_heads, block_rows, head_dim] of a layer's store; a view of it where that is so."""
        rows = store[self.blocks] if isinstance(self.blocks, slice) else store.index_select(0, self.blocks)
        return rows.flatten(0, 1)


@dataclass(frozen=True, eq=False)
class BlocksPlan(_DecodePlan):
    """Decoding that reads each block once. A leaf's rows are those of the wide blocks, then those of its slots."""

    wide: torch.Tensor
    """int64 [num_wide], blocks that are multiplied with all leaves' queries."""
    groups: tuple[Group, ...]
    num_items: int
    num_slots: int
    table: torch.Tensor
    """int64 [batch * num_slots], the item in each slot of each leaf; `num_items` ("none") where there is no block."""
    places: torch.Tensor
    """int64 [num_items], the slot of each item; an empty slot for items that nobody sees."""


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
    seen = [[(num_visible, block.first_position) for block, num_visible in path] for path in paths]
    seen = [slots + [(0, 0)] * (num_slots - len(slots)) for slots in seen]
    consecutive = len(rows) == 1 and ids == list(range(ids[0], ids[0] + len(ids)))
    return PathsPlan(
        **_common(rows, seen, block_rows, device),
        blocks=_to_device(ids, device),
        as_range=slice(ids[0], ids[0] + len(ids)) if consecutive else None,
    )


def plan_blocks(rows: Sequence[Row], block_rows: int, device: torch.device) -> BlocksPlan:
    """Return the plan that reads each block once."""
    paths = [list(row.visible())[::-1] for row in rows]
    viewers: dict[int, list[int]] = {}
    for leaf, path in enumerate(paths):
        for block, _ in path:
            viewers.setdefault(block.id, []).append(leaf)
    limits = [most for most in _MOST_VIEWERS if most * _LEAVES_PER_VIEWER <= len(rows)] or [1]
    wide = [block_id for block_id, leaves in viewers.items() if len(leaves) > limits[-1]]
    slot_of_wide = {block_id: slot for slot, block_id in enumerate(wide)}
    few = {block: leaves for block, leaves in viewers.items() if block not in slot_of_wide}
    groups, item_of_pair = _groups(few, limits, device)
    num_items = groups[-1].items.stop if groups else 0

    own = [[place for place in path if place[0].id not in slot_of_wide] for path in paths]
    # One slot more than any leaf needs: an empty one for items that nobody sees.
    num_slots = max(len(places) for places in own) + 1
    table = [num_items] * (len(rows) * num_slots)
    places = [num_slots - 1] * num_items
    seen_rows = []
    for leaf, path in enumerate(paths):
        seen = [(0, 0)] * len(wide)
        for block, num_visible in path:
            if block.id in slot_of_wide:
                seen[slot_of_wide[block.id]] = (num_visible, block.first_position)
        for slot, (block, num_visible) in enumerate(own[leaf], start=leaf * num_slots):
            item = item_of_pair[block.id, leaf]
            table[slot], places[item] = item, slot
            seen.append((num_visible, block.first_position))
        seen_rows.append(seen + [(0, 0)] * (len(wide) + num_slots - len(seen)))
    return BlocksPlan(
        **_common(rows, seen_rows, block_rows, device),
        wide=_to_device(wide, device),
        groups=groups,
        num_items=num_items,
        num_slots=num_slots,
        table=_to_device(table, device),
        places=_to_device(places, device),
    )


def _groups(
    viewers: dict[int, list[int]], limits: Sequence[int], device: torch.device
) -> tuple[tuple[Group, ...], dict[tuple[int, int], int]]:
    """Return the groups of blocks that a few leaves each see, and the item of each (block id, leaf)."""
    groups: list[Group] = []
    item_of_pair: dict[tuple[int, int], int] = {}
    fewest, first_item = 1, 0
    for most in limits:
        ids = sorted(block for block, leaves in viewers.items() if fewest <= len(leaves) <= most)
        fewest = most + 1
        if not ids:
            continue
        if most == 1 and ids[-1] - ids[0] < len(ids) * _MOST_STRAY_BLOCKS:
            ids = list(range(ids[0], ids[-1] + 1))
        padded = []
        for number, block_id in enumerate(ids):
            leaves = viewers.get(block_id, [])
            # Strays of a range are in other groups, or nobody's.
            leaves = leaves if len(leaves) <= most else []
            item_of_pair.update(
                ((block_id, leaf), first_item + number * most + place) for place, leaf in enumerate(leaves)
            )
            padded += leaves + [0] * (most - len(leaves))
        consecutive = ids[-1] - ids[0] == len(ids) - 1
        blocks = slice(ids[0], ids[-1] + 1) if consecutive else _to_device(ids, device)
        items = slice(first_item, first_item + len(padded))
        groups.append(Group(blocks, _to_device(padded, device), most, items))
        first_item = items.stop
    return tuple(groups), item_of_pair


def _common(
    rows: Sequence[Row], seen: list[list[tuple[int, int]]], block_rows: int, device: torch.device
) -> dict[str, torch.Tensor]:
    """Return the fields of `_DecodePlan`; `seen` is (visible rows, first position) of every slot of every leaf."""
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
