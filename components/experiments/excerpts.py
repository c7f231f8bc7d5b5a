"""Prompts in few words: what they all begin and end with is left out, so that a short line tells them apart."""

from collections.abc import Sequence

ELLIPSIS = "…"
FEWEST_SHARED_CHARACTERS = 8


def excerpts(prompts: Sequence[str]) -> list[str]:
    """Return the prompts without the words that all of them begin or end with, if those are worth leaving out."""
    if len(set(prompts)) < 2:
        return list(prompts)
    shortest = min(map(len, prompts))
    head = _shared([prompt[:shortest] for prompt in prompts])
    tail = _shared([prompt[head:][::-1] for prompt in prompts])
    before, after = f"{ELLIPSIS} " if head else "", f" {ELLIPSIS}" if tail else ""
    return [before + prompt[head : len(prompt) - tail].strip() + after for prompt in prompts]


def _shared(texts: Sequence[str]) -> int:
    """Return how many characters all begin with, up to the end of a word; 0 where it is not worth it."""
    # What the first and the last in sorted order share, all share.
    first, last = min(texts), max(texts)
    alike = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    end = first.rfind(" ", 0, alike) + 1
    return end if end >= FEWEST_SHARED_CHARACTERS else 0
