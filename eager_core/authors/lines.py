"""The sequences of an entry as the authors' file has them, each a line: its text, and a value for each token."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eager_core.authors.literals import parse_literal
from eager_core.errors import TraceError
from eager_core.settings import LARGEST_THETA_NATS

REUSED, UNMONITORED, END = -1, -2, -9
"""Stand in place of entropies: the token is the parent's; nobody looked; the end-of-sequence token."""
NOT_MEASURED = (-1, -3, -4, -5)
"""So do these: the engine gave no probabilities, none with a value, or none that could be read. -1 stands for the first
of them too, after a sequence's own tokens have begun."""

_ROUNDING = 1e-3
"""Their entropy of a certain token is a little below 0."""

_ASSISTANT_HEADERS = (
    "<|im_start|>assistant\n",
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "<｜Assistant｜>",
    "<|start|>assistant",
    "<start_of_turn>model\n",
    "[/INST]",
)
_LONGEST_FRAME_CHARACTERS = 100
"""Between a prompt and the header of the answer."""


@dataclass(eq=False)
class Line:
    """One sequence of an entry."""

    text: str
    """Without the formatted prompt."""
    entropies: list[float | None]
    """One a token, from the first after the prompt; None where none was measured, or the token is the parent's."""
    num_reused: int
    """Tokens at the beginning that are the parent's; 0 also for a sequence that forked off at the first token."""
    num_monitored: int
    """Tokens at the beginning that somebody looked at: a fork comes after none of the rest."""
    is_ended: bool
    """Whether its last token is the end of sequence."""


def lines_of(place: str, texts: Sequence[str], values: Sequence[str], prompt: str | None) -> list[Line]:
    """Return the lines of an entry.

    Args:
        place: the entry, to begin a sentence with.
        values: one list a text, written as text; none where the run recorded none.
        prompt: what each text begins with, in its chat frame; None where texts are answers alone.
    Raises:
        TraceError: the values are not what that code writes.
    """
    if values and len(values) != len(texts):
        raise TraceError(
            f"{place} has {len(texts)} generations but {len(values)} lists of entropies; the file is not whole."
        )
    begin = 0 if prompt is None else frame_end(texts, prompt)
    # Full parallel sampling may record none: then a sequence is one node with all its text.
    parsed = [parse_literal(value) for value in values] or [[] for _ in texts]
    return [_line(place, text[begin:], own) for text, own in zip(texts, parsed, strict=True)]


def _line(place: str, text: str, values: Any) -> Line:
    if not isinstance(values, list) or not all(_is_entropy(value) for value in values):
        raise TraceError(f"{place} has entropies that are no list of numbers; the file is not whole.")
    # A text without any value: its tokens were not looked at, and how many they are is not known.
    values = values or [float(UNMONITORED)]
    # Their code writes a reused token as a whole number, and one without probabilities as -1.0.
    is_reused = [type(value) is int and value == REUSED for value in values]
    num_reused = is_reused.index(False) if False in is_reused else len(values)
    is_monitored = [value != UNMONITORED for value in values]
    num_monitored = is_monitored.index(False) if False in is_monitored else len(values)
    entropies = [_measured(value) for value in values]
    return Line(text, entropies, num_reused, num_monitored, values[-1] == END)


def _is_entropy(value: Any) -> bool:
    if type(value) not in (int, float):
        return False
    is_marker = value in (REUSED, UNMONITORED, END, *NOT_MEASURED)
    return is_marker or math.isnan(value) or -_ROUNDING < value <= LARGEST_THETA_NATS


def _measured(value: float) -> float | None:
    return max(0.0, float(value)) if value > -_ROUNDING else None


def frame_end(texts: Sequence[str], prompt: str) -> int:
    """Return where the answer begins in texts that all begin with the same prompt, in a chat frame or bare.

    What stands in every text is looked at only, so nothing that one answer says is taken for the frame. Where the
    frame is unknown, the answer begins after the prompt's own words; a frame may have stripped these.
    """
    first, last = min(texts), max(texts)
    shared = first[: num_shared(first, last)]
    for words in (prompt, prompt.strip()):
        begin = shared.find(words)
        if begin >= 0 and words:
            after = begin + len(words)
            return _header_end(shared, after, after + _LONGEST_FRAME_CHARACTERS) or after
    return _header_end(shared, 0, len(shared)) or 0


def num_shared(first: str, second: str) -> int:
    """Return how many characters two texts begin with together. Texts may be long, so halves are compared at once."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if first[low:middle] == second[low:middle] else (low, middle - 1)
    return low


def _header_end(text: str, begin: int, end: int) -> int | None:
    found = [(text.find(header, begin, end + len(header)), header) for header in _ASSISTANT_HEADERS]
    placed = [(position, header) for position, header in found if position >= 0]
    if not placed:
        return None
    position, header = min(placed)
    return position + len(header)
