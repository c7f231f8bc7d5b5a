"""What theta is chosen for."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eager_core.errors import SettingsError
from eager_core.outcomes import Outcome


@dataclass(frozen=True)
class Kind:
    """One kind of goal: a number that a set of prompts has at a theta."""

    label: str
    """For people, with its unit."""
    low: float
    high: float
    """What may be asked for."""
    of: Callable[[Sequence[Outcome]], float]
    """Returns the number of some prompts at one theta."""
    needs_answers: bool = False


def _mean_sequences(outcomes: Sequence[Outcome]) -> float:
    return sum(outcome.num_sequences for outcome in outcomes) / len(outcomes)


def _token_share(outcomes: Sequence[Outcome]) -> float:
    return sum(outcome.num_tokens for outcome in outcomes) / max(1, sum(outcome.full_tokens for outcome in outcomes))


def _forks_per_100_tokens(outcomes: Sequence[Outcome]) -> float:
    return 100 * sum(outcome.num_forks for outcome in outcomes) / max(1, sum(o.num_tokens for o in outcomes))


def _pass_at_k(outcomes: Sequence[Outcome]) -> float:
    return sum(bool(outcome.is_solved) for outcome in outcomes) / len(outcomes)


GOALS: Mapping[str, Kind] = {
    "sequences": Kind("mean number of sequences a prompt", 1, 1024, _mean_sequences),
    "token_share": Kind("tokens, as a share of full parallel sampling's", 0, 1, _token_share),
    "forks": Kind("forks per 100 generated tokens", 0, 100, _forks_per_100_tokens),
    "pass_at_k": Kind("Pass@k, no further below the best than", 0, 1, _pass_at_k, needs_answers=True),
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
