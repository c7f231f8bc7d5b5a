"""Tokens that are part of a character, spelled in hexadecimal: their text is empty until the last of them has come.

    bytes   F0      9F      98 80                bytes   " " E2 9C    94 "!"
    text    ""      ""      "😀"                 text    " "          "✔!"
    shown   ⟨F0⟩    ⟨9F⟩    😀                   shown   " ⟨E2 9C⟩"   ✔!
"""

import codecs

_REPLACEMENT = "\ufffd"


def own_bytes(text: str, token_bytes: bytes | None) -> bytes | None:
    """Return a token's bytes where the text that it adds can't say them, else None."""
    return None if token_bytes is None or token_bytes == text.encode("utf-8", "replace") else token_bytes


def shown_text(text: str, token_bytes: bytes | None) -> str:
    """Return what stands for a token: its text, and behind it the bytes that wait for more, as ⟨E2 9C⟩.

    Args:
        text: what the token adds to the text of its path.
        token_bytes: its own bytes; None where they are the text's, or not known.
    """
    if token_bytes is None or _is_whole(token_bytes):
        return text
    if not text or _REPLACEMENT in text:  # nothing whole came of it, or bytes that make no character
        return token_bytes.decode("utf-8", errors=_HEX)
    return text + _hex(_open_end(token_bytes))


def _is_whole(token_bytes: bytes) -> bool:
    try:
        token_bytes.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _open_end(token_bytes: bytes) -> bytes:
    """Return the last bytes that begin a character and do not end it; none where a character only ends here."""
    for length in range(1, min(3, len(token_bytes)) + 1):
        lead = token_bytes[-length]
        if lead >= 0xC0:
            needed = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return token_bytes[-length:] if length < needed else b""
        if lead < 0x80:
            break
    return b""


def _hex(some: bytes) -> str:
    return f"⟨{some.hex(' ').upper()}⟩" if some else ""


def _as_hex(error: UnicodeError) -> tuple[str, int]:
    """Replace what is no UTF-8; neighbours share one pair of brackets, for the decoder reports them one by one."""
    assert isinstance(error, UnicodeDecodeError)  # only `bytes.decode` is told this handler's name
    end = error.end
    while end < len(error.object) and 0x80 <= error.object[end] < 0xC0:
        end += 1
    return _hex(error.object[error.start : end]), end


_HEX = "eager_hex"
codecs.register_error(_HEX, _as_hex)
