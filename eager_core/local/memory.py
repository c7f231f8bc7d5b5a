"""What the local engine keeps for one exploration: which rows hold its nodes, and their last hidden states."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from eager_core.engine import Sparing, nothing_to_spare
from eager_core.errors import ModelError
from eager_core.known_node import KnownNode
from eager_core.local.rows import Row
from eager_core.prediction import Prediction, agreeing

LONGEST_EXTENSION = 512
"""Most positions of one path in one pass; longer prompts take several, so that the scores stay small in memory, and a
run can be stopped in between."""


@dataclass(frozen=True)
class Services:
    """What a memory asks of its engine."""

    predict: Callable[["LocalMemory", Sequence[KnownNode]], list[Prediction]]
    foretell: Callable[["LocalMemory", Sequence[KnownNode], float], list[tuple[KnownNode, Prediction]]]
    """In spare places of passes; see `LocalMemory.foretell`."""
    advance: Callable[["LocalMemory", Sequence[KnownNode]], bool]
    """Computes one piece of a long path; see `LocalMemory.advance`."""
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
        self.num_spare_passes = 0
        self.is_looking_ahead = False
        """Whether nobody waits for what the pass under way says of this."""
        self.closed_because: str | None = None
        """Once this is closed, the sentence that says so."""
        self.last_used = 0
        """When a pass last served this, by the account's clock."""
        self.spare: Callable[[Sparing], int] = nothing_to_spare
        self.undelivered: dict[int, tuple[KnownNode, Prediction]] = {}
        """What passes said that nobody was there to take, by node index: who asked was interrupted (Ctrl-C, say)."""
        self._hidden_bytes = self._logits_bytes = 0
        """Of one node."""
        self._prediction_bytes = 0
        """Of all predictions that were given out and are still kept."""
        self._services = services

    def predict(self, nodes: Sequence[KnownNode]) -> list[Prediction]:
        self.check_open()
        answers = self._delivered(nodes)
        asked = [node for node in nodes if node.index not in answers]
        if asked:
            told = self._services.predict(self, asked)
            answers.update((node.index, prediction) for node, prediction in zip(asked, told, strict=True))
        return [answers[node.index] for node in nodes]

    def foretell(self, nodes: Sequence[KnownNode], patience_s: float) -> list[tuple[KnownNode, Prediction]]:
        self.check_open()
        answers = self._delivered(nodes)
        if answers:
            return [(node, answers[node.index]) for node in nodes if node.index in answers]
        return self._services.foretell(self, nodes, patience_s)

    def offer(self, nodes: Sequence[KnownNode], num_places: int) -> list[KnownNode]:
        """Return the first of `nodes` that one pass can serve together, up to `num_places`: their parents' rows are
        held."""
        offered: list[KnownNode] = []
        for node in nodes:
            if len(offered) == num_places:
                break
            if node.parent is not None and node.parent.index in self.rows and node.index not in self.rows:
                offered.append(node)
        return offered

    def _delivered(self, nodes: Sequence[KnownNode]) -> dict[int, Prediction]:
        """Return what was said of `nodes` and not taken, by node index; forget what was taken."""
        told = dict(self.undelivered)  # a copy: a pass may add to it meanwhile
        for node, _ in told.values():
            if node.prediction is not None:
                self.undelivered.pop(node.index, None)
        return {node.index: told[node.index][1] for node in nodes if node.index in told}

    def advance(self, nodes: Sequence[KnownNode]) -> bool:
        self.check_open()
        if not any(len(self.missing(node)[1]) > LONGEST_EXTENSION for node in nodes):
            return False
        return self._services.advance(self, nodes)

    def logprobs(self, node: KnownNode) -> np.ndarray:
        hidden = self.hidden.get(node.index)
        if hidden is None:
            self.check_open()
            logprobs = self._services.recall(self, node)
        else:
            logprobs = self._services.logprobs(hidden, self.latest_logits.get(node.index))
        prediction = node.prediction  # read once: it may be forgotten meanwhile
        return logprobs if prediction is None else agreeing(logprobs, prediction)

    def close(self) -> None:
        if self.closed_because is None:
            self._services.release(self)

    def check_open(self) -> None:
        """Raises: ModelError, once this is closed."""
        if self.closed_because is not None:
            raise ModelError(self.closed_because)

    @property
    def state_bytes(self) -> int:
        """What is kept beside the rows: hidden states, logits, and the predictions that were given out."""
        hidden = len(self.hidden) * self._hidden_bytes
        return hidden + len(self.latest_logits) * self._logits_bytes + self._prediction_bytes

    def count_pass(self) -> None:
        """Take note of a forward pass that this takes part in."""
        if self.is_looking_ahead:
            self.num_spare_passes += 1
        else:
            self.num_forward_passes += 1

    def learn(self, node: KnownNode, hidden: torch.Tensor, logits: torch.Tensor) -> None:
        """Keep what a pass says after `node`, so that its whole distribution can be asked for.

        Args:
            hidden: [hidden], of its own: a view would keep the tensor of the whole pass.
            logits: [vocabulary], until the next pass.
        """
        self._hidden_bytes, self._logits_bytes = hidden.nbytes, logits.nbytes
        self.hidden[node.index] = hidden
        self.latest_logits[node.index] = logits

    def note(self, nodes: Sequence[KnownNode], predictions: Sequence[Prediction]) -> None:
        """Count predictions that are given out, and keep them until whoever asked has them."""
        told = {
            node.index: (node, prediction)
            for node, prediction in zip(nodes, predictions, strict=True)
            if node.index not in self.undelivered
        }
        self.undelivered.update(told)
        self._prediction_bytes += sum(prediction.num_bytes for _, prediction in told.values())

    def drop_logits(self, _wanted_bytes: int) -> int:
        """Let all logits go, and return how many bytes that frees."""
        freed = len(self.latest_logits) * self._logits_bytes
        self.latest_logits.clear()
        return freed

    def drop_hidden(self, wanted_bytes: int) -> int:
        """Let hidden states of at least `wanted_bytes` go, the oldest first, and return how many bytes that frees."""
        freed = 0
        for index in list(self.hidden):
            if freed >= wanted_bytes:
                break
            del self.hidden[index]
            freed += self._hidden_bytes
        return freed

    def shorten(self, _wanted_bytes: int) -> int:
        """Let the less likely tokens of predictions go, and return how many bytes that frees."""
        return self._freed(self.spare("shorten"))

    def forget(self, _wanted_bytes: int) -> int:
        """Let predictions that nobody uses go, and return how many bytes that frees."""
        return self._freed(self.spare("forget"))

    def _freed(self, num_bytes: int) -> int:
        freed = min(num_bytes, self._prediction_bytes)
        self._prediction_bytes -= freed
        return freed

    def let_all_go(self, why: str) -> None:
        """Keep nothing any more, and serve nothing: who asks is told `why`."""
        self.closed_because = why
        self.hidden.clear()
        self.latest_logits.clear()
        self.undelivered.clear()
        self._prediction_bytes = 0

    def missing(self, node: KnownNode) -> tuple[Row | None, list[tuple[int, int]]]:
        """Return what has to be computed before `node`'s row exists: (last held row of its path, [(key, token id)]).

        From another thread than that of a pass it is a guess: rows come and go.
        """
        missing: list[tuple[int, int]] = []
        while node.parent is not None:
            row = self.rows.get(node.index)
            if row is not None:
                return row, missing[::-1]
            assert node.token_id is not None  # only the prompt's node has none
            missing.append((node.index, node.token_id))
            node = node.parent
        for position in range(len(self.prompt_ids) - 1, -1, -1):
            key = position - (len(self.prompt_ids) - 1)
            row = self.rows.get(key)
            if row is not None:
                return row, missing[::-1]
            missing.append((key, self.prompt_ids[position]))
        return None, missing[::-1]

