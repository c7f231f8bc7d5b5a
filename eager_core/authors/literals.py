"""Python literals in text, read by a parser of our own that knows nothing else: no names, calls or operators.

The standard library's `ast.literal_eval` evaluates nothing either, but it hands the whole text to Python's compiler,
which deep nesting can overflow. This parser counts before it descends.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from eager_core.errors import TraceError

LONGEST_LITERAL_CHARACTERS = 8 * 2**20
MOST_ITEMS = 2**20
DEEPEST_NESTING = 16
_LONGEST_SHOWN_CHARACTERS = 30

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
    |(?P<number>[-+]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][-+]?\d{1,4})?)
    |(?P<word>None|True|False|-?nan|-?inf)\b
    |(?P<sign>[][(){},:])
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"None": None, "True": True, "False": False}
_CLOSING = {"[": "]", "(": ")", "{": "}"}


def parse_literal(text: str) -> Any:
    """Return the value that `text` writes: None, True, False, a number, a text, or a list, tuple or dict of such.

    Tuples come back as lists. Costs O(length).

    Raises:
        TraceError: something else, or longer, deeper or of more parts than this file format ever needs.
    """
    if len(text) > LONGEST_LITERAL_CHARACTERS:
        raise TraceError(f"A value has {len(text):,} characters; up to {LONGEST_LITERAL_CHARACTERS:,} can be read.")
    return _Parser(text).whole()


class _Parser:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._split()
        self._kind, self._token = next(self._tokens)
        self._num_items = 0

    def whole(self) -> Any:
        value = self._value(0)
        if self._kind != "end":
            self._refuse()
        return value

    def _split(self) -> Iterator[tuple[str, str]]:
        end = len(self._text.rstrip())
        position = 0
        while position < end:
            match = _TOKEN.match(self._text, position, end)
            if match is None:
                self._refuse(self._text[position:])
            kind = match.lastgroup
            assert kind is not None  # every alternative of the pattern has a name
            yield kind, match[kind]
            position = match.end()
        yield "end", ""

    def _next(self) -> None:
        self._kind, self._token = next(self._tokens)

    def _value(self, depth: int) -> Any:
        kind, token = self._kind, self._token
        self._num_items += 1
        if self._num_items > MOST_ITEMS or depth > DEEPEST_NESTING:
            raise TraceError(
                f"A value has more than {MOST_ITEMS:,} parts or is nested deeper than {DEEPEST_NESTING}; "
                "the authors' code writes no such file."
            )
        if kind == "sign" and token in _CLOSING:
            self._next()
            return self._dict(depth) if token == "{" else self._list(_CLOSING[token], depth)
        if kind in ("sign", "end"):
            self._refuse()
        self._next()
        if kind == "word":
            return _WORDS[token] if token in _WORDS else float(token)
        return self._number(token) if kind == "number" else self._string(token)

    def _list(self, closing: str, depth: int) -> list:
        values = []
        while self._token != closing or self._kind != "sign":
            values.append(self._value(depth + 1))
            self._comma_or(closing)
        self._next()
        return values

    def _dict(self, depth: int) -> dict:
        values = {}
        while self._token != "}" or self._kind != "sign":
            key = self._value(depth + 1)
            if not isinstance(key, str) or self._token != ":":
                self._refuse()
            self._next()
            values[key] = self._value(depth + 1)
            self._comma_or("}")
        self._next()
        return values

    def _comma_or(self, closing: str) -> None:
        if self._kind == "sign" and self._token == ",":
            self._next()
        elif self._kind != "sign" or self._token != closing:
            self._refuse()

    def _number(self, token: str) -> int | float:
        return int(token) if token.lstrip("+-").isdigit() else float(token)

    def _string(self, token: str) -> str:
        if "\\" not in token:
            return token[1:-1]
        try:
            # One string token and nothing else: this only resolves its escapes.
            return ast.literal_eval(token)
        except (ValueError, SyntaxError):
            self._refuse(token)

    def _refuse(self, rest: str | None = None) -> NoReturn:
        found = rest if rest is not None else self._token or "the end"
        shown = found if len(found) <= _LONGEST_SHOWN_CHARACTERS else found[: _LONGEST_SHOWN_CHARACTERS - 3] + "..."
        raise TraceError(f"A value is not a plain list, dict, text or number: {shown!r} stands where none can be read.")
