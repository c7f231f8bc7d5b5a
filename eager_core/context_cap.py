"""How much of a model's context can be used, where that is not all of it."""

from dataclasses import dataclass
from typing import Literal

ContextLimit = Literal["memory", "rotary embeddings"]


@dataclass(frozen=True)
class ContextCap:
    """Sequences end after `length` tokens, the prompt counted, though the model was made for more."""

    length: int
    model_length: int
    limited_by: ContextLimit

    @property
    def of_model(self) -> str:
        """Return "8,192 of 131,072: memory"."""
        return f"{self.length:,} of {self.model_length:,}: {self.limited_by}"

    @property
    def sentence_part(self) -> str:
        """Return "context 8,192 of 131,072: memory", the same wherever it is said."""
        return f"context {self.of_model}"
