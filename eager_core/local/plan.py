"""What each query of a forward pass attends to, as index tensors that all layers share."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from eager_core.local.rows import Row


@dataclass(frozen=True, eq=False)
class DecodePlan:
    """One pass with one new token for each of `batch` leaves.

    A leaf attends to `num_slots` blocks, each seen from its row 0 up to a number of rows; missing slots see none.
    """

    write_blocks: torch.Tensor
    """int64 [batch], block id of each leaf's new row."""
    write_offsets: torch.Tensor
    """int64 [batch], its row in the block."""
    blocks: torch.Tensor
    """int64 [batch, num_slots], block ids; 0 where there is no block."""
    positions: torch.Tensor
    """int64 [batch], position of each new token in its path."""
    row_positions: torch.Tensor
    """int64 [batch, num_slots * block_rows], position of every row; -1 where it must not be seen."""
    biases: dict
    """Additive masks by window, see `bias`."""

    @property
    def batch(self) -> int:
        return len(self.positions)

    def bias(self, window: int | None, dtype: torch.dtype) -> torch.Tensor:
        """Return [batch, 1, 1, num_slots * block_rows]: 0 where a row is seen, -inf elsewhere.

        Args:
            window: with a sliding window, only the last `window` positions of the path are seen, the new one counted.
        """
        bias = self.biases.get(window)
        if bias is None:
            seen = self.row_positions >= 0
            if window is not None:
                seen &= self.row_positions > (self.positions - window)[:, None]
            bias = torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill_(~seen, float("-inf"))
            bias = self.biases[window] = bias[:, None, None, :]
        return bias


def plan_decode(rows: Sequence[Row], block_rows: int, device: torch.device) -> DecodePlan:
    """Return the plan of a pass whose new tokens go into `rows`."""
    paths = [list(row.visible()) for row in rows]
    num_slots = max(len(path) for path in paths)
    table = [[(0, 0, 0)] * (num_slots - len(path)) for path in paths]
    for slots, path in zip(table, paths, strict=True):
        slots.extend((block.id, num_visible, block.first_position) for block, num_visible in reversed(path))
    # One transfer to the device for all the integers of the plan.
    packed = torch.tensor(table, dtype=torch.int64).to(device, non_blocking=True)
    ends = torch.tensor(
        [(row.block.id, row.offset, row.block.first_position + row.offset) for row in rows], dtype=torch.int64
    ).to(device, non_blocking=True)
    blocks, num_visible, first_positions = packed.unbind(-1)
    offsets = torch.arange(block_rows, device=device)
    row_positions = first_positions[..., None] + offsets
    row_positions = row_positions.masked_fill(offsets >= num_visible[..., None], -1).flatten(1)
    return DecodePlan(ends[:, 0], ends[:, 1], blocks, ends[:, 2], row_positions, {})


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

    def bias(self, window: int | None, dtype: torch.dtype) -> torch.Tensor:
        """Return [num_new, num_past + num_new]: 0 where a row is seen, -inf elsewhere; `window` as in decoding."""
        num_keys = len(self.past_rows) + len(self.positions)
        key_positions = torch.arange(num_keys, device=self.positions.device)
        seen = key_positions <= self.positions[:, None]
        if window is not None:
            seen &= key_positions > (self.positions - window)[:, None]
        return torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill_(~seen, float("-inf"))


def plan_extend(parent: Row | None, rows: Sequence[Row], block_rows: int, device: torch.device) -> ExtendPlan:
    """Return the plan of a pass whose new tokens go into `rows`, one after another behind `parent`."""
    past = list(parent.visible())[::-1] if parent is not None else []
    past_rows = [slot * block_rows + offset for slot, (_, seen) in enumerate(past) for offset in range(seen)]
    first = len(past_rows)

    def tensor(values) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.int64).to(device)

    return ExtendPlan(
        write_blocks=tensor([row.block.id for row in rows]),
        write_offsets=tensor([row.offset for row in rows]),
        past_blocks=tensor([block.id for block, _ in past]),
        past_rows=tensor(past_rows),
        positions=torch.arange(first, first + len(rows), device=device),
    )
