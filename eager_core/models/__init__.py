"""Models: weights and words. Packaged, from the Hub, from a folder or a GGUF file; chat frame, thinking, token text."""

from eager_core.models.loading import LoadedModel, load_model
from eager_core.models.packaged import DEFAULT_MODEL_NAME
from eager_core.models.text import TextCodec

__all__ = ["DEFAULT_MODEL_NAME", "LoadedModel", "TextCodec", "load_model"]
