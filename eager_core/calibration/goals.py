"""What theta is chosen for."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eager_core.errors import SettingsError
from eager_core.outcomes import Outcome
from eager_core.settings import Settings


@dataclass(frozen=True)
class Kind:
    """One kind of goal: a number that a set of prompts has at a theta."""

    label: str
    """For people, with its unit."""
    low: float
    high: float
    """What may be asked for."""
    parts: Callable[[Outcome], tuple[int, int]]
    """Returns what one prompt adds above and below the fraction bar."""
    needs_answers: bool = False

    def of(self, outcomes: Sequence[Outcome]) -> float:
        """Return the number of some prompts at one theta: what they add up to above the bar, over that below."""
        above, below = (sum(column) for column in zip(*map(self.parts, outcomes), strict=True))
        return above / max(1, below)


GOALS: Mapping[str, Kind] = {
    "sequences": Kind("mean number of sequences a prompt", 1, 1024, lambda one: (one.num_sequences, 1)),
    "token_share": Kind(
        "tokens, as a share of full parallel sampling's", 0, 1, lambda one: (one.num_tokens, one.full_tokens)
    ),
    "forks": Kind("forks per 100 generated tokens", 0, 100, lambda one: (100 * one.num_forks, one.num_tokens)),
    "pass_at_k": Kind(
        "Pass@k, no further below the best than", 0, 1, lambda one: (int(bool(one.is_solved)), 1), needs_answers=True
    ),
}
"""The kinds of goal by name. "pass_at_k" takes a margin: the cheapest theta whose Pass@k is at most so much lower."""


@dataclass(frozen=True)
class Goal:
    """A kind of goal and the number that is wanted (of "pass_at_k": the margin)."""

    name: str
    wanted: float

    def __post_init__(self) -> None:
        if self.name not in GOALS:
            raise SettingsError(f"There is no goal {self.name!r}; the goals are {', '.join(GOALS)}.")
        kind = GOALS[self.name]
        if math.isnan(self.wanted) or not kind.low <= self.wanted <= kind.high:
            raise SettingsError(
                f"The goal {self.name} is {self.wanted:g}, but must be from {kind.low:g} to {kind.high:g} "
                f"({kind.label})."
            )

    @property
    def kind(self) -> Kind:
        """What the goal's number is."""
        return GOALS[self.name]


def goal_of(text: str) -> Goal:
    """Return the goal that a person writes as "sequences=6", "token_share=0.4", "forks=3" or "pass_at_k=0.05".

    Raises:
        SettingsError: no such goal, or no number that it can have.
    """
    name, _, number = text.partition("=")
    try:
        wanted = float(number)
    except ValueError:
        raise SettingsError(
            f"The goal is {text!r}, but is written like sequences=6; the goals are {', '.join(GOALS)}."
        ) from None
    return Goal(name.strip(), wanted)


def check_goal(goal: Goal, settings: Settings, has_answers: bool) -> None:
    """Raise what can be refused before a prompt is walked.

    Raises:
        SettingsError: the goal needs answers where none are known, or more sequences than M.
    """
    if goal.kind.needs_answers and not has_answers:
        raise SettingsError(f"The goal {goal.name} needs prompts with answers; name a task set, or take another goal.")
    if goal.name == "sequences" and settings.cap == "total" and goal.wanted > settings.max_sequences:
        raise SettingsError(
            f"The goal is {goal.wanted:g} sequences, but a prompt may have {settings.max_sequences} (M); raise M, or "
            "choose a lower goal."
        )
