"""Prompts in few words: what they all begin with is left out, so that a short line tells them apart."""

from collections.abc import Sequence

ELLIPSIS = "… "
FEWEST_SHARED_CHARACTERS = 8


def excerpts(prompts: Sequence[str]) -> list[str]:
    """Return the prompts without the words that all of them begin with, if those are worth leaving out."""
    # What the first and the last in sorted order share, all share.
    first, last = min(prompts), max(prompts)
    end = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    shared = first[: first.rfind(" ", 0, end) + 1]
    if len(prompts) < 2 or len(shared) < FEWEST_SHARED_CHARACTERS:
        return list(prompts)
    return [ELLIPSIS + prompt[len(shared) :] for prompt in prompts]
