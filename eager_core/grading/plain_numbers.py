r"""Plain numbers as people and LaTeX write them, read exactly; what only looks like a number is never made one.

    "1,250"  "1{,}250"  "1\,250"  "\$1250."  "+1.25e3"        all 1250
    "1,2"                                                     the two numbers 1 and 2
    "1_2"  "1'2"  "1 2"  "1,23,456"                           no number, and nothing that a parser may make one of

Only commas group thousands, and LaTeX's thin space, each time before exactly three digits; a plain space groups none.
"""

import re
import unicodedata
from decimal import Decimal

_WHOLE_PART = r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9])|[0-9]++)"
_EXPONENT = r"(?:[eE][-+]?[0-9]{1,3}(?![0-9]))?"
"""Three digits at most, so that no number is too large to be compared."""
_NUMBER = re.compile(rf"[-+]?(?:{_WHOLE_PART}(?:\.[0-9]*)?|\.[0-9]+){_EXPONENT}")
_IN_PROSE = re.compile(rf"(?<![\w.])[-+]?(?:{_WHOLE_PART}(?:\.[0-9]++)?|\.[0-9]++){_EXPONENT}(?!_)")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_MOST_DIGITS_WRITTEN_OUT = 100
_MINUS_SIGNS = frozenset("\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d")
_THIN_SPACES = frozenset("\u2009\u202f")
_WRAPPED = re.compile(
    r"\\(?:text|textbf|textrm|textit|mathrm|mathbf|mathit|mathsf|mbox|boxed|fbox)\s*\{([^{}]*)\}"
    r"|\\\((.*)\\\)|\\\[(.*)\\\]",
    re.DOTALL,
)
_BRACED = re.compile(r"([_^])\{(\w)\}")
_THIN_GROUPS = re.compile(r"(?<![0-9.,])([1-9][0-9]{0,2}(?:\\,[0-9]{3})+)(?![0-9])")
_TEX_SPACE = re.compile(r"(?<!\\)\\(?:[,;:! ]|quad\b|qquad\b)|~")
_BETWEEN = re.compile(r"\s*;\s*|\s*,\s+|\s+(?:and|or)\s+")
_MIXED = re.compile(r"([-+]?)([0-9]+)\s+([0-9]+)\s*/\s*([0-9]+)")
_OF_TWO_DIGITS = re.compile(r"\\[dt]?(?:frac|binom)\s*[0-9]\s*(?:[0-9]|\{)")
_MISREAD = re.compile(
    r"[0-9]\s*_"  # a digit with an index: a base, or a digit group
    r"|[0-9]['`\u00b4\u2019][0-9]"
    r"|(?<![_^0-9.])[0-9.]*[0-9.]\s+\.?[0-9](?![0-9]*\s*/)"  # two numbers beside each other, taken for a sum
    r"|(?<![_^0-9])[0-9]+\s*\{\s*[0-9]"
    r"|^[0-9,;.\s]+$"  # no number and no list of numbers, as whoever asks has seen
)


def ascii_digits(text: str) -> str:
    """Return `text` with the digits of all scripts, full-width signs and minus signs as ASCII ones."""
    return _NOT_ASCII.sub(lambda match: _ascii(match.group()), text)


def _ascii(character: str) -> str:
    if character in _MINUS_SIGNS:
        return "-"
    if character in _THIN_SPACES:
        return "\\,"
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - 0xFEE0)
    return str(unicodedata.decimal(character, character))


def normal_form(text: str) -> str:
    """Return an answer without what does not change its meaning: dollars, frames, full stop, spaces, digit groups."""
    text = ascii_digits(text).strip()
    text = text.replace("\\$", "").replace("$", "").replace("\\!", "").replace("{,}", ",").strip()
    while (wrapped := _WRAPPED.fullmatch(text)) is not None:
        text = next(inner for inner in wrapped.groups() if inner is not None).strip()
    text = _BRACED.sub(r"\1\2", text)
    text = _THIN_GROUPS.sub(lambda match: match.group().replace("\\,", ""), text)
    if text.endswith(".") and not text.endswith(".."):
        text = text[:-1]
    return " ".join(text.split())


def decimal_of(normal: str) -> Decimal | None:
    """Return the plain number that a text in normal form is; None for all else."""
    return Decimal(normal.replace(",", "")) if _NUMBER.fullmatch(normal) else None


def decimals_of(normal: str) -> list[Decimal] | None:
    """Return the plain numbers that a text in normal form lists ("3, 5"), one alone too; None for all else."""
    numbers: list[Decimal] = []
    for part in _BETWEEN.split(normal):
        number = decimal_of(part)
        numbers_of_part = [number] if number is not None else _split_at_commas(part)
        if numbers_of_part is None:
            return None
        numbers += numbers_of_part
    return numbers


def _split_at_commas(part: str) -> list[Decimal] | None:
    """Return the numbers of "3,5"; None where a comma may be one between thousands ("1,23,456")."""
    pieces = part.split(",")
    numbers = [number for number in map(decimal_of, pieces) if number is not None]
    may_group = any(
        len(left) <= 3 and re.fullmatch("[0-9]{3}", right)
        for left, right in zip((piece.lstrip("-+") for piece in pieces), pieces[1:], strict=False)
    )
    return None if may_group or len(numbers) < len(pieces) else numbers


def is_misread(normal: str) -> bool:
    """Whether a parser of LaTeX would make a number of digits that say none: "1_2" the 1, "1 2" the sum 3.

    Args:
        normal: in normal form, and no list of plain numbers.
    """
    spaced = _TEX_SPACE.sub(" ", _OF_TWO_DIGITS.sub("x", normal))
    return _MISREAD.search(spaced) is not None


def latex_of(normal: str) -> str:
    """Return a text in normal form as LaTeX that is read as it is meant: mixed and plain numbers written out."""
    mixed = _MIXED.fullmatch(normal)
    if mixed is not None:
        sign, whole, above, below = mixed.groups()
        return f"{sign}({whole}+\\frac{{{above}}}{{{below}}})"
    numbers = decimals_of(normal)
    if numbers is None or any(abs(number.adjusted()) > _MOST_DIGITS_WRITTEN_OUT for number in numbers):
        return normal
    return ", ".join(format(number, "f") for number in numbers)


def last_plain_number(text: str) -> str | None:
    """Return the last plain number that stands in prose, as it stands there; None if there is none."""
    last = None
    for match in _IN_PROSE.finditer(ascii_digits(text)):
        last = match.group()
    return last
