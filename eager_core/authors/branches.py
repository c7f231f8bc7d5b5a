"""A fork as the authors' file records it."""

from dataclasses import dataclass
from typing import Any

from eager_core.errors import TraceError

_KEYS = ("seq_idx", "gen_step"), ("entropy", "entropy_threshold"), ("man_token_original", "man_token_branch")
_LARGEST_NATS = 1000.0


@dataclass(frozen=True)
class Branch:
    """One recorded branch."""

    seq_idx: int
    """The place of its sequence among those that were active in the step."""
    gen_step: int
    entropy: float
    threshold: float
    original: str
    """The token that the sequence goes on with."""
    other: str
    """The token that the new sequence begins with."""


def branch_of(place: str, record: Any) -> Branch:
    """Return a branch of the file. Its `new_seq_idx` counts some sequences twice, so it is not read.

    Raises:
        TraceError: it is not what that code writes.
    """
    numbers, entropies, texts = _KEYS
    if (
        not isinstance(record, dict)
        or not all(type(record.get(name)) is int and record[name] >= 0 for name in numbers)
        or not all(type(record.get(name)) in (int, float) and 0 <= record[name] < _LARGEST_NATS for name in entropies)
        or not all(isinstance(record.get(name), str) for name in texts)
    ):
        raise TraceError(f"{place} has a recorded branch that is not whole; the file is not whole.")
    return Branch(*(record[name] for names in _KEYS for name in names))
