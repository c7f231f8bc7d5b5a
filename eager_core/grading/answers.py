r"""The answer that a text ends in: its last \boxed{...}, or its last number. Plain text in, plain text out."""

import re

LONGEST_ANSWER_CHARACTERS = 500
"""Longer ones are no answers; nothing after this is asked to read them."""

_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")


def last_boxed(text: str) -> str | None:
    r"""Return what stands in the last \boxed{...} whose braces close, without the box; None if there is none."""
    for match in reversed(list(_BOX.finditer(text))):
        depth = 1
        for position in range(match.end(), min(len(text), match.end() + LONGEST_ANSWER_CHARACTERS)):
            depth += {"{": 1, "}": -1}.get(text[position], 0)
            if depth == 0:
                return text[match.end() : position].strip()
    return None


def last_number(text: str) -> str | None:
    """Return the last decimal number in `text`, thousands' commas and plus sign taken out; None if there is none.

    A minus directly after a digit or a letter is read as an operator: "7-3" ends in 3.
    """
    last = None
    for match in _NUMBER.finditer(text):
        last = match.group()
    return last.replace(",", "").removeprefix("+") if last and len(last) <= LONGEST_ANSWER_CHARACTERS else None
