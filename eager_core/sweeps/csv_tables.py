"""A table as CSV that any spreadsheet opens: numbers stay numbers, and no text of it is taken for a formula."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a text that begins with one of these."""


def csv_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows of one shape as CSV (RFC 4180), with a line of headings; None is an empty field.

    An interval {"value", "low", "high"} under a name becomes three columns: name, name_low, name_high.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    flat = [dict(_flat(row)) for row in rows]
    if flat:
        writer.writerow(flat[0])
        writer.writerows([[_field(value) for value in row.values()] for row in flat])
    return written.getvalue()


def _flat(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield name, value["value"]
            yield f"{name}_low", value["low"]
            yield f"{name}_high", value["high"]
        else:
            yield name, value


def _field(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA_SIGNS):
        return f"'{value}"
    return value
