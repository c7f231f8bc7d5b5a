"""A trial of a loaded model: two small trees over shared rows, compared with forwards that know no cache."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedConfig, PreTrainedModel

from eager_core.known_node import KnownNode
from eager_core.local.engine import LocalEngine
from eager_core.prediction import Prediction

_LONGEST_WINDOW = 64
"""Sliding windows up to this are outrun by the trial's paths; longer ones are only looked at, see `local.masks`."""

_FEWEST_TOKENS = 12
_PAST_THE_WINDOW = 6
_STEPS = 3


@dataclass(frozen=True)
class Trial:
    """Two prompts that differ from their first token on, one much longer than the other."""

    prompts: tuple[tuple[int, ...], tuple[int, ...]]
    vocabulary_size: int

    @classmethod
    def of(cls, config: PreTrainedConfig, context_length: int) -> "Trial":
        """Return a trial that outruns the model's sliding window, where that is short, and fits its context."""
        text_config = config.get_text_config(decoder=True)
        window = getattr(text_config, "sliding_window", None)
        outrun = window + _PAST_THE_WINDOW if isinstance(window, int) and 0 < window <= _LONGEST_WINDOW else 0
        length = max(1, min(max(_FEWEST_TOKENS, outrun), context_length - _STEPS - 1))
        size = text_config.vocab_size
        long = tuple((7 + 11 * place * place + 3 * place) % size for place in range(length))
        short = tuple((5 + 13 * place) % size for place in range(max(1, length // 3)))
        return cls((long, short), size)


class _Tree:
    """One prompt's tree in the engine: a fork behind the prompt, then a token a step on both sides."""

    def __init__(self, engine: LocalEngine, prompt: tuple[int, ...], vocabulary_size: int) -> None:
        self.memory = engine.open(prompt)
        self.leaves = [KnownNode(0)]
        self._prompt = prompt
        self._vocabulary_size = vocabulary_size
        self._num_nodes = 1

    def grow(self, step: int) -> None:
        branches = range(2 if step == 0 else 1)
        self.leaves = [self._child(leaf, 17 * step + 5 * branch) for leaf in self.leaves for branch in branches]

    def _child(self, leaf: KnownNode, number: int) -> KnownNode:
        child = KnownNode(self._num_nodes, leaf, (number + 3 * leaf.index + 2) % self._vocabulary_size)
        self._num_nodes += 1
        return child

    def paths(self) -> list[tuple[int, ...]]:
        return [(*self._prompt, *leaf.path()) for leaf in self.leaves]


def largest_difference(engine: LocalEngine, model: PreTrainedModel, trial: Trial) -> float:
    """Return how far the log-probabilities that the engine keeps are off, in nats; NaN where one is no number.

    In float32 the worst of them says it. In shorter formats each logit is rounded by itself, to an eighth of a nat if
    it is above 16, and the worst of hundreds says no more than that: there it is the worst path's mean over its
    tokens, from which a wrong mask or position can't hide, for it moves all of them.

    The trees meet in some passes and are alone in others; once shared rows are read once for all leaves, however few
    they are, and once as the engine finds best. Costs a dozen small passes and two uncached forwards; raises whatever
    the model raises, and leaves its attention as it was.
    """
    told: list[tuple[tuple[int, ...], Prediction]] = []
    with engine.sharing_rows_always():
        ends = _walk(engine, trial, told)
    _walk(engine, trial, told)
    with eager_attention(model):
        plain = {path: logprobs for paths in ends for path, logprobs in _plain_logprobs(model, paths)}
    of_tokens = np.max if model.dtype == torch.float32 else np.mean
    differences = [of_tokens(_differences(path, prediction, plain)) for path, prediction in told]
    # Not the built-in one, which passes over NaN or stops at it, as it happens to stand.
    return float(np.max(differences))


@contextmanager
def eager_attention(model: PreTrainedModel) -> Iterator[None]:
    """Let the model run with transformers' plain attention meanwhile."""
    former = model.config._attn_implementation
    # Models of several parts pass a choice on to some of their parts' configurations only.
    # What a module calls its config is untyped.
    parts: dict[int, Any] = {id(part.config): part.config for part in model.modules() if hasattr(part, "config")}
    formers = {key: getattr(config, "_attn_implementation", None) for key, config in parts.items()}
    model.set_attn_implementation("eager")
    try:
        yield
    finally:
        model.set_attn_implementation(former)
        for key, config in parts.items():
            if formers[key] is not None:
                config._attn_implementation = formers[key]


def _walk(
    engine: LocalEngine, trial: Trial, told: list[tuple[tuple[int, ...], Prediction]]
) -> list[list[tuple[int, ...]]]:
    """Grow both trees, add what the engine says after each path to `told`, and return the paths that they end in."""
    trees = [_Tree(engine, prompt, trial.vocabulary_size) for prompt in trial.prompts]
    for step in range(_STEPS + 1):
        if step:
            for tree in trees:
                tree.grow(step - 1)
        for together in [trees] if step != 2 else [[tree] for tree in trees]:
            answers = engine.predict_together([(tree.memory, tree.leaves) for tree in together])
            for tree, predictions in zip(together, answers, strict=True):
                told.extend(zip(tree.paths(), predictions, strict=True))
    for tree in trees:
        tree.memory.close()
    return [tree.paths() for tree in trees]


@torch.inference_mode()
def _plain_logprobs(
    model: PreTrainedModel, paths: Sequence[tuple[int, ...]]
) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    """Yield each of some paths of equal length with its log-probabilities [length, vocabulary], in one forward."""
    logits = model(torch.tensor(paths, device=model.device), use_cache=False).logits
    for path, own in zip(paths, logits, strict=True):
        yield path, torch.log_softmax(own.double().cpu(), dim=-1).numpy()


def _differences(
    path: tuple[int, ...], prediction: Prediction, plain: dict[tuple[int, ...], np.ndarray]
) -> np.ndarray:
    """Return by how many nats each log-probability of a prediction is off, [num_kept]."""
    whole = next(end for end in plain if end[: len(path)] == path)
    expected = plain[whole][len(path) - 1][prediction.token_ids]
    # Where both rule a token out, their difference is no number, though they agree.
    agree = np.isneginf(expected) & np.isneginf(prediction.logprobs)
    return np.abs(np.where(agree, 0.0, expected) - np.where(agree, 0.0, prediction.logprobs))
