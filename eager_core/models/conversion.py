"""From a GGUF file to a folder that loads in half a second: dense safetensors, config and tokenizer.

transformers takes seconds to read a GGUF file: it unpacks each block and rebuilds the tokenizer from metadata. What
comes out is saved in float32, although that is four times the file: the unpacked values (a 4-bit level times a scale
plus an offset) are exact in float32 but in no 16-bit type, and float32 is mapped from the disk with no cast at loading.
"""

import io
import logging
import threading
from contextlib import redirect_stderr
from pathlib import Path

import torch
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig, PreTrainedTokenizerBase

from eager_core.models.gguf_fields import string_field
from eager_core.models.gguf_once import header_read_once
from eager_core.models.quiet import quiet_transformers
from eager_core.models.sizes import check_gguf_fits
from eager_core.models.vocabulary import mend_saved_tokenizer

_LOGGER = logging.getLogger(__name__)

_ONE_AT_A_TIME = threading.Lock()
"""Because the standard error stream that a conversion silences, and what it makes of `gguf`, belong to the whole
process."""

_SINGLE_DIGIT_SPLITTERS = frozenset({"smollm", "starcoder", "refact", "command-r", "codeshell"})
"""Values of `tokenizer.ggml.pre` that mean: every digit alone, then GPT-2's splitting."""


def convert_gguf(source: Path, target: Path) -> None:
    """Write the model and tokenizer of the GGUF file `source` into the existing folder `target`.

    Needs memory for the float32 weights. Blocks for some 10 s for a file of 100 MB.

    Raises:
        MemoryShortError: the memory that is free does not hold them.
        Exception: whatever the readers raise on a file that is broken or of an unknown architecture.
    """
    with _ONE_AT_A_TIME, header_read_once():
        check_gguf_fits(source)
        _LOGGER.warning("Preparing %s for its first use; this takes some seconds, once.", source.name)
        _convert(source, target)


def _convert(source: Path, target: Path) -> None:
    # One of transformers' progress bars listens to no setting, so it is sent where nobody reads it.
    with quiet_transformers(), redirect_stderr(io.StringIO()):
        convert_gguf_tokenizer(source, target)
        model = AutoModelForCausalLM.from_pretrained(
            source.parent,
            gguf_file=source.name,
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.float32,
            trust_remote_code=False,
        )
        model.save_pretrained(target)


def convert_gguf_tokenizer(source: Path, target: Path) -> None:
    """Write the tokenizer of the GGUF file `source` alone into the existing folder `target`."""
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name, trust_remote_code=False)
    _mend_pre_tokenizer(tokenizer, source)
    tokenizer.save_pretrained(target)
    mend_saved_tokenizer(target, source)


def _mend_pre_tokenizer(tokenizer: PreTrainedTokenizerBase, source: Path) -> None:
    """Give back the rule "every digit alone", which transformers drops from GGUF files of the GPT-2 kind.

    Without it two spaces before a number become "Ġ", "Ġ", "7" where the model was trained on "ĠĠ", "7".
    References: llama.cpp, `src/llama-vocab.cpp`, LLAMA_VOCAB_PRE_TYPE_SMOLLM.
    """
    if string_field(source, "tokenizer.ggml.pre") in _SINGLE_DIGIT_SPLITTERS:
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
