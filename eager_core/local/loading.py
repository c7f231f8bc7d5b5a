"""From a model's name to an engine that runs it here."""

import psutil
import torch

from eager_core.errors import ModelError
from eager_core.local.attention import TREE_ATTENTION
from eager_core.local.engine import LocalEngine
from eager_core.local.rows import BLOCK_ROWS
from eager_core.models import load_model

_SHARE_OF_FREE_MEMORY = 0.25
"""Of the memory that is free once the model is loaded, this much may hold KV rows."""


def load_engine(model: str | None = None, *, memory_budget_bytes: int | None = None) -> LocalEngine:
    """Load a model and return the engine that serves it.

    Args:
        model: a Hub id, a local folder, or a GGUF file; None for SmolLM2-135M-Instruct.
        memory_budget_bytes: most memory for KV rows; None takes a quarter of what is free. A small budget costs
            work, never results. At least one sequence as long as the model's context is always held.
    Raises:
        ModelError: the model can't be found, read or served; one sentence says why.
    """
    loaded = load_model(model, dtype=torch.float32, device="cpu", attn_implementation=TREE_ATTENTION)
    block_bytes = _block_bytes(loaded.model, BLOCK_ROWS)
    if memory_budget_bytes is None:
        memory_budget_bytes = int(psutil.virtual_memory().available * _SHARE_OF_FREE_MEMORY)
    one_path = loaded.context_length // BLOCK_ROWS + 2
    return LocalEngine(loaded, num_blocks=max(one_path, memory_budget_bytes // block_bytes))


def _block_bytes(model: torch.nn.Module, block_rows: int) -> int:
    """Return the bytes that one block of KV rows takes in all layers, measured by running one token.

    Raises:
        ModelError: the model keeps something else than keys and values, so rows of it can't be shared by a tree.
    """
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        cache = model(torch.zeros((1, 1), dtype=torch.int64, device=model.device), use_cache=True).past_key_values
    model.set_attn_implementation(TREE_ATTENTION)
    try:
        rows = [(layer.keys, layer.values) for layer in cache.layers]
        return block_rows * sum(states[0, :, 0].nbytes for pair in rows for states in pair)
    except (AttributeError, TypeError, IndexError):
        raise ModelError(
            f"Models of the family {model.config.model_type} can't be served: a layer keeps no keys and values for "
            "each token, which the tree of sequences shares; name an attention-only decoder."
        ) from None
