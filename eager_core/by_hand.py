"""Branches that a person adds to a run: this token, after this path, beside what the strategy decides there."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from eager_core.errors import SettingsError


@dataclass(frozen=True)
class HandBranch:
    """One more sequence that begins with `token_id` after `path`.

    It goes on by drawing and never forks by itself, though a person may branch it again, and it does not count against
    M: the rest of the tree stays as it is. It is ignored where a run does not come by, or takes the token anyway.
    """

    path: tuple[int, ...]
    """Token ids from the first generated one on."""
    token_id: int

    def __str__(self) -> str:
        """As the command line writes it: 504,2:81."""
        return f"{','.join(map(str, self.path))}:{self.token_id}"


def check_branches(branches: Iterable[HandBranch], vocabulary_size: int) -> None:
    """See that every token of `branches` is one of a model's.

    Raises:
        SettingsError: one is not.
    """
    for branch in branches:
        for token_id in (*branch.path, branch.token_id):
            if not 0 <= token_id < vocabulary_size:
                raise SettingsError(
                    f"The branch {branch} has token {token_id}, but this model's tokens are 0 to "
                    f"{vocabulary_size - 1}; name one of those, or leave the branch out."
                )


@dataclass(slots=True)
class HandPlan:
    """What was asked for at one place and below it: a run walks down the plan as it walks down the tree."""

    token_ids: list[int] = field(default_factory=list)
    """Tokens to begin branches with here, in the order they were asked for."""
    below: "dict[int, HandPlan]" = field(default_factory=dict)
    """The plan after each token that leads to more of it."""

    def take(self) -> list[int]:
        """Return the tokens asked for here, once: whoever comes by later has nothing to do."""
        taken, self.token_ids = self.token_ids, []
        return taken


def plan_of(branches: Iterable[HandBranch]) -> HandPlan | None:
    """Return the plan at the prompt, none of its tokens twice; None where nothing was asked for."""
    root = None
    for branch in branches:
        place = root = root or HandPlan()
        for token_id in branch.path:
            place = place.below.setdefault(token_id, HandPlan())
        if branch.token_id not in place.token_ids:
            place.token_ids.append(branch.token_id)
    return root
