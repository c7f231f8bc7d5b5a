"""What benchmarks of the model share: medians, timings, and the machine with what torch makes of it."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from benchmarks.table import host, print_figures


def seconds_of(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long `work()` took, and what it returned."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    return host() | {
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "torch": torch.__version__,
    }


def report(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print a table of the rows, then one line of JSON with the machine and the same rows unrounded."""
    print_figures(title, rows, machine())
