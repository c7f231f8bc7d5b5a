"""Tokens made visible: what a reader sees where a token is a space, a line break or half a character."""

import re
import unicodedata

from components.tree.graphemes import LONGEST_CODE_POINTS, split
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
_JOINERS = frozenset("\u200c\u200d")
"""They shape the characters on both their sides: "👩" and "🚀" with a zero width joiner between are one astronaut."""
_BESIDE_JOINERS = frozenset({"Lo", "Mn", "Mc", "So", "Sk"})
_BLACK_FLAG = "\U0001f3f4"
_TAGS = frozenset(map(chr, range(0xE0020, 0xE0080)))
"""They say of a black flag which country's it is."""
_MARK_CATEGORIES = frozenset({"Mn", "Mc", "Me"})
_SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def token_label(text: str, longest: int = 32, token_bytes: bytes | None = None) -> str:
    """Return `text` with every character visible, cut to `longest` characters as a reader counts them; never empty.

    What belongs to one character stays together: an emoji of several, a letter and its accents. A mark that has no
    letter in this token stands on a dotted circle.

    A token that is part of a character shows its bytes, ⟨E2 9C⟩, where they are known.

    Plain text, not HTML: whoever puts it into a page must still escape it, or set it as text.
    """
    text = shown_text(text, token_bytes)
    if not text:
        return EMPTY_MARK
    shown: list[str] = []
    end = 0
    for character in split(text[: LONGEST_CODE_POINTS * (longest + 1)]):
        start, end = end, end + len(character)
        shown.extend(_visible_parts(text, start, end))
        if len(shown) > longest:
            return _BYTES.sub(_keep_spaces, "".join(shown[: longest - 1])) + "…"
    return _BYTES.sub(_keep_spaces, "".join(shown))


def as_it_reads(text: str) -> str:
    """Return a token's text as a page can show it: as it is, but halves of a character pair, which no page can hold."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def _keep_spaces(shown_bytes: re.Match) -> str:
    """The spaces between bytes are ours, and no characters of the token."""
    return shown_bytes[0].replace(SPACE_MARK, " ")


def plotly_text(label: str) -> str:
    """Return `label` for a Plotly text, which reads a few HTML tags and entities: here it must read none."""
    return label.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _visible_parts(text: str, start: int, end: int) -> list[str]:
    """Return what stands for the character text[start:end]: itself, or one part for each piece that cannot be seen."""
    parts: list[str] = []
    can_be_joined = False
    for index in range(start, end):
        point = text[index]
        if not _shows(text, start, index):
            parts.append(_MARKS.get(point) or f"[{ord(point):X}]")
            can_be_joined = point in _MARKS
        elif can_be_joined:
            parts[-1] += point
        else:
            parts.append(EMPTY_MARK + point if _needs_a_base(point, index) else point)
            can_be_joined = True
    return parts


def _needs_a_base(point: str, index: int) -> bool:
    """Whether the code point, which begins a character, would join what the label has before it."""
    is_mark = unicodedata.category(point) in _MARK_CATEGORIES
    return is_mark or (index > 0 and point in _SKIN_TONES)  # a skin tone alone is a sign of its own


def _shows(text: str, start: int, index: int) -> bool:
    """Whether the code point at `index`, of the character that begins at `start`, is seen, or what it does."""
    point = text[index]
    if point in _JOINERS:
        before, after = text[index - 1 : index], text[index + 1 : index + 2]
        return bool(index and after) and _is_joined(before) and _is_joined(after)
    if point in _TAGS:
        return text[start] == _BLACK_FLAG
    return point not in _MARKS and unicodedata.category(point) not in _INVISIBLE


def _is_joined(point: str) -> bool:
    """Whether joiners are written beside it: emoji, and the letters and marks of scripts without capitals."""
    return unicodedata.category(point) in _BESIDE_JOINERS
