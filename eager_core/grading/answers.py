r"""The answer that a text ends in: its last \boxed{...}, or its last number. Plain text in, plain text out."""

import re
from collections.abc import Iterator

from eager_core.grading.plain_numbers import last_plain_number

LONGEST_ANSWER_CHARACTERS = 500
"""Longer ones are no answers; nothing after this is asked to read them."""

_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_BLANK = re.compile(
    r"(?:\\(?:text|textbf|textrm|mathrm|mathbf|mbox|boxed|fbox|quad|qquad|ldots|dots|cdots)(?![A-Za-z])"
    r"|\\[,;:! _]|[\s{}$~.,;_?…])*"
)
_JOINS = re.compile(
    r"(?:[\s$]|\\[()\[\],;:! ]|\\q?quad\b|(?P<joint>[,;&]|\b(?:and|or)\b|\\text\s*\{\s*,?\s*(?:and|or)\s*\})"
    r"|\b[A-Za-z](?:_\{?\w\}?)?\s*=)*"
)
"""What may stand between the boxes of one answer: a comma, "and" or "or", and the name of the next unknown ("y =")."""
_ANSWER_MARK = "####"


def last_boxed(text: str) -> str | None:
    r"""Return what stands in the last \boxed{...} whose braces close, without the box; None if there is none.

    A box with nothing in it is passed over where another holds something, and is "" where none does. Boxes with
    nothing but a comma, "and" or "or" between them are one answer of several parts, each given once:
    "x = \boxed{3} or x = \boxed{5}" is "3, 5".
    """
    parts: list[str] = []
    following, has_box = len(text), False
    for start, end, content in _boxes_backwards(text):
        has_box = True
        if not content:
            continue
        if parts and not _is_joint(text[end:following]):
            break
        parts.insert(0, content)
        following = start
    if not parts:
        return "" if has_box else None
    answer = ", ".join(dict.fromkeys(parts))
    return answer if len(answer) <= LONGEST_ANSWER_CHARACTERS else parts[-1]


def _boxes_backwards(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and content ("" if it says nothing) of the boxes that are closed, the last first."""
    for match in reversed(list(_BOX.finditer(text))):
        depth = 1
        for brace in _BRACE.finditer(text, match.end(), match.end() + LONGEST_ANSWER_CHARACTERS):
            depth += {"{": 1, "}": -1}.get(brace.group(), 0)
            if depth == 0:
                content = text[match.end() : brace.start()].strip()
                yield match.start(), brace.end(), "" if _BLANK.fullmatch(content) else content
                break


def _is_joint(between: str) -> bool:
    """Whether what stands between two boxes makes one answer of them."""
    joins = _JOINS.fullmatch(between) if len(between) <= LONGEST_ANSWER_CHARACTERS else None
    return joins is not None and joins.group("joint") is not None


def last_number(text: str) -> str | None:
    """Return the last decimal number in `text`, thousands' commas and plus sign taken out; None if there is none.

    A minus directly after a digit or a letter is read as an operator: "7-3" ends in 3.
    """
    last = last_plain_number(text)
    return last.replace(",", "").removeprefix("+") if last and len(last) <= LONGEST_ANSWER_CHARACTERS else None


def gold_answer(text: str) -> str:
    """Return the answer that a worked solution ends in, as data sets write it: after "####" (GSM8K), or boxed (MATH).

    Any other text is the answer itself.
    """
    _, mark, after = text.rpartition(_ANSWER_MARK)
    if mark and after.strip() and "\n" not in after.strip():
        return after.strip()
    boxed = last_boxed(text)
    return boxed or text.strip()
