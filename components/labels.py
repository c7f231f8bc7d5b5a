"""Tokens made visible: what a reader sees where a token is a space, a line break or half a character."""

import re
import unicodedata

from eager_core.unfinished import shown_text

SPACE_MARK = "\u2027"
"""Stands for a space. A hyphenation point: looks like the usual middle dot, but next to no model writes it."""
NEWLINE_MARK = "\u21b5"
TAB_MARK = "\u21e5"
EMPTY_MARK = "\u25cc"
"""Stands for a token that adds no text, and whose bytes are not known."""

_BYTES = re.compile(f"⟨[0-9A-F]{{2}}(?:{SPACE_MARK}[0-9A-F]{{2}})*⟩")

_MARKS = {" ": SPACE_MARK, "\n": NEWLINE_MARK, "\t": TAB_MARK}
_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})
"""Unicode categories that print nothing, or that (as bidirectional marks do) reorder what stands beside them."""


def token_label(text: str, longest: int = 32, token_bytes: bytes | None = None) -> str:
    """Return `text` with every character visible, cut to `longest` characters; never empty.

    A token that is part of a character shows its bytes, ⟨E2 9C⟩, where they are known.

    Plain text, not HTML: whoever puts it into a page must still escape it, or set it as text.
    """
    text = shown_text(text, token_bytes)
    if not text:
        return EMPTY_MARK
    visible = _BYTES.sub(_keep_spaces, "".join(_visible(character) for character in text[: longest + 1]))
    return visible if len(visible) <= longest else visible[: longest - 1] + "…"


def _keep_spaces(shown_bytes: re.Match) -> str:
    """The spaces between bytes are ours, and no characters of the token."""
    return shown_bytes[0].replace(SPACE_MARK, " ")


def plotly_text(label: str) -> str:
    """Return `label` for a Plotly text, which reads a few HTML tags and entities: here it must read none."""
    return label.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _visible(character: str) -> str:
    if character in _MARKS:
        return _MARKS[character]
    if unicodedata.category(character) in _INVISIBLE:
        return f"[{ord(character):X}]"
    return character
