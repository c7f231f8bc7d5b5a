"""Chat templates without a clock: what they ask the time for is answered from one fixed date.

transformers gives every template the function `strftime_now`, which reads the clock, and lets no caller put a function
of his own in its place. But a template's own macro stands before a global function of the same name, so a macro is
written before the template: no global state is touched, and each rendering may have another date.
"""

import datetime
from string import ascii_letters
from typing import Any

_MACRO = (
    "{% macro strftime_now(format) %}{% set told = namespace(text=format) %}"
    "{% for sign, value in eager_pinned_signs %}{% set told.text = told.text.replace(sign, value) %}{% endfor %}"
    "{{ told.text }}{% endmacro %}\n"
)
"""The line break belongs to the macro: templates are read with `trim_blocks`, which takes it away."""

_PERCENT = "\ue000"
"""Stands for a percent sign that was written %% until all other signs are replaced."""


def without_clock(template: str) -> str:
    """Return the template as it is to be rendered, with `pinned_variables`: the same, if it asks for no date."""
    return _MACRO + template if "strftime_now" in template else template


def pinned_variables(date: str) -> dict[str, Any]:
    """Return what such a template needs to know, and `date_string`, which the Llama 3 templates take from a caller.

    Args:
        date: YYYY-MM-DD; its hours are noon, should a template ask for them.
    """
    noon = datetime.datetime.combine(datetime.date.fromisoformat(date), datetime.time(12))
    signs = [("%%", _PERCENT)]
    for letter in ascii_letters:
        told = _told(noon, f"%{letter}")
        signs += [(f"%-{letter}", told.lstrip("0 ") or "0"), (f"%{letter}", told)]
    return {"eager_pinned_signs": [*signs, (_PERCENT, "%")], "date_string": _told(noon, "%d %b %Y")}


def _told(noon: datetime.datetime, sign: str) -> str:
    try:
        return noon.strftime(sign)
    except ValueError:  # some platforms refuse a letter without a meaning, where others give it back
        return sign
