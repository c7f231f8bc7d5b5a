"""A fake model for tests: its predictions are a pure function of the path, written out or made up by a hash."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from eager_core.errors import PromptError
from eager_core.known_node import KnownNode
from eager_core.prediction import Prediction, prediction_from_logprobs
from eager_core.prompt import DEFAULT_DATE

EOS = 0


def hashed_logprobs(vocabulary_size: int, spread: float = 3.0, eos_logit: float = -2.0) -> Callable:
    """Return a model that gives every path its own random, but always the same, distribution."""

    def logprobs(path: tuple[int, ...]) -> np.ndarray:
        digest = hashlib.blake2b(repr(path).encode(), digest_size=8).digest()
        random = np.random.default_rng(int.from_bytes(digest, "little"))
        logits = random.normal(size=vocabulary_size) * spread * random.random()
        logits[EOS] += eos_logit
        return logits - np.log(np.exp(logits).sum())

    return logprobs


def scripted_logprobs(script: dict[tuple[int, ...], dict[int, float]], vocabulary_size: int) -> Callable:
    """Return a model that gives the probabilities written for a path; elsewhere the end of sequence is certain."""

    def logprobs(path: tuple[int, ...]) -> np.ndarray:
        probabilities = np.full(vocabulary_size, 1e-12)
        for token_id, probability in script.get(path, {EOS: 1.0}).items():
            probabilities[token_id] = probability
        return np.log(probabilities / probabilities.sum())

    return logprobs


class ScriptedEngine:
    """An engine without a network. Token i reads as " i"; the prompt's ids are its characters' codes."""

    model_name = "scripted"
    weights_digest = "scripted"
    precision = "float32"
    device = "cpu"
    eos_token_ids = frozenset({EOS})
    num_spare_places = 5
    is_used = False
    num_bytes = 0

    def __init__(self, logprobs: Callable, context_length: int = 4096, num_kept: int = 64) -> None:
        self.logprobs = logprobs
        self.context_length = self.model_context_length = context_length
        self.context_limited_by = None
        self.num_kept = num_kept
        self.vocabulary_size = len(logprobs(()))

    def encode_prompt(self, prompt: str, date: str = DEFAULT_DATE) -> list[int]:
        if not prompt.strip():
            raise PromptError("The prompt is empty; type one.")
        return [ord(character) for character in prompt]

    def token_text(self, path: Sequence[int], token_id: int) -> str:
        return "<eos>" if token_id == EOS else f" {token_id}"

    def token_bytes(self, token_id: int) -> bytes | None:
        return None

    def is_special(self, token_id: int) -> bool:
        return token_id == EOS

    def open(self, prompt_ids: Sequence[int]) -> "ScriptedMemory":
        return ScriptedMemory(self)

    def close(self) -> None:
        pass


class ScriptedMemory:
    def __init__(self, engine: ScriptedEngine) -> None:
        self.engine = engine
        self.num_forward_passes = self.num_spare_passes = 0
        self.predicted: list[KnownNode] = []

    def predict(self, nodes: Sequence[KnownNode]) -> list[Prediction]:
        self.num_forward_passes += 1
        self.predicted.extend(nodes)
        return [prediction_from_logprobs(self.logprobs(node), self.engine.num_kept) for node in nodes]

    def foretell(self, nodes: Sequence[KnownNode], patience_s: float) -> list[tuple[KnownNode, Prediction]]:
        passes = self.num_forward_passes
        told = self.predict(nodes[: self.engine.num_spare_places])
        self.num_forward_passes, self.num_spare_passes = passes, self.num_spare_passes + 1
        return list(zip(nodes, told, strict=False))

    def advance(self, nodes: Sequence[KnownNode]) -> bool:
        return False

    def logprobs(self, node: KnownNode) -> np.ndarray:
        path = [ancestor.token_id for ancestor in node.upwards() if ancestor.parent is not None]
        return self.engine.logprobs(tuple(path[::-1]))

    def close(self) -> None:
        pass
