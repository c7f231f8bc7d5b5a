"""Which families of models a tree can share rows of; the others are refused by name, with the reason."""

from collections.abc import Iterator

import torch

from eager_core.errors import ModelError
from eager_core.known import KnownNode
from eager_core.local.engine import LocalEngine
from eager_core.local.predictions import logprobs_from_logits

PROVEN_FAMILIES = frozenset({"llama", "qwen3", "smollm3", "gpt_oss", "gemma3_text"})
"""Model types whose parity with an uncached forward the tests show; others are tried out once when loaded."""

_LAYER_TYPES = frozenset({"full_attention", "sliding_attention"})

_TOLERANCE_NATS = {torch.float32: 1e-2, torch.bfloat16: 0.5, torch.float16: 0.1}
"""Far above rounding, far below what a wrong mask or position does."""

_PROBE_IDS = (7, 11, 5, 3, 13)


def check_architecture(model: torch.nn.Module) -> None:
    """Refuse what can be told from the model's description.

    Raises:
        ModelError: its attention can't be replaced, or a layer keeps something else than keys and values.
    """
    family = model.config.model_type
    others = set(getattr(model.config.get_text_config(), "layer_types", None) or ()) - _LAYER_TYPES
    if others:
        raise _refused(family, f"layers of the kind {sorted(others)[0]} do not keep keys and values for each token")
    if not getattr(model, "_supports_attention_backend", False):
        raise _refused(family, "its attention can't be exchanged in transformers")


def check_parity(engine: LocalEngine, model: torch.nn.Module) -> None:
    """Try a small tree on a model of a family that the tests do not cover, against forwards without any cache.

    Raises:
        ModelError: a prediction differs, or the model fails over the tree's cache.
    """
    family = model.config.model_type
    if family in PROVEN_FAMILIES:
        return
    try:
        differences = list(_differences(engine, model))
    except ModelError:
        raise
    except Exception as error:  # what a model we never saw may raise is open-ended
        raise _refused(family, f"it fails over the tree's cache ({type(error).__name__})") from error
    if not max(differences) <= _TOLERANCE_NATS[model.dtype]:
        raise _refused(family, f"over the tree's cache its log-probabilities are off by {max(differences):.2g} nats")


def _differences(engine: LocalEngine, model: torch.nn.Module) -> Iterator[float]:
    """Yield how far kept log-probabilities are off, for two forked paths."""
    ids = [token_id % model.config.get_text_config().vocab_size for token_id in _PROBE_IDS]
    memory = engine.open(ids[:3])
    root = KnownNode(0)
    stem = KnownNode(1, root, ids[3])
    leaves = [KnownNode(2, stem, ids[4]), KnownNode(3, stem, ids[0])]
    memory.predict([root])
    memory.predict([stem])
    predictions = memory.predict(leaves)
    memory.close()
    attention = model.config._attn_implementation
    model.set_attn_implementation("eager")
    for leaf, prediction in zip(leaves, predictions, strict=True):
        path = torch.tensor([[*ids[:4], leaf.token_id]], device=model.device)
        with torch.inference_mode():
            plain = logprobs_from_logits(model(path, use_cache=False).logits[0, -1])
        yield float(abs(plain[prediction.token_ids] - prediction.logprobs).max())
    model.set_attn_implementation(attention)


def _refused(family: str, reason: str) -> ModelError:
    return ModelError(
        f"Models of the family {family} can't be served, because {reason}; name a model of another family "
        f"({', '.join(sorted(PROVEN_FAMILIES))})."
    )
