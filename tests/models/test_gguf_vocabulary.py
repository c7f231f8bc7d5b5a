"""Vocabularies of GGUF files: every added token is one id, and no id lies beyond the vocabulary."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from gguf import GGUFWriter, TokenType
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import pre_tokenizers
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from eager_core.models import TextCodec
from eager_core.models.conversion import convert_gguf_tokenizer
from eager_core.models.vocabulary import mend_added_tokens

NORMAL, CONTROL, WORD, BYTE = TokenType.NORMAL, TokenType.CONTROL, TokenType.USER_DEFINED, TokenType.BYTE


@dataclass(frozen=True)
class Vocabulary:
    """What a GGUF file says of its tokens."""

    architecture: str
    model: str
    pre: str
    tokens: dict[str, TokenType]
    bos: str

    def write(self, folder: Path) -> PreTrainedTokenizerBase:
        """Write a file without weights, convert its tokenizer, and read that back."""
        writer = GGUFWriter(folder / "x.gguf", self.architecture)
        writer.add_context_length(128)
        writer.add_embedding_length(32)
        writer.add_block_count(1)
        writer.add_feed_forward_length(64)
        writer.add_head_count(2)
        writer.add_head_count_kv(2)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.add_rope_freq_base(10000.0)
        writer.add_vocab_size(len(self.tokens))
        writer.add_tokenizer_model(self.model)
        writer.add_tokenizer_pre(self.pre)
        writer.add_token_list(list(self.tokens))
        writer.add_token_types(list(self.tokens.values()))
        if self.model == "llama":
            writer.add_token_scores([-float(place) for place in range(len(self.tokens))])
        else:
            writer.add_token_merges(["Ġ Ġ"])
        writer.add_bos_token_id(self.ids[self.bos])
        writer.add_eos_token_id(self.ids[self.bos])
        writer.add_add_bos_token(True)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        (folder / "out").mkdir()
        convert_gguf_tokenizer(folder / "x.gguf", folder / "out")
        (folder / "out" / "config.json").write_text(json.dumps({"model_type": self.architecture}))
        return AutoTokenizer.from_pretrained(folder / "out")

    @property
    def ids(self) -> dict[str, int]:
        return {token: place for place, token in enumerate(self.tokens)}

    @property
    def added(self) -> list[str]:
        return [token for token, kind in self.tokens.items() if kind in (CONTROL, WORD)]


MARKS = {
    "<｜begin▁of▁sentence｜>": CONTROL, "<|endoftext|>": CONTROL, "<｜User｜>": CONTROL, "<think>": WORD,
    "</think>": WORD, "été": WORD, "語": WORD, "<|end|>": CONTROL,
}  # fmt: skip
ALPHABET = dict.fromkeys(sorted(pre_tokenizers.ByteLevel.alphabet()), NORMAL)
BYTE_LEVEL = {**ALPHABET, "ĠĠ": NORMAL, **MARKS, "   ": WORD}
SENTENCE_PIECE = {
    "<unk>": TokenType.UNKNOWN, "<s>": CONTROL, "</s>": CONTROL, **{f"<0x{byte:02X}>": BYTE for byte in range(256)},
    "▁": NORMAL, "a": NORMAL, "b": NORMAL, "▁a": NORMAL,
    **{mark: kind for mark, kind in MARKS.items() if "▁" not in mark},
}  # fmt: skip
GEMMA = {"<bos>": CONTROL, "<eos>": CONTROL, "<pad>": CONTROL, "<mask>": CONTROL, **SENTENCE_PIECE}

VOCABULARIES = {
    "llama-bpe": Vocabulary("llama", "gpt2", "llama-bpe", BYTE_LEVEL, "<｜begin▁of▁sentence｜>"),
    "qwen2": Vocabulary("qwen2", "gpt2", "qwen2", BYTE_LEVEL, "<｜begin▁of▁sentence｜>"),
    "smollm": Vocabulary("llama", "gpt2", "smollm", BYTE_LEVEL, "<|endoftext|>"),
    "sentencepiece": Vocabulary("llama", "llama", "default", SENTENCE_PIECE, "<s>"),
    "phi3": Vocabulary("phi3", "llama", "default", SENTENCE_PIECE, "<s>"),
    "gemma": Vocabulary("gemma2", "llama", "default", GEMMA, "<bos>"),
}


@pytest.fixture(scope="module", params=VOCABULARIES)
def read(request, tmp_path_factory):
    vocabulary = VOCABULARIES[request.param]
    return vocabulary, vocabulary.write(tmp_path_factory.mktemp(request.param))


def texts_of(tokenizer, ids: list[int]) -> list[str]:
    codec = TextCodec(tokenizer)
    return [codec.token_text(ids[:place], token_id) for place, token_id in enumerate(ids)]


def test_each_added_token_is_one_id_and_reads_as_it_is_written(read):
    vocabulary, tokenizer = read
    for token in vocabulary.added:
        ids = tokenizer(token, add_special_tokens=False)["input_ids"]
        assert ids == [vocabulary.ids[token]], token
        assert texts_of(tokenizer, ids) == [token.strip(" ") or token]


def test_no_id_lies_beyond_the_vocabulary(read):
    vocabulary, tokenizer = read
    assert len(tokenizer) == len(vocabulary.tokens)
    assert tokenizer("a").input_ids[0] == vocabulary.ids[vocabulary.bos] == tokenizer.bos_token_id


def test_control_tokens_are_special_and_words_are_not(read):
    vocabulary, tokenizer = read
    codec = TextCodec(tokenizer)
    for token in vocabulary.added:
        assert codec.is_special(vocabulary.ids[token]) == (vocabulary.tokens[token] == CONTROL), token


PARTS = st.sampled_from(
    ["🌳🌲", "👩\u200d👩\u200d👧", "é", "été", "語", "<think>", "<｜User｜>", " ", "   ", "a", "\n", "\x7f", "İ", "ab"]
)


@given(parts=st.lists(st.one_of(PARTS, st.characters(exclude_categories=["Cs"], exclude_characters="▁\u0000"))))
def test_texts_join_to_what_was_encoded(read, parts):
    """The twin is the text itself: what these vocabularies take in, they give back."""
    vocabulary, tokenizer = read
    text = "x" + "".join(parts)
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    # Phi-3 puts a space before each stretch between added tokens.
    expected = tokenizer.decode(ids) if vocabulary.architecture == "phi3" else text
    assert "".join(texts_of(tokenizer, ids)) == expected


@given(parts=st.lists(st.one_of(PARTS, st.characters(exclude_categories=["Cs"], exclude_characters="▁\u0000"))))
def test_bytes_join_to_the_text(read, parts):
    _, tokenizer = read
    codec = TextCodec(tokenizer)
    ids = tokenizer("x" + "".join(parts), add_special_tokens=False)["input_ids"]
    whole = b"".join(map(codec.token_bytes, ids)).decode()
    assert whole.removeprefix(" ") == "".join(texts_of(tokenizer, ids))


def test_a_sound_tokenizer_is_left_alone():
    ids = {token: place for place, token in enumerate(ALPHABET)}
    entry = {"id": 256, "content": "<|im_end|>", "special": True}
    sound = {"model": {"vocab": ids | {"<|im_end|>": 256}, "merges": []}, "added_tokens": [entry]}
    before = json.dumps(sound)
    assert not mend_added_tokens(sound, [*ids, "<|im_end|>"], [*[1] * 256, 3])
    assert json.dumps(sound) == before


def test_merges_that_lead_to_a_respelled_token_go(tmp_path):
    tokens = {**ALPHABET, "  ": WORD, "<|endoftext|>": CONTROL}
    vocabulary = replace(VOCABULARIES["llama-bpe"], tokens=tokens, bos="<|endoftext|>")
    tokenizer = vocabulary.write(tmp_path)
    assert tokenizer("a  a", add_special_tokens=False)["input_ids"][1] == vocabulary.ids["  "]
