"""Up to which position a model's rotary embeddings depend on the position alone.

The kinds "longrope" and "dynamic" change their frequencies for all positions of a pass once its greatest one lies
beyond the length that the model was trained at. A tree's rows are written once and read by paths of any length, beside
others of any length, so beyond that point there is no one value that they could have.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from transformers import PreTrainedConfig

_SWITCHING = ("longrope", "dynamic", "su")


def exact_context_length(config: PreTrainedConfig) -> int | None:
    """Return the most tokens a path may have so that each keeps its rotary embedding, or None for no such limit."""
    text_config = config.get_text_config(decoder=True)
    limits = [_trained_length(text_config, kind) for kind in _rope_kinds(text_config)]
    return min((limit for limit in limits if limit is not None), default=None)


def _rope_kinds(config: PreTrainedConfig) -> Iterator[Mapping[str, Any]]:
    """Yield the parameters of each kind of rotary embedding: one for all layers, or one for each type of layer."""
    parameters = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None)
    if not isinstance(parameters, Mapping):
        return
    if "rope_type" in parameters or "type" in parameters:
        yield parameters
        return
    yield from (nested for nested in parameters.values() if isinstance(nested, Mapping))


def _trained_length(config: PreTrainedConfig, parameters: Mapping[str, Any]) -> int | None:
    kind = str(parameters.get("rope_type", parameters.get("type", "default")))
    if not any(name in kind for name in _SWITCHING):
        return None
    if "dynamic" in kind:  # looks at this alone, whatever else is said
        return int(config.max_position_embeddings)
    told = parameters.get("original_max_position_embeddings")
    return int(told or getattr(config, "original_max_position_embeddings", None) or config.max_position_embeddings)
