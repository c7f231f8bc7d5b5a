"""Branches that a person adds to a run: this token, after this path, beside what the strategy decides there."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class HandBranch:
    """One more sequence that begins with `token_id` after `path`.

    It goes on by drawing and never forks by itself, though a person may branch it again, and it does not count against
    M: the rest of the tree stays as it is. It is ignored where a run does not come by, or takes the token anyway.
    """

    path: tuple[int, ...]
    """Token ids from the first generated one on."""
    token_id: int


def tokens_by_path(branches: Iterable[HandBranch]) -> dict[tuple[int, ...], list[int]]:
    """Return the tokens asked for after each path, in the order they were asked for, none twice."""
    tokens: dict[tuple[int, ...], list[int]] = {}
    for branch in branches:
        after = tokens.setdefault(branch.path, [])
        if branch.token_id not in after:
            after.append(branch.token_id)
    return tokens
