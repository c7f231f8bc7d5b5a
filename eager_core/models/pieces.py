"""What one token adds to the text of a path, whatever the kind of tokenizer.

A token is not always whole characters: an emoji may take three tokens of one or two bytes each. So tokens are taken as
bytes where the tokenizer allows it (all byte-level and SentencePiece ones do), and a character is shown when its last
byte has come. What stands open at the end of a path lies in its last three bytes, so a look at the last few tokens is
enough, however long the path:

    path  ... "Hi" F0 9F 99      next token: 82      adds "🙂"; each of the three byte tokens before it added ""
"""

import codecs
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from tokenizers import Tokenizer

_MOST_OPEN_BYTES = 3
_SPACE_MARK = "\u2581"
_BYTE_PIECE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_WINDOW_TOKENS = 8
_REPLACEMENT = "\ufffd"


class Pieces(Protocol):
    """Token texts of one tokenizer. Pure: the same path and token give the same text."""

    def text(self, path: Sequence[int], token_id: int) -> str:
        """Return what `token_id` adds to the text of `path`; empty while a character is incomplete."""

    def bytes_of(self, token_id: int) -> bytes | None:
        """Return the token's own bytes, whatever stands before it; None where this kind of tokenizer has none."""


class BytePieces:
    """For tokenizers whose every token is a fixed string of bytes. Keeps the bytes of each token asked for."""

    def __init__(self, bytes_of: Callable[[int], bytes], drops_first_space: bool = False) -> None:
        self._bytes_of = bytes_of
        self._drops_first_space = drops_first_space
        self._known: dict[int, bytes] = {}

    def text(self, path: Sequence[int], token_id: int) -> str:
        """See `Pieces.text`. About a microsecond."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        decoder.decode(self._tail(path))
        if _is_half_surrogate(decoder.getstate()[0]):
            decoder.reset()  # it was replaced when it came
        text = decoder.decode(self.bytes_of(token_id))
        if _is_half_surrogate(decoder.getstate()[0]):
            text += 2 * _REPLACEMENT
        if self._drops_first_space and text.startswith(" ") and not any(map(self.bytes_of, reversed(path))):
            return text[1:]
        return text

    def bytes_of(self, token_id: int) -> bytes:
        """See `Pieces.bytes_of`."""
        known = self._known.get(token_id)
        if known is None:
            known = self._known[token_id] = self._bytes_of(token_id)
        return known

    def _tail(self, path: Sequence[int]) -> bytes:
        """The last bytes of the path, from where a character begins: UTF-8 marks its beginnings, so that is local."""
        tail = b""
        for index in range(len(path) - 1, -1, -1):
            tail = self.bytes_of(path[index]) + tail
            if len(tail) >= _MOST_OPEN_BYTES:
                break
        for start in range(max(0, len(tail) - _MOST_OPEN_BYTES), len(tail)):
            if tail[start] & 0xC0 != 0x80:  # not a continuation byte
                return tail[start:]
        return b""


def _is_half_surrogate(pending: bytes) -> bool:
    """Whether bytes can't become a character any more, although Python's decoder still waits for a third one."""
    return len(pending) == 2 and pending[0] == 0xED and 0xA0 <= pending[1] < 0xC0


class WindowPieces:
    """For any other tokenizer: the decode of the last tokens with the new one, less their decode without it."""

    def __init__(self, decode: Callable[[Sequence[int]], str]) -> None:
        self._decode = decode

    def text(self, path: Sequence[int], token_id: int) -> str:
        """See `Pieces.text`. Two decodes of a short window."""
        window = list(path[-_WINDOW_TOKENS:])
        before = self._decode(window).rstrip(_REPLACEMENT)
        after = self._decode([*window, token_id]).rstrip(_REPLACEMENT)
        return after[len(before) :]

    def bytes_of(self, token_id: int) -> None:
        """See `Pieces.bytes_of`."""


def pieces_of(tokenizer: Tokenizer) -> Pieces:
    """Return the token texts of `tokenizer`, by the kind of its decoder."""
    settings = json.loads(tokenizer.to_str())
    decoder = settings["decoder"] or {"type": None}
    steps = decoder["decoders"] if decoder["type"] == "Sequence" else [decoder]
    kinds = [step["type"] for step in steps]
    if kinds == ["ByteLevel"]:
        # Added words stand in the vocabulary as they are, not in the alphabet for bytes: an accent there is a letter.
        added = {token["id"]: token["content"].encode() for token in settings["added_tokens"]}
        return BytePieces(lambda id_: added.get(id_) or _byte_level_bytes(tokenizer.id_to_token(id_) or ""))
    if "ByteFallback" in kinds and all(_is_of_sentence_piece(step) for step in steps):
        return BytePieces(
            lambda token_id: _sentence_piece_bytes(tokenizer.id_to_token(token_id) or ""),
            drops_first_space="Strip" in kinds,
        )
    return WindowPieces(lambda ids: tokenizer.decode(ids, skip_special_tokens=False))


def _is_of_sentence_piece(step: dict[str, Any]) -> bool:
    """Whether a decoder's step is one of those that SentencePiece vocabularies have; their order differs."""
    match step:
        case {"type": "Replace", "pattern": {"String": pattern}, "content": content}:
            return (pattern, content) == (_SPACE_MARK, " ")
        case {"type": "Strip", "content": content, "start": start, "stop": stop}:
            return (content, start, stop) == (" ", 1, 0)
    return step["type"] in ("ByteFallback", "Fuse")


def _byte_of_letter() -> dict[str, int]:
    """GPT-2's alphabet for bytes: printable ones stand for themselves, the others for letters from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + index): byte for index, byte in enumerate(others)}


_BYTE_OF_LETTER = _byte_of_letter()


def _byte_level_bytes(piece: str) -> bytes:
    try:
        return bytes(_BYTE_OF_LETTER[letter] for letter in piece)
    except KeyError:  # an added token, written as it is
        return piece.encode()


def _sentence_piece_bytes(piece: str) -> bytes:
    byte = _BYTE_PIECE.fullmatch(piece)
    return bytes([int(byte[1], 16)]) if byte else piece.replace(_SPACE_MARK, " ").encode()
