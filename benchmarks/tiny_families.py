"""Tiny random models of any family of transformers, and a twin that judges the engine by plain forwards alone."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForCausalLM, PreTrainedConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from benchmarks.own_sizes import LEFT_OUT, OWN_SIZES
from eager_core.errors import ModelError
from eager_core.known_node import KnownNode
from eager_core.local.engine import LocalEngine
from eager_core.local.loading import engine_of
from eager_core.models import LoadedModel
from eager_core.prompt import DEFAULT_DATE

EXACT_NATS = 1e-3
"""Float32 rounding of tiny models stays below it, a wrong mask or position far above."""

WINDOW = 8
_CONTEXT = 512
_MOST_PARAMETERS = 150_000_000
_STEPS = 10
_FORKS_AT = (0, 2, 5)

_SIZES: dict[str, Any] = {
    "vocab_size": 97, "hidden_size": 32, "d_model": 32, "n_embd": 32, "intermediate_size": 48, "ffn_dim": 48,
    "d_ff": 48, "n_inner": 48, "num_hidden_layers": 4, "num_layers": 4, "n_layer": 4, "num_attention_heads": 4,
    "n_head": 4, "num_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": _CONTEXT,
    "n_positions": _CONTEXT, "sliding_window": WINDOW, "use_sliding_window": True, "max_window_layers": 2,
    "pad_token_id": 0, "num_experts": 4, "num_local_experts": 4, "n_routed_experts": 4, "num_experts_per_tok": 2,
    "moe_intermediate_size": 16, "shared_expert_intermediate_size": 16, "n_group": 1, "topk_group": 1,
    "n_shared_experts": 1, "q_lora_rank": 16, "kv_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8,
    "v_head_dim": 8, "rotary_dim": 8, "is_decoder": True, "decoder_layers": 2,
    "encoder_layers": 2,
    "decoder_attention_heads": 4, "encoder_attention_heads": 4, "decoder_ffn_dim": 48, "encoder_ffn_dim": 48,
    "word_embed_proj_dim": 32,
}  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What a family became: "exact" or "wrong" (detail: nats), "refused" or "not built" (detail: why)."""

    kind: str
    detail: str
    nats: float | None = None


def families() -> list[str]:
    """Return the names of all causal-LM families of the installed transformers."""
    return sorted(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES)


def tiny_config(family: str) -> PreTrainedConfig:
    """Return a configuration of a few thousand weights, with a window of 8 tokens wherever the family knows windows."""
    config_class = CONFIG_MAPPING[family]
    default = config_class()
    text = default.get_text_config(decoder=True)
    if text is default:
        return config_class(**_sizes_known_to(default))
    name = next((key for key in config_class.sub_configs if getattr(default, key, None) is text), None)
    if name is None:  # an encoder and a decoder told in one
        return config_class(**_sizes_known_to(default))
    return config_class(**{name: {**_sizes_known_to(text), "model_type": text.model_type}})


def _sizes_known_to(config: PreTrainedConfig) -> dict[str, Any]:
    sizes = {key: value for key, value in _SIZES.items() if _takes(config, key)}
    if "kv_lora_rank" in sizes:  # latent attention has a key head for each query head
        sizes["num_key_value_heads"] = sizes["num_attention_heads"]
    sizes |= OWN_SIZES.get(config.model_type, {})
    return {key: value for key, value in sizes.items() if value is not LEFT_OUT}


def _takes(config: PreTrainedConfig, key: str) -> bool:
    """Whether a configuration has a value of this name, and does not work it out from others."""
    found = getattr(type(config), key, None)
    if isinstance(found, property) and found.fset is None:
        return False
    try:
        return hasattr(config, key)
    except Exception:  # some layers differ in it
        return False


def random_model(config: PreTrainedConfig) -> torch.nn.Module:
    """Return a random model in float32 whose predictions differ from token to token.

    Raises:
        MemoryError: it would not be tiny.
    """
    with torch.device("meta"):
        size = sum(weights.numel() for weights in AutoModelForCausalLM.from_config(config).parameters())
    if size > _MOST_PARAMETERS:
        raise MemoryError(f"its smallest configuration here has {size:,} weights")
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(deepcopy(config), dtype=torch.float32, attn_implementation="eager")
    for name, weights in model.named_parameters():
        if weights.ndim >= 2:
            weights.data.normal_(std=0.3 if "embed" in name or "lm_head" in name else 0.15)
    return model.eval().requires_grad_(False)


def verdict_of(family: str, config: PreTrainedConfig | None = None) -> Verdict:
    """Build, load and judge one family."""
    try:
        model = random_model(config or tiny_config(family))
        last_words(model, (1, 2, 3))
    except Exception as error:  # whatever a family's code raises over a configuration it was not made for
        return Verdict("not built", f"{type(error).__name__}: {_first_line(error)}")
    try:
        # A copy, for an engine changes the layers of the model it is given.
        engine = engine_of(LoadedModel(family, deepcopy(model), _NoWords(), _CONTEXT, frozenset()), block_rows=4)
    except ModelError as error:
        return Verdict("refused", str(error))
    nats = greatest_deviation(engine, model)
    return Verdict("exact" if nats <= EXACT_NATS else "wrong", f"{nats:.1e} nats", nats)


def greatest_deviation(engine: LocalEngine, model: torch.nn.Module) -> float:
    """Return how far any kept log-probability is off, in nats, for two trees that ride together.

    Each path of a tree is judged by a forward of its own, of nothing but its tokens: no cache, no batch, no tree.
    The prompts have 24 and 41 tokens; both outrun the window, and both trees fork three times.
    """
    size = model.config.get_text_config(decoder=True).vocab_size
    prompts = [tuple((3 + 29 * place * place + 5 * place) % size for place in range(length)) for length in (24, 41)]
    memories = [engine.open(prompt) for prompt in prompts]
    leaves = [[KnownNode(0)] for _ in prompts]
    counts = [1, 1]
    worst = 0.0
    for step in range(_STEPS + 1):
        answers = engine.predict_together(list(zip(memories, leaves, strict=True)))
        for prompt, nodes, predictions in zip(prompts, leaves, answers, strict=True):
            for node, prediction in zip(nodes, predictions, strict=True):
                plain = last_words(model, (*prompt, *node.path()))
                worst = float(np.maximum(worst, np.abs(plain[prediction.token_ids] - prediction.logprobs).max()))
        for tree, nodes in enumerate(leaves):
            grown = []
            for node in nodes:
                for branch in range(2 if step in _FORKS_AT else 1):
                    grown.append(KnownNode(counts[tree], node, (19 * counts[tree] + 7 * step + branch) % size))
                    counts[tree] += 1
            leaves[tree] = grown
    for memory in memories:
        memory.close()
    return worst if worst == worst else float("inf")


@torch.inference_mode()
def last_words(model: torch.nn.Module, path: Sequence[int]) -> np.ndarray:
    """Return the log-probabilities [vocabulary] after a path, in float64, by one uncached forward of it alone."""
    logits = model(torch.tensor([list(path)]), use_cache=False).logits[0, -1]
    return torch.log_softmax(logits.double(), dim=-1).numpy()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0][:140]


class _NoWords:
    """A codec for models without words."""

    def encode_prompt(self, prompt: str, context_length: int, date: str = DEFAULT_DATE) -> list[int]:
        return [int(word) for word in prompt.split()]

    def token_text(self, path: Sequence[int], token_id: int) -> str:
        return f" {token_id}"

    def token_bytes(self, token_id: int) -> bytes | None:
        return None

    def is_special(self, token_id: int) -> bool:
        return False
