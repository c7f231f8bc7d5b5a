"""A table of figures for the eye, followed by the same numbers as JSON; needs no torch."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


def host() -> dict[str, Any]:
    """Return what any figure depends on: the processor, how many of its cores are ours, and Python."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
    }


def print_figures(title: str, rows: Sequence[Mapping[str, Any]], machine: Mapping[str, Any]) -> None:
    """Print a table of the rows, then one line of JSON with the machine and the same rows unrounded."""
    table = Table(title=title, title_justify="left")
    for name in rows[0]:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*[_cell(value) for value in row.values()])
    Console(width=160).print(table)
    print(json.dumps({"benchmark": title, "machine": dict(machine), "rows": [dict(row) for row in rows]}))


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
