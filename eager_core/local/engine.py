"""The engine on this machine: one transformers model whose forward passes and KV rows all explorations share."""

import threading
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch

from eager_core.known import KnownNode
from eager_core.local.batch import Batch
from eager_core.local.forward import ForwardPass
from eager_core.local.memory import LocalMemory
from eager_core.local.predictions import logprobs_from_logits
from eager_core.local.rows import BLOCK_ROWS, BlockPool, Row
from eager_core.local.sharing import SharedPasses
from eager_core.local.threads import TorchThread
from eager_core.models import LoadedModel
from eager_core.prediction import Prediction


class LocalEngine:
    """Serves a decoder-only transformers model on this machine's CPU or GPU. See `eager_core.engine.Engine`.

    Owns the model and the store of KV rows. Explorations run in threads of their own and ride in shared passes.
    """

    def __init__(self, loaded: LoadedModel, num_blocks: int, block_rows: int = BLOCK_ROWS, row_bytes: int = 0) -> None:
        """
        Args:
            num_blocks: size of the KV store. Too small a one costs work, never results; it must hold one whole path.
            row_bytes: what one token's keys and values take in all layers, for the books only.
        """
        self.row_bytes = row_bytes
        self.model_name = loaded.name
        self.weights_digest = loaded.weights_digest
        self.precision = str(loaded.model.dtype).removeprefix("torch.")
        self.device = str(loaded.model.device)
        self.context_length = loaded.context_length
        self.eos_token_ids = loaded.eos_token_ids
        self._text = loaded.text
        self._pool = BlockPool(num_blocks, block_rows)
        self._forward = ForwardPass(loaded.model, num_blocks * block_rows)
        self._passes: SharedPasses[LocalMemory, Sequence[KnownNode], list[Prediction]] = SharedPasses(self._serve)
        self.torch_thread = TorchThread(loaded.model.device)
        """Where other work with torch belongs that shall not slow this engine down."""
        self._turn = threading.Lock()
        self._dropped: deque[dict[int, Row]] = deque()
        """Row indexes of explorations that were dropped without being closed, until `_sweep` comes by."""

    @property
    def held_bytes(self) -> int:
        """Bytes of KV rows in use, of all explorations; blocks count whole."""
        return self._pool.num_held * self._pool.block_rows * self.row_bytes

    def encode_prompt(self, prompt: str) -> list[int]:
        return self._text.encode_prompt(prompt, self.context_length)

    def token_text(self, path: Sequence[int], token_id: int) -> str:
        return self._text.token_text(path, token_id)

    def is_special(self, token_id: int) -> bool:
        return self._text.is_special(token_id)

    def open(self, prompt_ids: Sequence[int]) -> LocalMemory:
        memory = LocalMemory(prompt_ids, self._passes.ride, self._logprobs, self._release)
        # The engine itself knows a memory by its rows only, so that one that nobody uses any more goes by itself.
        weakref.finalize(memory, self._drop, memory.rows).atexit = False
        return memory

    def _logprobs(self, hidden: torch.Tensor, logits: torch.Tensor | None) -> np.ndarray:
        return self.torch_thread.run(self._logprobs_here, hidden, logits)

    def _logprobs_here(self, hidden: torch.Tensor, logits: torch.Tensor | None) -> np.ndarray:
        return logprobs_from_logits(self._forward.head(hidden) if logits is None else logits)

    def _serve(self, requests: Sequence[tuple[LocalMemory, Sequence[KnownNode]]]) -> list[list[Prediction]]:
        """Run one pass for all requests, or more where rows have to be brought back."""
        return self.torch_thread.run_pass(self._serve_here, requests)

    def _serve_here(self, requests: Sequence[tuple[LocalMemory, Sequence[KnownNode]]]) -> list[list[Prediction]]:
        with self._in_turn():
            # A run that has not yet noticed its end must not fill the store again for nobody.
            for memory, _ in requests:
                memory.check_open()
            try:
                return Batch(self._pool, self._forward).predict(requests)
            except BaseException:
                # Rows may have been given out and not written; nothing of these explorations can be trusted.
                for memory, _ in requests:
                    self._pool.release(memory.rows)
                raise

    def _release(self, memory: LocalMemory) -> None:
        self._passes.leave(memory)
        with self._in_turn():
            memory.is_closed = True
            self._pool.release(memory.rows)

    def _drop(self, rows: dict[int, Row]) -> None:
        """Free the rows of a memory that is gone.

        Python calls this in whichever thread it tidies up, and that one may hold the turn: nothing is waited for.
        """
        self._dropped.append(rows)
        self._sweep()

    def _sweep(self) -> None:
        # Once more after the turn was given back: what was dropped in between found it taken.
        while self._dropped and self._turn.acquire(blocking=False):
            try:
                while self._dropped:
                    self._pool.release(self._dropped.popleft())
            finally:
                self._turn.release()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Have the store to oneself; waits for the pass under way."""
        try:
            with self._turn:
                yield
        finally:
            self._sweep()
