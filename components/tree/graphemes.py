"""Characters as a reader counts them (grapheme clusters), which no cut may divide.

References: Unicode Standard Annex 29, "Unicode text segmentation"; assets/page/tree/graphemes.js does the same.
"""

import regex

_GRAPHEME = regex.compile(r"\X")
LONGEST_CODE_POINTS = 64
"""A cut looks at so many code points a character: one with more marks than any language writes may be divided."""


def split(text: str) -> list[str]:
    """Return the characters of a text."""
    return _GRAPHEME.findall(text)


def clip(text: str, most: int) -> str:
    """Return `text`, cut to at most `most` characters, the last one an ellipsis where there were more. O(most)."""
    looked_at = text[: LONGEST_CODE_POINTS * (most + 1)]
    kept = split(looked_at)
    is_whole = len(kept) <= most and len(looked_at) == len(text)
    return text if is_whole else "".join(kept[: most - 1]) + "…"


def clip_start(text: str, most: int) -> str:
    """Return the last `most` characters of `text`. O(most)."""
    return "".join(split(text[-LONGEST_CODE_POINTS * (most + 1) :])[-most:])
