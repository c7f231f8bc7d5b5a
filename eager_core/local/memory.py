"""What the local engine keeps for one exploration: which rows hold its nodes, and their last hidden states."""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from eager_core.errors import ModelError
from eager_core.known import KnownNode
from eager_core.local.rows import Row
from eager_core.prediction import Prediction


class LocalMemory:
    """See `eager_core.engine.Memory`. The rows lie in the engine's store; this is the index of them.

    Row keys: a known node's index; the prompt's earlier tokens have the numbers below 0, its last one is node 0.
    Owned by its exploration; the index is written to by the thread that drives a pass, while the exploration waits.
    """

    def __init__(
        self,
        prompt_ids: Sequence[int],
        predict: Callable[["LocalMemory", Sequence[KnownNode]], list[Prediction]],
        logprobs: Callable[[torch.Tensor, torch.Tensor | None], np.ndarray],
        release: Callable[["LocalMemory"], None],
    ) -> None:
        """
        Args:
            logprobs: from a last hidden state and, where they are still kept, its logits; [vocabulary].
        """
        self.prompt_ids = list(prompt_ids)
        self.rows: dict[int, Row] = {}
        self.hidden: dict[int, torch.Tensor] = {}
        """Last hidden states [hidden] by node index: small, and enough to draw again at another temperature."""
        self.latest_logits: dict[int, torch.Tensor] = {}
        """Logits [vocabulary] by node index, of the last pass only: a draw that needs them mostly follows at once."""
        self.num_forward_passes = 0
        self.is_closed = False
        self._predict = predict
        self._logprobs = logprobs
        self._release = release

    def predict(self, nodes: Sequence[KnownNode]) -> list[Prediction]:
        self.check_open()
        return self._predict(self, nodes)

    def distribution(self, node: KnownNode) -> np.ndarray:
        hidden = self.hidden.get(node.index)
        if hidden is None:
            self.check_open()
            raise KeyError(f"node {node.index} was not predicted")
        return self._logprobs(hidden, self.latest_logits.get(node.index))

    def close(self) -> None:
        if self.is_closed:
            return
        self._release(self)
        self.hidden.clear()
        self.latest_logits.clear()

    def check_open(self) -> None:
        """Raises: ModelError, once this is closed."""
        if self.is_closed:
            raise ModelError("The exploration was closed while it ran; start a new one.")

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
