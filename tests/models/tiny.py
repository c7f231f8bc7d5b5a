"""Tiny models on disk, made in milliseconds: a byte-level tokenizer and a random Llama of a few thousand weights."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers import models as tokenizer_models
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
DOUBLE_SPACE = "ĠĠ"
"""The only token of more than one byte, two spaces, in the alphabet of byte-level tokenizers."""

END_OF_TEXT, IM_START, IM_END = 257, 258, 259
VOCABULARY_SIZE = 260
CONTEXT_LENGTH = 128


def tiny_tokenizer(chat_template: str | None = CHATML) -> PreTrainedTokenizerFast:
    """Return a tokenizer with one token for each byte, one for two spaces, and the control tokens of ChatML."""
    tokens = [*sorted(pre_tokenizers.ByteLevel.alphabet()), DOUBLE_SPACE]
    vocabulary = {token: token_id for token_id, token in enumerate(tokens)}
    backend = Tokenizer(tokenizer_models.BPE(vocab=vocabulary, merges=[("Ġ", "Ġ")]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<|endoftext|>")
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokenizer.chat_template = chat_template
    return tokenizer


def tiny_llama() -> LlamaForCausalLM:
    """Return a random Llama with two layers; the same at each call."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY_SIZE,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT_LENGTH,
        bos_token_id=None,
        eos_token_id=END_OF_TEXT,
    )
    return LlamaForCausalLM(config)


def save_tiny_model(folder: Path, chat_template: str | None = CHATML) -> Path:
    """Write the tiny model and tokenizer into `folder`, which is made, and return it."""
    tiny_llama().save_pretrained(folder)
    tiny_tokenizer(chat_template).save_pretrained(folder)
    return folder
