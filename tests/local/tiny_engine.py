"""The real engine over tiny random models, in float32, for tests that compare it with a plain forward."""

from collections.abc import Sequence
from copy import deepcopy

import torch
from transformers import AutoModelForCausalLM, PretrainedConfig

from eager_core.local import LocalEngine
from eager_core.models import LoadedModel
from eager_core.prompt import DEFAULT_DATE


class NumberText:
    """A codec for models without words: token i reads as " i"; a prompt is a list of numbers."""

    def encode_prompt(self, prompt: str, context_length: int, date: str = DEFAULT_DATE) -> list[int]:
        return [int(word) for word in prompt.split()]

    def token_text(self, path: Sequence[int], token_id: int) -> str:
        return f" {token_id}"

    def token_bytes(self, token_id: int) -> bytes | None:
        return None

    def is_special(self, token_id: int) -> bool:
        return False


def random_model(config: PretrainedConfig, seed: int = 0):
    """Return a random model in float32 whose predictions differ from token to token (fresh ones are nearly flat)."""
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval().requires_grad_(False)
    for name, parameter in model.named_parameters():
        if parameter.ndim >= 2:
            parameter.data.normal_(std=0.3 if "embed" in name or "lm_head" in name else 0.15)
    return model


def engine_for(model, num_blocks: int = 256, block_rows: int = 4, eos_token_ids=frozenset()) -> LocalEngine:
    """Return an engine with small blocks, so that a few tokens already span several. `model` stays as it is."""
    loaded = LoadedModel(model.config.model_type, deepcopy(model), NumberText(), 512, frozenset(eos_token_ids))
    return LocalEngine(loaded, num_blocks, block_rows)


@torch.inference_mode()
def plain_logprobs(model, token_ids: Sequence[int], attention: str = "eager") -> torch.Tensor:
    """Return the float64 log-probabilities [len, vocabulary] after each token: one forward without any cache."""
    former = model.config._attn_implementation
    model.set_attn_implementation(attention)
    logits = model(torch.tensor([list(token_ids)]), use_cache=False).logits[0]
    model.set_attn_implementation(former)
    return torch.log_softmax(logits.double(), dim=-1)
