"""JSON text checked against a schema: values of the types that were asked for, or one sentence that says what is wrong.

A schema is a pydantic `TypeAdapter`. Everything is strict: true is no number, "1" is no number, infinity and NaN are no
numbers, and text must be valid Unicode (no half of a surrogate pair), as all of it is written to files again.
"""

import json
import re
from typing import Annotated, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from eager_core.errors import TraceError

Values = TypeVar("Values")

STRICT = ConfigDict(strict=True, allow_inf_nan=False)
"""For `__pydantic_config__` of every record that is read from a file."""

LARGEST_COUNT = 2**53
"""Above it, the page's JavaScript would not tell whole numbers apart."""

Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]
"""A whole number from 0: an id, a length, a token."""

_LONGEST_SHOWN_CHARACTERS = 60
_LONGEST_REASON_CHARACTERS = 160
_SUBJECT = re.compile(r"^\w+ should ")
_PLAINLY = {
    "a valid array": "a list",
    "a valid string": "text",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid boolean": "true or false",
}
"""Pydantic's words, and those for a reader who has not heard of JSON."""


def checked(schema: TypeAdapter[Values], text: str, what: str, remedy: str) -> Values:
    """Return what `text` holds, as `schema` types it. Costs O(length); nothing in the text is evaluated.

    Args:
        what: the thing that is read, to begin a sentence with: "The trace".
        remedy: what to do about it, to end the sentence with: "save it again".
    Raises:
        TraceError: it is not JSON, or one value in it is wrong; that is named with its place.
    """
    try:
        return schema.validate_json(text.removeprefix("\ufeff"))
    except ValidationError as error:
        raise TraceError(_sentence(error, what, remedy)) from None
    except UnicodeEncodeError:
        raise TraceError(f"{what} holds half of a character, which no file can hold; {remedy}.") from None


def shown(value: object) -> str:
    """Return `value` for a sentence: never long, and a list or an object by what it is alone."""
    if isinstance(value, dict | list | tuple):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value) if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= _LONGEST_SHOWN_CHARACTERS else text[: _LONGEST_SHOWN_CHARACTERS - 3] + "..."


def _sentence(error: ValidationError, what: str, remedy: str) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return f"{what} can't be read as JSON ({_shortened(first['msg'].removeprefix('Invalid JSON: '))}); {remedy}."
    place = _place(first["loc"])
    if first["type"] == "missing":
        return f"{what} has no {place}; {remedy}."
    reason = _shortened(_SUBJECT.sub("should ", first["msg"]))
    for technical, plain in _PLAINLY.items():
        reason = reason.replace(technical, plain)
    reason = (
        f"but {reason}" if reason.startswith("should ") else f"which can't be ({reason.removeprefix('Value error, ')})"
    )
    if not place:
        return f"{what} is {shown(first['input'])}, {reason}; {remedy}."
    if len(first["loc"]) == 1:
        return f"{what} has {place} {shown(first['input'])}, {reason}; {remedy}."
    return f"{what} is broken at {place}: it is {shown(first['input'])}, {reason}; {remedy}."


def _place(steps: tuple[int | str, ...]) -> str:
    """Return where a value stands: `nodes[3].depth`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _shortened(reason: str) -> str:
    text = " ".join(reason.split())
    return text if len(text) <= _LONGEST_REASON_CHARACTERS else text[: _LONGEST_REASON_CHARACTERS - 3] + "..."
