"""The engine on this machine: one transformers model whose forward passes and KV rows all explorations share."""

import threading
from collections.abc import Sequence

import numpy as np
import torch

from eager_core.errors import ModelError
from eager_core.known import KnownNode
from eager_core.local.forward import ForwardPass, Output
from eager_core.local.memory import LocalMemory
from eager_core.local.predictions import logprobs_from_logits, predictions_from_logits
from eager_core.local.rows import BLOCK_ROWS, BlockPool, Row
from eager_core.models import LoadedModel
from eager_core.prediction import Prediction

LONGEST_EXTENSION = 512
"""Most positions of one path in one pass; longer prompts take several, so that the scores stay small in memory."""


class LocalEngine:
    """Serves a decoder-only transformers model on this machine's CPU or GPU. See `eager_core.engine.Engine`.

    Owns the model and the store of KV rows. One forward pass runs at a time, whoever asks.
    """

    def __init__(self, loaded: LoadedModel, num_blocks: int, block_rows: int = BLOCK_ROWS) -> None:
        """
        Args:
            num_blocks: size of the KV store. Too small a one costs work, never results; it must hold one whole path.
        """
        self.model_name = loaded.name
        self.precision = str(loaded.model.dtype).removeprefix("torch.")
        self.device = str(loaded.model.device)
        self.context_length = loaded.context_length
        self.eos_token_ids = loaded.eos_token_ids
        self._text = loaded.text
        self._pool = BlockPool(num_blocks, block_rows)
        self._forward = ForwardPass(loaded.model, num_blocks, block_rows)
        self._turn = threading.Lock()

    def encode_prompt(self, prompt: str) -> list[int]:
        return self._text.encode_prompt(prompt, self.context_length)

    def token_text(self, path: Sequence[int], token_id: int) -> str:
        return self._text.token_text(path, token_id)

    def is_special(self, token_id: int) -> bool:
        return self._text.is_special(token_id)

    def open(self, prompt_ids: Sequence[int]) -> LocalMemory:
        return LocalMemory(prompt_ids, self._predict, self._distribution, self._release)

    def _distribution(self, hidden: torch.Tensor) -> np.ndarray:
        return logprobs_from_logits(self._forward.head(hidden))

    def _release(self, memory: LocalMemory) -> None:
        with self._turn:
            self._pool.release(memory.rows)

    def _predict(self, memory: LocalMemory, nodes: Sequence[KnownNode]) -> list[Prediction]:
        with self._turn:
            try:
                return _Batch(self._pool, self._forward, memory).predict(nodes)
            except BaseException:
                # Rows may have been given out and not written; nothing of this exploration can be trusted.
                self._pool.release(memory.rows)
                raise


class _Batch:
    """The nodes of one request on their way through as few passes as the store allows."""

    def __init__(self, pool: BlockPool, forward: ForwardPass, memory: LocalMemory) -> None:
        self._pool = pool
        self._forward = forward
        self._memory = memory
        self._waiting: list[tuple[KnownNode, Row]] = []
        self._predictions: dict[int, Prediction] = {}

    def predict(self, nodes: Sequence[KnownNode]) -> list[Prediction]:
        for node in nodes:
            if node.parent is None:
                self._bring_back(node)
            else:
                if node.parent.index not in self._memory.rows:
                    self._bring_back(node.parent)
                self._wait(node)
        self._decode()
        return [self._predictions[node.index] for node in nodes]

    def _wait(self, node: KnownNode) -> None:
        """Give `node`, whose parent's row is held, a row of its own, and let it wait for the next pass."""
        row = self._new_row(self._memory.rows[node.parent.index], node.index)
        self._pool.pin(row)
        self._waiting.append((node, row))

    def _new_row(self, parent: Row | None, key: int) -> Row:
        if parent is not None:
            self._pool.pin(parent)
        row = self._pool.append(parent, self._memory.rows, key)
        if row is None:
            # What waits holds the whole store: let it through, then its blocks can be evicted.
            self._decode()
            row = self._pool.append(parent, self._memory.rows, key)
        if parent is not None:
            self._pool.unpin(parent)
        if row is None:
            raise ModelError(
                f"The KV store of {self._pool.num_blocks} blocks of {self._pool.block_rows} tokens cannot hold one "
                "sequence; give it more memory, or ask for fewer new tokens."
            )
        return row

    def _bring_back(self, node: KnownNode) -> None:
        """Compute the rows of the path to `node` that are not held, and what follows it."""
        parent, missing = self._memory.missing(node)
        for start in range(0, len(missing), LONGEST_EXTENSION):
            piece = missing[start : start + LONGEST_EXTENSION]
            rows: list[Row] = []
            for key, _ in piece:
                rows.append(self._new_row(rows[-1] if rows else parent, key))
            output = self._forward.extend([token_id for _, token_id in piece], parent, rows)
            self._memory.num_forward_passes += 1
            self._pool.touch(rows[-1])
            parent = rows[-1]
        self._learn([node], output)

    def _decode(self) -> None:
        """Let everything that waits through in one pass."""
        if not self._waiting:
            return
        nodes, rows = zip(*self._waiting, strict=True)
        output = self._forward.decode([node.token_id for node in nodes], rows)
        self._memory.num_forward_passes += 1
        self._learn(nodes, output)
        for row in rows:
            self._pool.touch(row)
            self._pool.unpin(row)
        self._waiting.clear()

    def _learn(self, nodes: Sequence[KnownNode], output: Output) -> None:
        predictions = predictions_from_logits(output.logits, output.layer_divergences)
        for index, (node, prediction) in enumerate(zip(nodes, predictions, strict=True)):
            self._predictions[node.index] = prediction
            # What was said of a node once stays: a row brought back later differs in the last bits.
            self._memory.hidden.setdefault(node.index, output.hidden[index])
