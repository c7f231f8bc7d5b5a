"""What the local engine keeps for one exploration: which rows hold its nodes, and their last hidden states."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from eager_core.engine import nothing_to_spare
from eager_core.errors import ModelError
from eager_core.known import KnownNode
from eager_core.local.rows import Row
from eager_core.prediction import Prediction, agreeing

_FRUITLESS_GROWTH = 1.125
"""Predictions that had nothing to spare are asked again once they have grown by this."""


@dataclass(frozen=True)
class Services:
    """What a memory asks of its engine."""

    predict: Callable[["LocalMemory", Sequence[KnownNode]], list[Prediction]]
    recall: Callable[["LocalMemory", KnownNode], np.ndarray]
    """Computes the log-probabilities [vocabulary] after a node anew."""
    logprobs: Callable[[torch.Tensor, torch.Tensor | None], np.ndarray]
    """From a last hidden state and, where they are still kept, its logits; [vocabulary]."""
    release: Callable[["LocalMemory"], None]


class LocalMemory:
    """See `eager_core.engine.Memory`. The rows lie in the engine's store; this is the index of them.

    Row keys: a known node's index; the prompt's earlier tokens have the numbers below 0, its last one is node 0.
    Owned by its exploration; the index is written to by the thread that drives a pass, while the exploration waits.
    What is kept beside the rows may be let go whenever another pass needs the memory (see `local.account`).
    """

    def __init__(self, prompt_ids: Sequence[int], services: Services) -> None:
        self.prompt_ids = list(prompt_ids)
        self.rows: dict[int, Row] = {}
        self.hidden: dict[int, torch.Tensor] = {}
        """Last hidden states [hidden] by node index: small, and enough to draw again at another temperature."""
        self.latest_logits: dict[int, torch.Tensor] = {}
        """Logits [vocabulary] by node index, of the last pass only: a draw that needs them mostly follows at once."""
        self.num_forward_passes = 0
        self.is_closed = False
        self.last_used = 0
        """When a pass last served this, by the account's clock."""
        self.spare = nothing_to_spare
        self._prediction_bytes = 0
        """Of the predictions that were given out and are still kept."""
        self._fruitless_bytes = {"shorten": 0, "forget": 0}
        """What they took when they last had nothing to spare."""
        self._services = services

    def predict(self, nodes: Sequence[KnownNode]) -> list[Prediction]:
        self.check_open()
        return self._services.predict(self, nodes)

    def distribution(self, node: KnownNode) -> np.ndarray:
        hidden = self.hidden.get(node.index)
        if hidden is None:
            self.check_open()
            logprobs = self._services.recall(self, node)
        else:
            logprobs = self._services.logprobs(hidden, self.latest_logits.get(node.index))
        return logprobs if node.prediction is None else agreeing(logprobs, node.prediction)

    def close(self) -> None:
        if self.is_closed:
            return
        self._services.release(self)
        self.hidden.clear()
        self.latest_logits.clear()

    def check_open(self) -> None:
        """Raises: ModelError, once this is closed."""
        if self.is_closed:
            raise ModelError("The exploration was closed while it ran; start a new one.")

    @property
    def state_bytes(self) -> int:
        """What is kept beside the rows: hidden states, logits, and the predictions that were given out."""
        return _size(self.hidden) + _size(self.latest_logits) + self._prediction_bytes

    def note(self, predictions: Sequence[Prediction]) -> None:
        """Count predictions that are given out."""
        self._prediction_bytes += sum(prediction.num_bytes for prediction in predictions)

    def drop_logits(self, _num_bytes: int) -> int:
        """Let all logits go, and return how many bytes that frees."""
        freed = _size(self.latest_logits)
        self.latest_logits.clear()
        return freed

    def drop_hidden(self, num_bytes: int) -> int:
        """Let hidden states of at least `num_bytes` go, the oldest first, and return how many bytes that frees."""
        freed = 0
        for index in list(self.hidden):
            if freed >= num_bytes:
                break
            freed += self.hidden.pop(index).nbytes
        return freed

    def shorten(self, num_bytes: int) -> int:
        """Shorten predictions, and return how many bytes that frees."""
        return self._spare("shorten")

    def forget(self, num_bytes: int) -> int:
        """Forget predictions of nodes that no tree in use has, and return how many bytes that frees."""
        return self._spare("forget")

    def _spare(self, how: str) -> int:
        if self._prediction_bytes <= self._fruitless_bytes[how] * _FRUITLESS_GROWTH:
            return 0
        freed = min(self.spare(how), self._prediction_bytes)
        self._prediction_bytes -= freed
        self._fruitless_bytes[how] = self._prediction_bytes
        return freed

    def missing(self, node: KnownNode) -> tuple[Row | None, list[tuple[int, int]]]:
        """Return what has to be computed before `node`'s row exists: (last held row of its path, [(key, token id)])."""
        missing = []
        while node.parent is not None:
            if node.index in self.rows:
                return self.rows[node.index], missing[::-1]
            missing.append((node.index, node.token_id))
            node = node.parent
        for position in range(len(self.prompt_ids) - 1, -1, -1):
            key = position - (len(self.prompt_ids) - 1)
            if key in self.rows:
                return self.rows[key], missing[::-1]
            missing.append((key, self.prompt_ids[position]))
        return None, missing[::-1]


def _size(tensors: dict[int, torch.Tensor]) -> int:
    """Return the bytes of tensors that are all alike."""
    return len(tensors) * next((tensor.nbytes for tensor in list(tensors.values())[:1]), 0)
