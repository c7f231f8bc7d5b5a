"""Who gets the sequences that stage 1 did not use. `adapt` needs no labels, `full` does.

    M = 4, three prompts:   used 4 (saturated)   used 1   used 2      saved 3 * 4 - 7 = 5
    adapt                   +5 -> up to 9        -        -           given 5, left 0
"""

from collections.abc import Sequence
from dataclasses import dataclass

from eager_core.errors import SettingsError

STAGES = ("adapt", "full")
RULES = ("paper", "reference")


@dataclass(frozen=True)
class Outcome:
    """What stage 1 gave for one prompt."""

    num_sequences: int
    is_solved: bool | None = None
    """Whether any sequence is correct; None where there is no label."""


@dataclass(frozen=True)
class Grant:
    """What one prompt gets in stage 2."""

    prompt: int
    """Its place in the set, from 0."""
    num_extra: int
    """Sequences beyond M that it may have."""
    lowers_theta: bool
    """Whether it goes on with lower thresholds, as it failed without reaching M; see `retry_thetas`."""


@dataclass(frozen=True)
class Allocation:
    """All numbers of one reallocation. Checked when made: what was saved is given or left, to the sequence.

    Raises:
        AssertionError: the sums do not add up, which would be an error in this module.
    """

    stage: str
    rules: str
    max_sequences: int
    """M of stage 1."""
    num_prompts: int
    num_used: int
    """Sequences that stage 1 generated for all prompts."""
    num_saved: int
    """M * prompts - used."""
    most_given: int | None
    """Paper: 2M, the most given out in all; None: no such limit."""
    most_extra: int | None
    """Reference: 3M (adapt) or M (full), the most that one prompt gets; None: no such limit."""
    num_given: int
    num_left: int
    """Saved and not given: over a limit, or nobody to give it to."""
    grants: tuple[Grant, ...]

    def __post_init__(self) -> None:
        assert self.num_saved == self.max_sequences * self.num_prompts - self.num_used
        assert self.num_given == sum(grant.num_extra for grant in self.grants)
        assert self.num_given + self.num_left == self.num_saved
        assert self.num_left >= 0 and all(grant.num_extra >= 0 for grant in self.grants)
        assert len({grant.prompt for grant in self.grants}) == len(self.grants)


def allocate(outcomes: Sequence[Outcome], max_sequences: int, stage: str, rules: str = "paper") -> Allocation:
    """Return who gets what the prompts of stage 1 saved.

    A prompt may then have M and what it gets. Under `full` that can come to more than was saved: a prompt that failed
    below M uses up to M again, although what it left of its M counts as saved for all. So both paper and code have it;
    `num_over_budget` of an experiment's results says by how many sequences.

    Args:
        outcomes: of all prompts, in their order; none may have more than M sequences.
        max_sequences: M.
        stage: "adapt" gives to the prompts that reached M; "full" to those without a correct sequence.
        rules: "paper" spreads at most 2M in all; "reference" (the authors' code) gives each prompt at most 3M (adapt)
            or M (full). Both give what does not divide to the first prompts, one each.
    Raises:
        SettingsError: unknown stage or rules, an outcome above M, or `full` without labels.
    References:
        EAGer (arXiv 2510.11170), section 3.3.
    """
    _check(outcomes, max_sequences, stage, rules)
    num_used = sum(outcome.num_sequences for outcome in outcomes)
    num_saved = max_sequences * len(outcomes) - num_used
    most_given = 2 * max_sequences if rules == "paper" else None
    most_extra = None if rules == "paper" else max_sequences * (3 if stage == "adapt" else 1)
    needy = [number for number, outcome in enumerate(outcomes) if _is_needy(outcome, max_sequences, stage)]
    shares = _spread(num_saved if most_given is None else min(num_saved, most_given), len(needy))
    if most_extra is not None:
        shares = [min(share, most_extra) for share in shares]
    grants = tuple(
        Grant(number, share, stage == "full" and outcomes[number].num_sequences < max_sequences)
        for number, share in zip(needy, shares, strict=True)
    )
    return Allocation(
        stage, rules, max_sequences, len(outcomes), num_used, num_saved, most_given, most_extra,
        sum(shares), num_saved - sum(shares), grants,
    )  # fmt: skip


def _is_needy(outcome: Outcome, max_sequences: int, stage: str) -> bool:
    return outcome.num_sequences == max_sequences if stage == "adapt" else not outcome.is_solved


def _spread(num_sequences: int, num_prompts: int) -> list[int]:
    """Return whole, equal shares; what does not divide goes to the first, one each."""
    if num_prompts == 0:
        return []
    share, rest = divmod(num_sequences, num_prompts)
    return [share + (number < rest) for number in range(num_prompts)]


def _check(outcomes: Sequence[Outcome], max_sequences: int, stage: str, rules: str) -> None:
    for name, value, choices in (("stage", stage, STAGES), ("rules", rules, RULES)):
        if value not in choices:
            raise SettingsError(f"{name} is {value!r}, but must be one of: {', '.join(choices)}.")
    for number, outcome in enumerate(outcomes):
        if not 0 <= outcome.num_sequences <= max_sequences:
            raise SettingsError(
                f"Prompt {number} has {outcome.num_sequences} sequences, but stage 1 gives 0 to M = {max_sequences}; "
                "use the outcomes of a run with this M."
            )
        if stage == "full" and outcome.is_solved is None:
            raise SettingsError(f"Prompt {number} has no label, which stage full needs; use stage adapt.")
