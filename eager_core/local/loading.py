"""From a model's name to an engine that runs it here."""

import torch
from transformers import PreTrainedModel

from eager_core.errors import ModelError
from eager_core.failures import model_failures
from eager_core.local.budget import budget_of
from eager_core.local.engine import LocalEngine
from eager_core.local.families import check_architecture, check_parity
from eager_core.local.hardware import best_device, checked_budget_bytes, dtype_for
from eager_core.local.positions import exact_context_length
from eager_core.local.rows import BLOCK_ROWS
from eager_core.local.threads import run_in_passing_thread
from eager_core.local.trial import eager_attention
from eager_core.models import LoadedModel, load_model


def load_engine(
    model: str | None = None, *, precision: str = "auto", memory_budget_bytes: int | None = None
) -> LocalEngine:
    """Load a model onto the best device of this machine and return the engine that serves it.

    Args:
        model: a Hub id, a local folder, or a GGUF file; None for SmolLM2-135M-Instruct.
        precision: "float32" (exact: equal trees across restarts and visitors), "bfloat16", or "auto", which takes
            bfloat16 where the hardware has it natively.
        memory_budget_bytes: most memory for what is kept (KV rows, hidden states, predictions); None takes what
            EAGER_EXPLORER_KV_MIB says, else a quarter of what is free. A small budget costs work, never results; where
            it holds no sequence as long as the model's context, the engine's `context_length` is what it holds.
    Raises:
        ModelError: the model can't be found, read or served; one sentence says why.
    """
    with model_failures("The model can't be loaded"):
        return run_in_passing_thread(_load_engine, model, precision, memory_budget_bytes)


def _load_engine(model: str | None, precision: str, memory_budget_bytes: int | None) -> LocalEngine:
    device = best_device()
    dtype = dtype_for(precision, device)
    loaded = load_model(model, dtype=dtype, device=device, attn_implementation="eager")
    return engine_of(loaded, memory_budget_bytes)


def engine_of(loaded: LoadedModel, memory_budget_bytes: int | None = None, block_rows: int = BLOCK_ROWS) -> LocalEngine:
    """Return the engine that serves a loaded model; arguments and errors as `load_engine`."""
    check_architecture(loaded.model)
    row_bytes = _row_bytes(loaded.model)
    limit_bytes = checked_budget_bytes(memory_budget_bytes, loaded.model.device)
    exact = min(loaded.context_length, exact_context_length(loaded.model.config) or loaded.context_length)
    budget = budget_of(limit_bytes, row_bytes, exact, block_rows)
    engine = LocalEngine(loaded, budget.num_blocks, block_rows, row_bytes, limit_bytes, budget.context_length, exact)
    try:
        check_parity(engine, loaded.model)
    except BaseException:
        engine.close()  # the model is left as it came, for whoever holds it
        raise
    return engine


def _row_bytes(model: PreTrainedModel) -> int:
    """Return the bytes that the keys and values of one token take in all layers, measured by running one.

    Raises:
        ModelError: a layer keeps something else.
    """
    with eager_attention(model), torch.inference_mode():
        cache = model(torch.zeros((1, 1), dtype=torch.int64, device=model.device), use_cache=True).past_key_values
    try:
        return sum(states[0, :, 0].nbytes for layer in cache.layers for states in (layer.keys, layer.values))
    except (AttributeError, TypeError, IndexError):
        raise ModelError(
            f"Models of the family {model.config.model_type} can't be served, because a layer keeps no keys and values "
            "for each token; name an attention-only decoder."
        ) from None
