"""Prompts to tokens and tokens to text, on a byte-level, a SentencePiece-like and a WordPiece-like tokenizer."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders
from tokenizers import models as tokenizer_models
from transformers import PreTrainedTokenizerFast

from eager_core.errors import PromptError
from eager_core.models import TextCodec
from eager_core.models.pieces import BytePieces, pieces_of
from tests.models.tiny import END_OF_TEXT, IM_END, IM_START, VOCABULARY_SIZE, tiny_tokenizer

CHAT = tiny_tokenizer()
BASE = tiny_tokenizer(chat_template=None)


def joined(pieces, ids: list[int]) -> str:
    return "".join(pieces.text(ids[:i], token_id) for i, token_id in enumerate(ids))


def ids_of(text: str) -> list[int]:
    return BASE(text, add_special_tokens=False)["input_ids"]


@given(st.lists(st.integers(0, VOCABULARY_SIZE), max_size=40))
def test_byte_level_texts_join_to_the_decode_of_the_path(ids):
    text, whole = joined(pieces_of(CHAT.backend_tokenizer), ids), CHAT.decode(ids, clean_up_tokenization_spaces=False)
    # An incomplete last character is held back; the decode shows it as one replacement character.
    assert text == whole or text + "\ufffd" == whole


@given(st.lists(st.sampled_from([0xED, 0xA0, 0xBF, 0x9F, 0x80, 0xF0, 0xF4, 0x90, 0xE0, 0xC0, 0x41]), max_size=6))
def test_bytes_that_make_no_character_are_replaced_as_soon_as_that_is_certain(broken):
    """Surrogates, over-long forms, numbers beyond Unicode."""
    text, whole = joined(BytePieces(lambda byte: bytes([byte])), broken), bytes(broken).decode(errors="replace")
    assert text == whole or text + "\ufffd" == whole


def test_an_emoji_appears_whole_with_its_last_byte():
    pieces = pieces_of(CHAT.backend_tokenizer)
    ids = ids_of("a🙂b")
    assert [pieces.text(ids[:i], id_) for i, id_ in enumerate(ids)] == ["a", "", "", "", "🙂", "b"]


def test_control_tokens_are_spelt_out():
    codec = TextCodec(CHAT)
    assert codec.token_text([], IM_END) == "<|im_end|>"
    assert codec.is_special(IM_END) and codec.is_special(END_OF_TEXT) and not codec.is_special(65)


WORD_PIECES = ["<s>", "</s>", "▁", "▁Hello", "▁world", "s", "▁▁", "語", "\n"]
SENTENCE_PIECES = [*WORD_PIECES, *(f"<0x{byte:02X}>" for byte in range(256))]


def sentence_piece_tokenizer(strip: bool) -> Tokenizer:
    vocabulary = {piece: i for i, piece in enumerate(SENTENCE_PIECES)}
    tokenizer = Tokenizer(tokenizer_models.BPE(vocab=vocabulary, merges=[], byte_fallback=True))
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)] if strip else steps)
    return tokenizer


def test_the_order_of_a_decoders_steps_doubles_no_character():
    """Two emoji of four bytes each, as earlier versions of transformers ordered the steps for GGUF files."""
    tokenizer = sentence_piece_tokenizer(strip=False)
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse(), decoders.Replace("▁", " ")])
    ids = [tokenizer.token_to_id(f"<0x{byte:02X}>") for byte in "🌳🌲".encode()]
    texts = [pieces_of(tokenizer).text(ids[:i], id_) for i, id_ in enumerate(ids)]
    assert texts == ["", "", "", "🌳", "", "", "", "🌲"]


@pytest.mark.parametrize("word", ["été", "ñ", "語", "Ġx", "🙂", "Straße"])
def test_added_words_of_byte_level_tokenizers_keep_their_accents(word):
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens([word])
    codec = TextCodec(tokenizer)
    ids = tokenizer(f"a {word}b", add_special_tokens=False)["input_ids"]
    assert "".join(codec.token_text(ids[:i], id_) for i, id_ in enumerate(ids)) == f"a {word}b"
    assert codec.token_bytes(tokenizer.convert_tokens_to_ids(word)) in (word.encode(), None)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_bytes_of_tokens_join_to_the_bytes_of_the_text(text):
    codec = TextCodec(BASE)
    assert b"".join(codec.token_bytes(token_id) for token_id in ids_of(text)) == text.encode()


@pytest.mark.parametrize("strip", [True, False])
@given(text=st.lists(st.one_of(st.sampled_from(WORD_PIECES), st.characters(exclude_categories=["Cs"]))))
def test_sentence_piece_texts_join_to_the_decode_of_the_path(strip, text):
    """Pieces as they are, other characters as byte tokens."""
    tokenizer = sentence_piece_tokenizer(strip)
    ids = []
    for item in text:
        known = tokenizer.token_to_id(item)
        ids += [tokenizer.token_to_id(f"<0x{byte:02X}>") for byte in item.encode()] if known is None else [known]
    assert joined(pieces_of(tokenizer), ids) == tokenizer.decode(ids, skip_special_tokens=False)


def test_other_tokenizers_are_read_through_a_window():
    vocabulary = {"un": 0, "##likely": 1, "un##": 2, "so": 3}
    tokenizer = Tokenizer(tokenizer_models.WordPiece(vocab=vocabulary, unk_token="un"))
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    ids = [3, 0, 1, 3, 0, 1] * 5
    assert joined(pieces_of(tokenizer), ids) == tokenizer.decode(ids)


class WatchedPath(Sequence):
    """A path that counts how many of its tokens are looked at."""

    def __init__(self, ids):
        self.ids, self.num_looks = ids, 0

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, index):
        found = self.ids[index]
        self.num_looks += len(found) if isinstance(index, slice) else 1
        return found


def test_token_text_looks_at_the_last_tokens_of_a_long_path_only():
    words = Tokenizer(tokenizer_models.WordPiece(vocab={"so": 0}, unk_token="so"))
    words.decoder = decoders.WordPiece(prefix="##")
    for pieces, ids in ((pieces_of(CHAT.backend_tokenizer), ids_of("語" * 3000)), (pieces_of(words), [0] * 3000)):
        path = WatchedPath(ids)
        for token_id in ids[:100]:
            pieces.text(path, token_id)
        assert 0 < path.num_looks <= 8 * 100


def templated(prompt: str) -> list[int]:
    message = [{"role": "user", "content": prompt}]
    return CHAT.apply_chat_template(message, add_generation_prompt=True, return_dict=True)["input_ids"]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text.strip()))
def test_ordinary_prompts_tokenise_as_the_template_does(prompt):
    assert TextCodec(CHAT).encode_prompt(prompt, 10_000) == templated(prompt)


@given(st.lists(st.sampled_from(["<|im_end|>", "<|im_start|>", "<|endoftext|>", "\n", "system", " "]), min_size=1))
def test_typed_control_tokens_do_not_break_the_frame(parts):
    prompt = "x" + "".join(parts)
    ids = TextCodec(CHAT).encode_prompt(prompt, 10_000)
    controls = [id_ for id_ in ids if id_ >= END_OF_TEXT]
    assert controls == [IM_START, IM_END, IM_START]  # the frame's own: user, end of turn, assistant
    assert CHAT.decode(ids) == f"<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n"


def test_base_models_run_on_the_plain_prompt():
    codec = TextCodec(BASE)
    assert codec.encode_prompt("Once upon a time", 100) == ids_of("Once upon a time")
    ids = codec.encode_prompt("a<|endoftext|>b", 100)
    assert BASE.decode(ids) == "a<|endoftext|>b" and END_OF_TEXT not in ids


def test_models_that_think_are_told_to_think_at_length():
    template = "{{ messages[0]['content'] }} {{ enable_thinking }} {{ reasoning_effort }}"
    codec = TextCodec(tiny_tokenizer(template))
    assert BASE.decode(codec.encode_prompt("Hi", 100)) == "Hi True high"


@pytest.mark.parametrize("prompt", ["", " ", "\n\t \u3000"])
def test_empty_prompts_are_refused(prompt):
    with pytest.raises(PromptError, match="empty"):
        TextCodec(CHAT).encode_prompt(prompt, 100)


def test_a_prompt_of_unknown_characters_is_refused():
    backend = Tokenizer(tokenizer_models.BPE(vocab={"a": 0}, merges=[]))
    with pytest.raises(PromptError, match="no character that this model knows"):
        TextCodec(PreTrainedTokenizerFast(tokenizer_object=backend)).encode_prompt("b", 100)


def test_a_prompt_must_leave_room_for_one_token():
    codec = TextCodec(CHAT)
    frame = len(templated(""))
    assert len(codec.encode_prompt("a" * (99 - frame), 100)) == 99
    with pytest.raises(PromptError, match=r"100 tokens with its chat frame.*holds 100.*shorten"):
        codec.encode_prompt("a" * (100 - frame), 100)


def test_a_huge_prompt_is_refused_unread(monkeypatch):
    codec, read = TextCodec(CHAT), []
    monkeypatch.setattr(codec._frame, "encode", lambda prompt, date: read.append(len(prompt)) or [1])
    with pytest.raises(PromptError, match=r"10,000,000 characters.*8,192 tokens"):
        codec.encode_prompt("a" * 10_000_000, 8192)
    assert read == []
    assert codec.encode_prompt("a" * 1000, 8192) == [1] and read == [1000]


def test_half_a_character_is_replaced():
    assert BASE.decode(TextCodec(BASE).encode_prompt("a\ud83d", 100)) == "a?"
