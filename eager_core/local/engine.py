"""The engine on this machine: one transformers model whose forward passes and KV rows all explorations share."""

import gc
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

import numpy as np
import torch

from eager_core.context_cap import ContextLimit
from eager_core.errors import MemoryShortError, ModelError, PromptError
from eager_core.known_node import KnownNode
from eager_core.local.account import MemoryAccount
from eager_core.local.batch import Batch
from eager_core.local.budget import Budget
from eager_core.local.forward import ForwardPass
from eager_core.local.hardware import MEMORY_VARIABLE
from eager_core.local.memory import LONGEST_EXTENSION, LocalMemory, Services
from eager_core.local.plan import FEWEST_SHARED_READS
from eager_core.local.predictions import logprobs_from_logits
from eager_core.local.rows import BLOCK_ROWS, BlockPool, Row
from eager_core.local.sharing import SharedPasses
from eager_core.local.threads import TorchThread
from eager_core.models import LoadedModel
from eager_core.prediction import Prediction
from eager_core.prompt import DEFAULT_DATE

Answer = TypeVar("Answer")

SPARE_PLACES = 2
"""Nodes of who looks ahead in a pass that others wait for: few, so that it takes hardly longer."""

IDLE_PLACES = 16
"""Nodes of who looks ahead in a pass of its own: who asks meanwhile waits until it ends."""


class Wanted(NamedTuple):
    """What an exploration rides in a pass for."""

    nodes: Sequence[KnownNode]
    is_piece: bool = False
    """Only one piece of a long path to one of them, not yet what is said of them."""
    is_spare: bool = False
    """In case somebody asks later: nobody waits for it."""


class Told(NamedTuple):
    """What a pass did for one that rode in it."""

    predictions: list[Prediction]
    """After its nodes; none for a piece."""
    is_advanced: bool = False
    """Whether there was a piece."""


class LocalEngine:
    """Serves a decoder-only transformers model on this machine's CPU or GPU. See `eager_core.engine.Engine`.

    Owns the model and the store of KV rows, until `close`. Explorations run in threads of their own and ride in shared
    passes.
    """

    def __init__(
        self,
        loaded: LoadedModel,
        num_blocks: int,
        block_rows: int = BLOCK_ROWS,
        row_bytes: int = 0,
        limit_bytes: int | None = None,
        context_length: int | None = None,
        exact_context_length: int | None = None,
    ) -> None:
        """
        Args:
            num_blocks, row_bytes, limit_bytes: see `Budget`. Too small a memory costs work, never results; it must hold
                one whole path.
            context_length: what the memory leaves of the model's; None: all of it.
            exact_context_length: see `eager_core.local.positions`; None: all of it.
        """
        self.row_bytes = row_bytes
        self.model_name = loaded.name
        self.weights_digest = loaded.weights_digest
        self.precision = str(loaded.model.dtype).removeprefix("torch.")
        self.device = str(loaded.model.device)
        self.model_context_length = loaded.context_length
        exact = min(exact_context_length or loaded.context_length, loaded.context_length)
        self.context_length = min(context_length or exact, exact)
        self.context_limited_by: ContextLimit | None = None
        if self.context_length < self.model_context_length:
            self.context_limited_by = "memory" if self.context_length < exact else "rotary embeddings"
        self.vocabulary_size: int = loaded.model.config.get_text_config().vocab_size
        self.eos_token_ids = loaded.eos_token_ids
        self._text = loaded.text
        self._pool = BlockPool(num_blocks, block_rows)
        budget = Budget(limit_bytes, num_blocks, block_rows, row_bytes, self.context_length)
        self._account = MemoryAccount(budget, self._pool)
        self._forward: ForwardPass | None = ForwardPass(loaded.model, num_blocks * block_rows)
        self._passes: SharedPasses[LocalMemory, Wanted, Told] = SharedPasses(self._serve)
        self.torch_thread = TorchThread(loaded.model.device)
        """Where other work with torch belongs that shall not slow this engine down."""
        self.spare_places, self.idle_places = SPARE_PLACES, IDLE_PLACES
        self._num_weight_bytes = _num_weight_bytes(loaded.model)
        self._turn = threading.Lock()
        self._is_closed = False
        self._open: set[int] = set()
        """Ids of the row indexes of all open memories: sets of numbers change in one piece, in whichever thread."""
        self._dropped: deque[dict[int, Row]] = deque()
        """Row indexes of explorations that were dropped without being closed, until `_sweep` comes by."""

    @property
    def held_bytes(self) -> int:
        """Bytes of KV rows in use, of all explorations; blocks count whole."""
        return self._pool.num_held * self._pool.block_rows * self.row_bytes

    @property
    def kept_bytes(self) -> int:
        """Bytes of all that is kept for explorations: KV rows, hidden states, logits and predictions."""
        with self._in_turn():
            return self._account.held_bytes

    @property
    def is_used(self) -> bool:
        return bool(self._open)

    @property
    def num_bytes(self) -> int:
        return self._num_weight_bytes + self.kept_bytes

    def encode_prompt(self, prompt: str, date: str = DEFAULT_DATE) -> list[int]:
        ids = self._text.encode_prompt(prompt, self.model_context_length, date)
        if len(ids) >= self.context_length and self.context_limited_by == "rotary embeddings":
            raise PromptError(
                f"The prompt has {len(ids):,} tokens, but this model's rotary embeddings change for all tokens of a "
                f"sequence longer than {self.context_length:,}, so no tree can be; shorten the prompt."
            )
        if len(ids) >= self.context_length:
            raise PromptError(
                f"The prompt has {len(ids):,} tokens, but memory leaves {self.context_length:,} of this model's "
                f"context of {self.model_context_length:,}, and the answer needs at least one of them; shorten the "
                f"prompt, or give it more memory with {MEMORY_VARIABLE}."
            )
        return ids

    def token_text(self, path: Sequence[int], token_id: int) -> str:
        return self._text.token_text(path, token_id)

    def token_bytes(self, token_id: int) -> bytes | None:
        return self._text.token_bytes(token_id)

    def is_special(self, token_id: int) -> bool:
        return self._text.is_special(token_id)

    def open(self, prompt_ids: Sequence[int]) -> LocalMemory:
        services = Services(
            self._predict, self._foretell, self._advance, self._recall, self._logprobs, self._release
        )
        memory = LocalMemory(prompt_ids, services)
        self._check_open()
        self._open.add(id(memory.rows))
        # The engine itself knows a memory by its rows only, so that one that nobody uses any more goes by itself.
        weakref.finalize(memory, self._drop, memory.rows).atexit = False
        return memory

    def _predict(self, memory: LocalMemory, nodes: Sequence[KnownNode]) -> list[Prediction]:
        return self._passes.ride(memory, Wanted(nodes)).predictions

    def _foretell(
        self, memory: LocalMemory, nodes: Sequence[KnownNode], patience_s: float
    ) -> list[tuple[KnownNode, Prediction]]:
        offers: list[Wanted | None] = []
        """What it had to offer for passes of its own."""

        def offer(is_alone: bool) -> Wanted | None:
            offered = self._offer(memory, nodes, is_alone)
            if is_alone:
                offers.append(offered)
            return offered

        rode = self._passes.ride_along(memory, offer, patience_s)
        if rode is None and None in offers:
            memory.check_open()
            raise MemoryShortError("No memory is left to look ahead without letting go what others may need.")
        if rode is None or rode[0].is_piece:
            return []
        wanted, told = rode
        return list(zip(wanted.nodes, told.predictions, strict=True))

    def _offer(self, memory: LocalMemory, nodes: Sequence[KnownNode], is_alone: bool) -> Wanted | None:
        """Return which of `nodes` ride in the next pass: with others there, only what one row each is enough for; and
        never more than there are free blocks for, so that no rows are let go for it."""
        if memory.closed_because is not None:
            return None
        num_free = self._pool.most_held - self._pool.num_held
        offered = memory.offer(nodes, min(num_free, self.idle_places if is_alone else self.spare_places))
        if offered or not is_alone or not nodes:
            return Wanted(offered, is_spare=True) if offered else None
        num_missing = len(memory.missing(nodes[0])[1])
        if num_missing > num_free * self._pool.block_rows:
            return None
        return Wanted(nodes[:1], is_piece=num_missing > LONGEST_EXTENSION, is_spare=True)

    def _advance(self, memory: LocalMemory, nodes: Sequence[KnownNode]) -> bool:
        return self._passes.ride(memory, Wanted(nodes, is_piece=True)).is_advanced

    def _logprobs(self, hidden: torch.Tensor, logits: torch.Tensor | None) -> np.ndarray:
        return self.torch_thread.run(self._logprobs_here, hidden, logits)

    def _logprobs_here(self, hidden: torch.Tensor, logits: torch.Tensor | None) -> np.ndarray:
        forward = self._open_forward
        return logprobs_from_logits(forward.head(hidden) if logits is None else logits)

    @contextmanager
    def sharing_rows_always(self) -> Iterator[None]:
        """Meanwhile, read rows that leaves share once for all of them, however few: the same, if slower."""
        forward = self._open_forward
        forward.fewest_shared_reads = 0
        try:
            yield
        finally:
            forward.fewest_shared_reads = FEWEST_SHARED_READS

    def predict_together(self, requests: Sequence[tuple[LocalMemory, Sequence[KnownNode]]]) -> list[list[Prediction]]:
        """Return the predictions after the nodes of several memories, all in one pass. For trials of an engine that
        nobody else uses yet; visitors meet in passes by themselves."""
        return [told.predictions for told in self._serve([(memory, Wanted(nodes)) for memory, nodes in requests])]

    def _serve(self, requests: Sequence[tuple[LocalMemory, Wanted]]) -> list[Told]:
        """Run one pass for all requests, or more where rows have to be brought back."""
        self._check_open()
        return self.torch_thread.run_pass(self._serve_here, requests)

    def _serve_here(self, requests: Sequence[tuple[LocalMemory, Wanted]]) -> list[Told]:
        with self._in_turn():
            self._check_open()
            # A run that has not yet noticed its end must not fill the store again for nobody.
            for memory, _ in requests:
                memory.check_open()
            asked = {memory for memory, wanted in requests if not wanted.is_spare}
            for memory, _ in requests:
                memory.is_looking_ahead = memory not in asked
            # What a pass said meanwhile of a node that somebody else looked ahead to need not be said again.
            held = {memory: dict(memory.undelivered) for memory, _ in requests}
            whole = [
                (memory, [node for node in wanted.nodes if node.index not in held[memory]])
                for memory, wanted in requests
                if not wanted.is_piece
            ]
            pieces = [(memory, wanted.nodes) for memory, wanted in requests if wanted.is_piece]
            predictions = iter(self._pass([memory for memory, _ in whole], lambda batch: batch.predict(whole)))
            # After the others' steps, and each a pass of its own: where one fails, the rows of the others stay.
            are_advanced = iter([self._pass([memory], _advancing(memory, nodes)) for memory, nodes in pieces])
            answers: list[Told] = []
            for memory, wanted in requests:
                if wanted.is_piece:
                    answers.append(Told([], next(are_advanced)))
                    continue
                told = iter(next(predictions))
                said = [held[memory][n.index][1] if n.index in held[memory] else next(told) for n in wanted.nodes]
                answers.append(Told(said))
                memory.note(wanted.nodes, said)
            self._account.settle(memory for memory, _ in requests)
            return answers

    def _recall(self, memory: LocalMemory, node: KnownNode) -> np.ndarray:
        self._check_open()
        return self.torch_thread.run_pass(self._recall_here, memory, node)

    def _recall_here(self, memory: LocalMemory, node: KnownNode) -> np.ndarray:
        with self._in_turn():
            memory.check_open()
            memory.is_looking_ahead = False
            output = self._pass([memory], lambda batch: batch.recall(memory, node))
            self._account.settle([memory])
            return logprobs_from_logits(output.logits[0])

    def _pass(self, memories: Sequence[LocalMemory], work: Callable[[Batch], Answer]) -> Answer:
        """Return what `work` says for these memories; where the store is too small, after letting go what can go."""
        self._account.give_rows_the_rest()
        try:
            with self._trusted_rows(memories):
                return work(Batch(self._pool, self._open_forward))
        except MemoryShortError:
            # The store is too small as it stands; only where what else is kept can make way, it is worth another try.
            if not self._account.make_room():
                raise
            with self._trusted_rows(memories):
                return work(Batch(self._pool, self._open_forward))

    @contextmanager
    def _trusted_rows(self, memories: Sequence[LocalMemory]) -> Iterator[None]:
        """Where a pass fails, rows may have been given out and not written: nothing of its memories can be trusted."""
        try:
            yield
        except BaseException as error:
            for memory in memories:
                self._pool.release(memory.rows)
            if _ran_out_of_memory(error):
                raise MemoryShortError(
                    f"The memory of this machine's {self._open_forward.device.type} ran out during a pass; set "
                    f"{MEMORY_VARIABLE} to less, close something, or ask for fewer or shorter sequences."
                ) from error
            raise

    def _release(self, memory: LocalMemory) -> None:
        self._passes.leave(memory)
        with self._in_turn():
            memory.let_all_go("The exploration was closed while it ran; start a new one.")
            self._free(memory.rows)

    def _free(self, rows: dict[int, Row]) -> None:
        self._open.discard(id(rows))
        self._pool.release(rows)

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
                    self._free(self._dropped.popleft())
            finally:
                self._turn.release()

    def close(self) -> None:
        with self._in_turn():
            if self._is_closed:
                return
            self._is_closed = True
            for memory in list(self._account.memories):
                memory.let_all_go(self._closed)
                self._free(memory.rows)
            self._open.clear()
            self._open_forward.let_go()
            self._forward = None
        self.torch_thread.close()
        # The model's modules and hooks refer to each other in circles.
        gc.collect()
        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()

    def _check_open(self) -> None:
        if self._is_closed:
            raise ModelError(self._closed)

    @property
    def _open_forward(self) -> ForwardPass:
        """The model's passes; raises ModelError once this is closed."""
        forward = self._forward  # read once: another thread may close this meanwhile
        if forward is None:
            raise ModelError(self._closed)
        return forward

    @property
    def _closed(self) -> str:
        return f"The model {self.model_name} was closed; load it again."

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Have the store to oneself; waits for the pass under way."""
        try:
            with self._turn:
                yield
        finally:
            self._sweep()


def _advancing(memory: LocalMemory, nodes: Sequence[KnownNode]) -> Callable[[Batch], bool]:
    return lambda batch: batch.advance(memory, nodes)


def _num_weight_bytes(model: torch.nn.Module) -> int:
    tensors = {tensor.data_ptr(): tensor.nbytes for tensor in [*model.parameters(), *model.buffers()]}
    return sum(tensors.values())


def _ran_out_of_memory(error: BaseException) -> bool:
    # On a CPU torch raises a plain RuntimeError.
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)
