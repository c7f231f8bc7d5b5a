"""The KV tensors, as a transformers cache whose layers write rows where the plan says."""

import math

import numpy as np
import torch
from transformers.cache_utils import Cache, CacheLayerMixin

from eager_core.local.plan import DecodePlan, ExtendPlan


class TreeLayer(CacheLayerMixin):
    """One layer's store: keys and values [num_rows, kv_heads, head_dim], allocated once, never copied as a whole.

    On a CPU the operating system gives the memory page by page as rows are written, so a large store costs only
    what is used.
    """

    def __init__(self, num_rows: int) -> None:
        super().__init__()
        self._num_rows = num_rows
        self.plan: DecodePlan | ExtendPlan | None = None

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Allocate the store in the shape, dtype and device of the first rows."""
        self.keys = self._allocate(key_states)
        self.values = self._allocate(value_states)
        self.is_initialized = True

    def _allocate(self, states: torch.Tensor) -> torch.Tensor:
        _, kv_heads, _, head_dim = states.shape
        shape = (self._num_rows, kv_heads, head_dim)
        # Zeros, for a masked row still takes part in products, and garbage may be NaN.
        if states.device.type != "cpu":
            return states.new_zeros(shape)
        # numpy's zeros are the system's untouched pages; torch's would be written, and so take real memory, at once.
        num_bytes = math.prod(shape) * states.element_size()
        return torch.from_numpy(np.zeros(num_bytes, dtype=np.uint8)).view(states.dtype).view(shape)

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args, **kwargs):
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
        is_decode = isinstance(plan, DecodePlan)
        new = states[:, :, 0] if is_decode else states[0].transpose(0, 1)
        if isinstance(plan.write_rows, slice):
            store[plan.write_rows] = new
        else:
            store.index_copy_(0, plan.write_rows, new)
        if is_decode:
            return store
        if not len(plan.past_rows):
            return states
        past = store.index_select(0, plan.past_rows).transpose(0, 1)
        return torch.cat([past[None], states], dim=2)

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        raise NotImplementedError("masks come from the plan, never from the cache")

    def get_seq_length(self) -> int:
        return 0

    def get_max_length(self) -> int:
        return -1


class TreeCache(Cache):
    """The rows of all explorations of one model, in every layer."""

    def __init__(self, num_layers: int, num_rows: int) -> None:
        super().__init__(layers=[TreeLayer(num_rows) for _ in range(num_layers)])

    def use(self, plan: DecodePlan | ExtendPlan) -> None:
        """Let the next forward pass read and write as `plan` says."""
        for layer in self.layers:
            layer.plan = plan
