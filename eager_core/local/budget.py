"""What one limit of memory holds: how many blocks of KV rows, and how long a sequence."""

from dataclasses import dataclass

from eager_core.errors import ModelError
from eager_core.local.hardware import MEMORY_VARIABLE
from eager_core.prediction import LARGEST_PREDICTION_BYTES

LEAST_CONTEXT = 64
"""Tokens. A memory that holds no sequence as long as this is refused: prompt and answer need some."""

_MIB = 2**20


@dataclass(frozen=True)
class Budget:
    """How an engine's memory is laid out."""

    limit_bytes: int | None
    """Of rows, hidden states and predictions together; None: only the rows are limited, by the number of blocks."""
    num_blocks: int
    """Blocks that the store has numbers for: what the limit holds while nothing else is kept."""
    block_rows: int
    row_bytes: int
    """What one token's keys and values take in all layers."""
    context_length: int
    """Most tokens of a sequence, its prompt counted: the model's, or what the limit holds of one."""


def budget_of(limit_bytes: int, row_bytes: int, model_context_length: int, block_rows: int) -> Budget:
    """Return what `limit_bytes` hold of a model.

    Raises:
        ModelError: not even a short sequence.
    """
    # A sequence needs its rows and what the model said after each token; hidden states can be computed again.
    token_bytes = row_bytes + LARGEST_PREDICTION_BYTES
    held = limit_bytes // token_bytes // block_rows * block_rows
    least = min(LEAST_CONTEXT, model_context_length)
    if held < least:
        needed = -(-least // block_rows) * block_rows * token_bytes
        raise ModelError(
            f"{limit_bytes / _MIB:,.1f} MiB hold a sequence of {held} tokens of this model, but must hold at least "
            f"{least}; set {MEMORY_VARIABLE} to {-(-needed // _MIB):,} or more."
        )
    num_blocks = limit_bytes // (row_bytes * block_rows)
    return Budget(limit_bytes, num_blocks, block_rows, row_bytes, min(model_context_length, held))
