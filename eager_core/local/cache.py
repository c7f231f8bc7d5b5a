"""The KV tensors, as a transformers cache whose layers write rows where the plan says."""

import math
from typing import Any

import numpy as np
import torch
from transformers.cache_utils import Cache, CacheLayerMixin

from eager_core.local.plan import DecodePlan, ExtendPlan

_FEWEST_ROWS = 1024
"""A store that grows has at least these; each time it doubles, so that a row is copied once or twice in all."""


class TreeLayer(CacheLayerMixin):
    """One layer's store: keys and values [num_rows, kv_heads, head_dim].

    On a CPU it is allocated once: the operating system gives the memory page by page as rows are written, so a large
    store costs only what is used. Elsewhere memory is taken when it is allocated, so the store grows by steps; the
    tensors change then, the rows' numbers and contents do not.
    """

    keys: torch.Tensor
    values: torch.Tensor
    """Both None until the first rows come (`is_initialized`), as transformers has it."""
    plan: DecodePlan | ExtendPlan
    """Of the pass under way, set before it; see `TreeCache.use`."""

    def __init__(self, num_rows: int) -> None:
        super().__init__()
        self._num_rows = num_rows
        self._num_needed = 0

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Allocate the store in the shape, dtype and device of the first rows."""
        self.keys = self._allocate(key_states)
        self.values = self._allocate(value_states)
        self.is_initialized = True

    def reserve(self, num_rows: int) -> None:
        """Have room for the first `num_rows` rows. May allocate and copy one of the two tensors, then the other."""
        self._num_needed = max(self._num_needed, num_rows)
        if self.is_initialized and self._num_needed > len(self.keys):
            self.keys = self._grown(self.keys)
            self.values = self._grown(self.values)

    def _grown(self, store: torch.Tensor) -> torch.Tensor:
        num_rows = min(self._num_rows, max(self._num_needed, 2 * len(store)))
        grown = store.new_zeros((num_rows, *store.shape[1:]))
        grown[: len(store)] = store
        return grown

    def _allocate(self, states: torch.Tensor) -> torch.Tensor:
        _, kv_heads, _, head_dim = states.shape
        shape = (self._num_rows, kv_heads, head_dim)
        # Zeros, for a masked row still takes part in products, and garbage may be NaN.
        if not _is_given_page_by_page(states.device):
            return states.new_zeros((min(self._num_rows, max(self._num_needed, _FEWEST_ROWS)), kv_heads, head_dim))
        # numpy's zeros are the system's untouched pages; torch's would be written, and so take real memory, at once.
        num_bytes = math.prod(shape) * states.element_size()
        return torch.from_numpy(np.zeros(num_bytes, dtype=np.uint8)).view(states.dtype).view(shape)

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write the new rows [batch, kv_heads, num_new, head_dim] and return what the attention function reads.

        Returns:
            decoding: the whole store, for the plan says which of its rows each query sees; extending one path: the past
            rows and the new ones in path order, [1, kv_heads, num_past + num_new, head_dim].
        """
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        plan = self.plan
        return self._update(self.keys, key_states, plan), self._update(self.values, value_states, plan)

    @staticmethod
    def _update(store: torch.Tensor, states: torch.Tensor, plan: DecodePlan | ExtendPlan) -> torch.Tensor:
        if isinstance(plan, DecodePlan):
            _write(store, plan.write_rows, states[:, :, 0])
            return store
        _write(store, plan.write_rows, states[0].transpose(0, 1))
        if not len(plan.past_rows):
            return states
        past = store.index_select(0, plan.past_rows).transpose(0, 1)
        return torch.cat([past[None], states], dim=2)

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        # Nothing is built in these sizes: see `eager_core.local.masks`.
        return query_length, 0

    def get_seq_length(self) -> int:
        return 0

    def get_max_length(self) -> int:
        return -1


def _write(store: torch.Tensor, rows: slice | torch.Tensor, states: torch.Tensor) -> None:
    if isinstance(rows, slice):
        store[rows] = states
    else:
        store.index_copy_(0, rows, states)


class TreeCache(Cache):
    """The rows of all explorations of one model, in every layer."""

    def __init__(self, num_layers: int, num_rows: int) -> None:
        self._tree_layers = [TreeLayer(num_rows) for _ in range(num_layers)]
        super().__init__(layers=[*self._tree_layers])

    def reserve(self, num_rows: int) -> None:
        """Have room for the first `num_rows` rows, before the pass that writes them."""
        for layer in self._tree_layers:
            layer.reserve(num_rows)

    @property
    def layer_row_bytes(self) -> int:
        """Bytes of one row's keys and values in the layer where they take most; 0 before the first pass."""
        known = [layer for layer in self._tree_layers if layer.is_initialized]
        return max((layer.keys[:1].nbytes + layer.values[:1].nbytes for layer in known), default=0)

    def use(self, plan: DecodePlan | ExtendPlan) -> None:
        """Let the next forward pass read and write as `plan` says."""
        for layer in self._tree_layers:
            layer.plan = plan


def _is_given_page_by_page(device: torch.device) -> bool:
    """Whether memory that is allocated and not written to costs nothing."""
    return device.type == "cpu"
