"""Which window each layer's tokens see, as the model's own masks say it.

Families tell their attention of a sliding window in different ways: some by an argument, some by nothing but the mask.
All that build masks with transformers' functions ask the mask function registered for the attention in use. Ours
returns no mask (whom a token sees in a tree is the plan's to say) but a mark: the window that the mask would have had.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import product
from typing import Any

import torch
from transformers import AttentionMaskInterface

MaskFunction = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
"""transformers' form of a mask: (batch, head, query position, key position) -> whether the key is seen."""

_MARK_SHAPE = (1, 1, 1, 1)
"""Of four dimensions, for models cut masks to the length of the keys."""


class UnknownMask(Exception):
    """A mask that no window describes; its text says which, as the reason why a family is refused."""


def tree_mask(mask_function: MaskFunction, local_size: int | None = None, **kwargs: Any) -> torch.Tensor:
    """Return the mark of a mask, int64 [1, 1, 1, 1]: its window in tokens, a query's own counted, or 0 for none.

    Called by transformers in the place of a function that builds the mask.

    Raises:
        UnknownMask: the mask is not causal, or not a sliding window of `local_size` (chunks, say).
    """
    _check_window(local_size, _MaskFunction(mask_function))
    return torch.full(_MARK_SHAPE, local_size or 0, dtype=torch.int64, device="cpu")


def window_of(mark: torch.Tensor | None, told: int | None) -> int | None:
    """Return the window of a layer, None for none.

    Args:
        mark: what the layer got as its mask; it decides, for it is what transformers' own attention would have obeyed.
        told: the argument `sliding_window` of the attention function, for models that build no masks.
    Raises:
        UnknownMask: the layer got a mask that is no mark.
    """
    if mark is None:
        return told
    if mark.shape != _MARK_SHAPE or mark.dtype != torch.int64:
        raise UnknownMask("it builds attention masks of its own")
    return int(mark) or None


class _MaskFunction:
    """A mask function that is equal to others made by the same code: transformers makes new ones for each pass."""

    def __init__(self, function: MaskFunction) -> None:
        self.function = function
        self._signature = _signature(function)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _MaskFunction) and self._signature == other._signature

    def __hash__(self) -> int:
        return hash(self._signature)


def _signature(value: Any) -> Any:
    """Return what a function is made of: its code, and what it closes over as far as that is functions and numbers."""
    if isinstance(value, tuple):
        return tuple(map(_signature, value))
    if not callable(value) or not hasattr(value, "__code__"):
        return value if isinstance(value, int | float | str | None) else type(value)
    cells = value.__closure__ or ()
    return value.__code__, tuple(_signature(cell.cell_contents) for cell in cells)


@lru_cache(maxsize=256)
def _check_window(window: int | None, mask: _MaskFunction) -> None:
    """Look at the mask around its ends, at queries before, at and far beyond the window."""
    width = window or 5
    positions = sorted({0, 1, width - 1, width, width + 1, 2 * width, 3 * width + 1})
    for query, key in product(positions, range(max(positions) + 2) if width < 32 else _near(positions, width)):
        expected = key <= query and (window is None or key > query - window)
        zero = torch.tensor(0)
        if bool(mask.function(zero, zero, torch.tensor(query), torch.tensor(key))) != expected:
            kind = "whole paths" if window is None else f"a sliding window of {window} tokens"
            raise UnknownMask(f"its masks show a token something else than {kind}")


def _near(positions: list[int], width: int) -> list[int]:
    """Return the key positions around the places where a window of `width` begins or ends for any of the queries."""
    ends = {position - distance for position in positions for distance in (width, width // 2, 0)}
    return sorted({end + step for end in ends for step in (-1, 0, 1) if end + step >= 0})


def register(attention: str) -> None:
    """Let transformers ask `tree_mask` where `attention` is in use."""
    AttentionMaskInterface.register(attention, tree_mask)
