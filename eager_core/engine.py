"""The engine boundary: known nodes in, predictions out. Whoever can say that can stand behind the explorer."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import numpy as np

from eager_core.context_cap import ContextCap, ContextLimit
from eager_core.known_node import KnownNode
from eager_core.prediction import Prediction
from eager_core.prompt import DEFAULT_DATE

Sparing = Literal["shorten", "forget"]
"""What can be done where predictions take too much memory: keep fewer tokens of them, which changes nothing that was
said; or forget those that no tree in use was made of, to ask the model again if need be."""


def nothing_to_spare(_how: Sparing) -> int:
    """Return 0 bytes: the answer of an exploration that keeps all its predictions."""
    return 0


class Memory(Protocol):
    """What an engine keeps for one exploration (KV rows, say). Owned by the exploration, which closes it.

    One that is dropped without being closed frees what it holds by itself.
    """

    num_forward_passes: int
    """Forward passes that this memory's predictions have taken part in so far; those for `foretell` alone are counted
    apart."""
    num_spare_passes: int
    """Those."""
    spare: Callable[[Sparing], int]
    """Set by whoever keeps the predictions; called from any thread when the engine's memory runs short. Returns how
    many bytes that freed."""

    def predict(self, nodes: Sequence[KnownNode]) -> list[Prediction]:
        """Return the predictions after `nodes`, in their order; all share forward passes.

        Costs one position a node, and one of each ancestor whose rows are not held. Blocks until done; safe to call
        for different memories from different threads.

        Raises:
            ModelError: the model failed, or the memory was closed.
        """

    def advance(self, nodes: Sequence[KnownNode]) -> bool:
        """Do one piece of the work that `predict` of `nodes` would do in one go, where it is long: a prompt of many
        passes, say. Returns whether there was one; whoever asks may be interrupted in between, and nothing is lost.

        Raises:
            ModelError: the model failed, or the memory was closed.
        """

    def foretell(self, nodes: Sequence[KnownNode], patience_s: float) -> list[tuple[KnownNode, Prediction]]:
        """Return the predictions after some of `nodes`, the first of them first: as many as the engine has spare places
        for within `patience_s`, none if it has no time. At most one pass of anyone is waited for.

        For who looks ahead, in case somebody asks: what others wait for goes before it, and what is kept for others
        stays. What it says and nobody takes need not be said again. May be called while another thread asks the same
        memory.

        Raises:
            ModelError: the model failed, the memory was closed, or there is no room.
        """

    def logprobs(self, node: KnownNode) -> np.ndarray:
        """Return the natural log-probabilities [vocabulary] after a node that was predicted before.

        Raises:
            ModelError: the memory was closed.
        """

    def close(self) -> None:
        """Free what is held. Once closed, `predict` and `logprobs` raise ModelError; closing again does nothing."""


class Engine(Protocol):
    """One loaded model, shared by all explorations. Owned by whoever loaded it, who may close it."""

    model_name: str
    weights_digest: str
    """Of the model's weights and configuration, in hexadecimal: two engines of one name may have other ones."""
    precision: str
    """"float32" or "bfloat16": in the first, trees are promised equal across restarts and batch mates."""
    device: str
    context_length: int
    """Most tokens that prompt and continuation may have together here."""
    model_context_length: int
    """What the model was made for; more than `context_length` where something limits it."""
    context_limited_by: ContextLimit | None
    """What does: the memory, or rotary embeddings that change for longer sequences (see `local.positions`)."""
    vocabulary_size: int
    """Tokens that a prediction tells of: their ids are 0 up to it."""
    eos_token_ids: frozenset[int]

    @property
    def is_used(self) -> bool:
        """Whether some exploration of it is open."""

    @property
    def num_bytes(self) -> int:
        """What it takes of the memory now: its weights, and what it keeps for explorations."""

    def encode_prompt(self, prompt: str, date: str = DEFAULT_DATE) -> list[int]:
        """Return the token ids of the prompt in its chat frame.

        Args:
            date: YYYY-MM-DD, for chat templates that tell the model a date; no clock is read.
        Raises:
            PromptError: empty, or longer than the context.
        """

    def token_text(self, path: Sequence[int], token_id: int) -> str:
        """Return what `token_id` adds to the text of the tokens `path`: empty while a character is incomplete."""

    def token_bytes(self, token_id: int) -> bytes | None:
        """Return the token's own bytes, whatever stands before it; None where the tokenizer does not tell them."""

    def is_special(self, token_id: int) -> bool:
        """Whether the token is a control token (an end-of-sequence mark, say), not text."""

    def open(self, prompt_ids: Sequence[int]) -> Memory:
        """Return a fresh memory for an exploration of this prompt.

        Raises:
            ModelError: the engine was closed.
        """

    def close(self) -> None:
        """Free the model and all that is kept; waits for the pass under way. Afterwards `open`, and `predict` and
        `logprobs` of its memories, raise ModelError; closing again does nothing."""


def context_cap_of(engine: Engine) -> ContextCap | None:
    """Return what limits the context of `engine`; None where all of it can be used."""
    if engine.context_limited_by is None:
        return None
    return ContextCap(engine.context_length, engine.model_context_length, engine.context_limited_by)
