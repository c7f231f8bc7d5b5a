"""Which models a tree can share rows of; the others are refused by family, with the reason."""

import torch
from transformers import PreTrainedModel

from eager_core.errors import ModelError
from eager_core.local.engine import LocalEngine
from eager_core.local.masks import UnknownMask
from eager_core.local.trial import Trial, largest_difference

PROVEN_FAMILIES = frozenset({"llama", "qwen3", "smollm3", "gpt_oss", "gemma3_text"})
"""Model types that the tests compare with uncached forwards at length; named where another one is refused."""

_LAYER_TYPES = frozenset({"full_attention", "sliding_attention"})

_TOLERANCE_NATS = {torch.float32: 1e-2, torch.bfloat16: 0.5, torch.float16: 0.1}
"""Far above rounding, far below what a wrong mask or position does."""


def check_architecture(model: PreTrainedModel) -> None:
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


def check_parity(engine: LocalEngine, model: PreTrainedModel) -> None:
    """Try two small trees on the loaded model, where it will run, against forwards without any cache.

    Raises:
        ModelError: a prediction differs, the model fails over the tree's cache, or it computes NaN.
    """
    family = model.config.model_type
    try:
        difference = largest_difference(engine, model, Trial.of(model.config, engine.context_length))
    except ModelError:
        raise
    except UnknownMask as error:
        raise _refused(family, str(error)) from error
    except Exception as error:  # what a model we never saw may raise is open-ended
        raise _refused(family, f"it fails over the tree's cache ({type(error).__name__})") from error
    if difference != difference:
        raise ModelError(
            f"The model {engine.model_name} computes NaN{_first_nan(model)}; load it in float32, or fetch it again."
        )
    if difference > _TOLERANCE_NATS[model.dtype]:
        raise _refused(family, f"over the tree's cache its log-probabilities are off by {difference:.2g} nats")


def _first_nan(model: PreTrainedModel) -> str:
    """Return where it begins, if that is in the weights."""
    for name, weights in model.named_parameters():
        if weights.is_floating_point() and not bool(torch.isfinite(weights).all()):
            return f", for its weights {name} are not all numbers"
    return ""


def _refused(family: str, reason: str) -> ModelError:
    return ModelError(
        f"Models of the family {family} can't be served, because {reason}; name a model of another family "
        f"({', '.join(sorted(PROVEN_FAMILIES))})."
    )
