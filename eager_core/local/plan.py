"""What each query of a forward pass attends to, as index tensors that all layers share.

A pass decodes one new token for each of B leaves, or extends one path by several tokens.

Decoding picks each leaf's own rows out of the store, side by side. Rows that all leaves see (the prompt, the trunk) are
read once for all of them where that is worth a second product:

    store   p p p t t a b a b a c a c         leaf 0 sees  p p p t t | a a a a
            \\ shared /                        leaf 1 sees  p p p t t | b b
                                              leaf 2 sees  p p p t t | a c c

Copying a leaf's rows together costs a fraction of the product over them, and what has no gaps is not copied at all.

Leaves of several explorations share nothing, and those of unlike lengths would be filled up to the longest: where that
costs more than a product of its own, they are read in groups, each with what its own leaves share. A group that would
copy too much at once is split.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from eager_core.local.rows import Row
from eager_core.local.transfers import to_device

FEWEST_SHARED_READS = 2048
"""Rows that all leaves share are read once if this many reads (rows times leaves) come of it; below, a second product
and the joining of the two cost more. Measured on 2 cores with 3 key heads of 64. A group of its own is as dear."""

NO_LIMIT = 2**62
"""Rows."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows to be read from a store, as many for each of `batch` readers."""

    where: slice | torch.Tensor
    """A range of the store, or int64 [batch * num_rows]."""
    batch: int

    def read(self, store: torch.Tensor) -> torch.Tensor:
        """Return [batch, kv_heads, num_rows, head_dim] of a layer's store; a view of it where the rows have no gaps."""
        rows = store[self.where] if isinstance(self.where, slice) else store.index_select(0, self.where)
        return rows.view(self.batch, -1, *store.shape[1:]).transpose(1, 2)


@dataclass(frozen=True, eq=False)
class Reading:
    """What the layers with one kind of window read."""

    shared: Rows | None
    """Read for all leaves at once, and seen by all of them whole."""
    own: Rows
    bias: torch.Tensor | None
    """Float32 [batch, 1, 1, num_own], 0 where a leaf sees its own rows and -inf elsewhere; None where all see all."""


@dataclass(frozen=True, eq=False)
class Group:
    """Consecutive leaves of a pass that are read together."""

    leaves: slice
    paths: np.ndarray
    """int64 [leaves, longest], rows of each path; those of shorter ones go on with the last."""
    lengths: np.ndarray
    """int64 [leaves], how many of them there are."""
    device: torch.device
    fewest_shared_reads: int = FEWEST_SHARED_READS
    _readings: dict[int | None, Reading] = field(default_factory=dict, init=False)

    def reading(self, window: int | None) -> Reading:
        """Return what to read; with a sliding window, a leaf sees the last `window` positions of its path, its own one
        counted."""
        reading = self._readings.get(window)
        if reading is None:
            reading = self._readings[window] = self._read_all() if window is None else self._read_window(window)
        return reading

    def _read_all(self) -> Reading:
        num_shared = _num_read_once(self.paths, self.lengths, self.fewest_shared_reads)
        shared = self._rows(self.paths[:1, :num_shared]) if num_shared else None
        columns = np.arange(num_shared, self.paths.shape[1])
        return Reading(shared, self._rows(self.paths[:, num_shared:]), self._bias(columns < self.lengths[:, None]))

    def _read_window(self, window: int) -> Reading:
        first = max(0, int(self.lengths.min()) - window)
        columns = np.arange(first, self.paths.shape[1])
        ends = self.lengths[:, None]
        seen = (columns < ends) & (columns >= ends - window)
        return Reading(None, self._rows(self.paths[:, first:]), self._bias(seen))

    def _rows(self, rows: np.ndarray) -> Rows:
        return Rows(_where(rows.ravel(), self.device), len(rows))

    def _bias(self, seen: np.ndarray) -> torch.Tensor | None:
        if seen.all():
            return None
        bias = np.where(seen, np.float32(0), np.float32("-inf"))[:, None, None, :]
        return to_device(bias, self.device)


@dataclass(frozen=True, eq=False)
class DecodePlan:
    """One pass that puts one new token behind each of `batch` leaves."""

    write_rows: slice | torch.Tensor
    """Row of each new token; a range of the store, or int64 [batch]."""
    positions: torch.Tensor
    """int64 [batch], its position in its path."""
    groups: tuple[Group, ...]
    """All leaves, in their order."""


def plan_decode(
    rows: Sequence[Row],
    device: torch.device,
    fewest_shared_reads: int = FEWEST_SHARED_READS,
    most_reads: int = NO_LIMIT,
) -> DecodePlan:
    """Return the plan of a pass whose new tokens go into `rows`.

    Args:
        rows: those of one exploration, and among them those of one length, side by side: only neighbours share a group.
        most_reads: rows that a group may copy together in a layer, unless a single leaf needs more.
    """
    paths = [row.path() for row in rows]
    lengths = [len(path) for path in paths]
    groups = []
    for leaves in _grouped(rows, paths, fewest_shared_reads):
        for part in _split(leaves, paths, fewest_shared_reads, most_reads):
            groups.append(Group(part, *_table(paths[part]), device, fewest_shared_reads))
    return DecodePlan(
        write_rows=_where(np.array([path[-1] for path in paths]), device),
        positions=to_device(np.array(lengths) - 1, device),
        groups=tuple(groups),
    )


def _grouped(rows: Sequence[Row], paths: Sequence[np.ndarray], fewest_shared_reads: int) -> Iterator[slice]:
    """Yield the leaves that are read together: alike ones, and neighbours where apart would save too little."""
    kinds = [(id(row.block.owner), len(path)) for row, path in zip(rows, paths, strict=True)]
    begins = [leaf for leaf in range(len(rows)) if leaf == 0 or kinds[leaf] != kinds[leaf - 1]]
    group, group_reads = slice(0, 0), 0
    for begin, end in zip(begins, [*begins[1:], len(rows)], strict=True):
        together, alike = slice(group.start, end), slice(begin, end)
        alike_reads = _num_reads(paths[alike], fewest_shared_reads)
        if begin == 0:
            group, group_reads = alike, alike_reads
            continue
        reads = _num_reads(paths[together], fewest_shared_reads)
        if reads - group_reads - alike_reads < fewest_shared_reads:
            group, group_reads = together, reads
        else:
            yield group
            group, group_reads = alike, alike_reads
    yield group


def _split(
    leaves: slice, paths: Sequence[np.ndarray], fewest_shared_reads: int, most_reads: int
) -> Iterator[slice]:
    """Yield parts of a group none of which copies more than `most_reads` rows, or is a single leaf."""
    longest = max(len(path) for path in paths[leaves])
    is_small = _num_reads(paths[leaves], fewest_shared_reads) <= most_reads
    # A part may be too small for a trunk of its own to pay: each leaf is counted whole.
    size = leaves.stop - leaves.start if is_small else max(1, most_reads // longest)
    for begin in range(leaves.start, leaves.stop, size):
        yield slice(begin, min(begin + size, leaves.stop))


def _table(paths: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return (int64 [leaves, longest] rows, those of shorter paths going on with the last; int64 [leaves] lengths)."""
    lengths = np.array([len(path) for path in paths])
    table = np.empty((len(paths), lengths.max()), dtype=np.int64)
    for path, target in zip(paths, table, strict=True):
        target[: len(path)] = path
        target[len(path) :] = path[-1]
    return table, lengths


def _num_reads(paths: Sequence[np.ndarray], fewest_shared_reads: int) -> int:
    """Return how many rows a layer reads for these leaves in one group."""
    longest = max(len(path) for path in paths)
    # What shares too little to pay, or has no first row in common, need not be looked at row by row.
    if len(paths) * longest < fewest_shared_reads or any(path[0] != paths[0][0] for path in paths):
        return len(paths) * longest
    table, lengths = _table(paths)
    num_shared = _num_read_once(table, lengths, fewest_shared_reads)
    return num_shared + len(paths) * (table.shape[1] - num_shared)


def _num_read_once(paths: np.ndarray, lengths: np.ndarray, fewest_shared_reads: int) -> int:
    """Return how many rows of a group are read once for all its leaves; 0 where that does not pay."""
    if len(paths) == 1:
        return 0
    num_shared = _num_shared(paths, lengths)
    return num_shared if len(paths) * num_shared >= fewest_shared_reads else 0


def _num_shared(paths: np.ndarray, lengths: np.ndarray) -> int:
    """Return how many rows, from the first one on, all paths have in common, leaving each at least one of its own."""
    differs = (paths[:, : lengths.min() - 1] != paths[0, : lengths.min() - 1]).any(axis=0)
    return int(differs.argmax()) if differs.any() else len(differs)


@dataclass(frozen=True, eq=False)
class ExtendPlan:
    """One pass that extends one path by several consecutive tokens: a prompt, or a path whose rows were evicted."""

    write_rows: slice | torch.Tensor
    """Row of each new token; a range of the store, or int64 [num_new]."""
    past_rows: torch.Tensor
    """int64 [num_past], the path's rows before the first new token."""
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


def plan_extend(parent: Row | None, rows: Sequence[Row], device: torch.device) -> ExtendPlan:
    """Return the plan of a pass whose new tokens go into `rows`, one after another behind `parent`."""
    past = parent.path() if parent is not None else np.empty(0, dtype=np.int64)
    return ExtendPlan(
        write_rows=_where(np.array([row.index for row in rows]), device),
        past_rows=to_device(past, device),
        positions=torch.arange(len(past), len(past) + len(rows), device=device),
    )


def _where(rows: np.ndarray, device: torch.device) -> slice | torch.Tensor:
    """Return a range where the rows have no gaps, for that needs no copying; else their numbers."""
    if (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return to_device(rows, device)


