"""What a study of the worth of forks does, and the most that it costs."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from eager_core.errors import SettingsError
from eager_core.prompt import DEFAULT_DATE, check_date
from eager_core.settings import LARGEST_THETA_NATS, MEASURES, Settings, check_seed

LEVELS = (0.999, 0.997, 0.99, 0.98, 0.965, 0.94, 0.9, 0.8)
"""Quantiles of a measure over all tokens of the samples, that become its thetas: from few forks to many. Where every
tenth token forks, M is reached within a line."""

LARGEST_PROMPT_TOKENS = 65_536
"""M times the length: a prompt's record holds every measure of each of its tokens."""
LARGEST_NUM_PLACES = 256
LARGEST_NUM_ROLLOUTS = 64


@dataclass(frozen=True)
class Cost:
    """The most tokens that a study generates; what its walks share, and texts that end early, cost less."""

    sample_tokens: int
    rollout_tokens: int
    walk_tokens: int

    @property
    def tokens(self) -> int:
        """All of them."""
        return self.sample_tokens + self.rollout_tokens + self.walk_tokens


@dataclass(frozen=True)
class WorthPlan:
    """What is measured, and with how much work.

    Raises:
        SettingsError: a value out of its range, or settings under which no measure can be compared.
    """

    settings: Settings = field(default_factory=Settings)
    """M, temperature, top-p and length of samples, rollouts and walks; theta and measure are chosen by the study."""
    measures: tuple[str, ...] = MEASURES
    num_places: int = 16
    """Most places of a prompt that are rolled out."""
    num_rollouts: int = 4
    """From each of a place's two most likely tokens."""
    difference: float = 0.5
    """Outcomes differ where the pass rates of the two sides are at least so far apart."""
    seed: int = 0
    date: str = DEFAULT_DATE

    def __post_init__(self) -> None:
        check_seed(self.seed)
        object.__setattr__(self, "date", check_date(self.date))
        _check_measures(self.measures)
        _check_whole("places", self.num_places, LARGEST_NUM_PLACES)
        _check_whole("rollouts", self.num_rollouts, LARGEST_NUM_ROLLOUTS)
        if not 0 < self.difference <= 1:
            raise SettingsError(
                f"The difference is {self.difference!r}, but must be above 0 to 1, a gap between two pass rates; "
                "0.5 is standard."
            )
        self._check_settings()

    def _check_settings(self) -> None:
        asked, default = self.settings, Settings()
        for name in ("strategy", "entropy_of", "theta", "measure"):
            if getattr(asked, name) != getattr(default, name):
                raise SettingsError(
                    f"{name} is {getattr(asked, name)!r}, but this study chooses it by itself, for each measure; leave "
                    "it out."
                )
        if asked.temperature == 0:
            raise SettingsError("The temperature is 0, at which all rollouts are alike; choose one above 0, say 0.6.")
        if asked.max_sequences < 2:
            raise SettingsError("max_sequences (M) is 1, with which nothing forks; choose 2 or more.")
        if asked.max_sequences * asked.max_new_tokens > LARGEST_PROMPT_TOKENS:
            raise SettingsError(
                f"{asked.max_sequences} sequences of {asked.max_new_tokens:,} tokens are more than the "
                f"{LARGEST_PROMPT_TOKENS:,} tokens a prompt that are kept; lower M, or the length."
            )

    @property
    def samples(self) -> Settings:
        """M independent samples: they fork nowhere, so that no measure is favoured by what it has made."""
        return replace(self.settings, strategy="parallel")

    def walk(self, measure: str, theta: float) -> Settings:
        """Return the settings under which `measure` makes the forks."""
        return replace(self.settings, measure=measure, theta=min(max(theta, 0.0), LARGEST_THETA_NATS))

    def cost(self, num_prompts: int) -> Cost:
        """Return the most that the study of so many prompts costs."""
        most, length = self.settings.max_sequences, self.settings.max_new_tokens
        return Cost(
            sample_tokens=num_prompts * most * length,
            rollout_tokens=num_prompts * self.num_places * 2 * self.num_rollouts * length,
            walk_tokens=num_prompts * len(self.measures) * len(LEVELS) * most * length,
        )


def cost_words(plan: WorthPlan, num_prompts: int) -> str:
    """Return in one sentence what a study will do, and the most that it costs."""
    cost = plan.cost(num_prompts)
    return (
        f"{num_prompts} prompts: {plan.settings.max_sequences} samples each, up to {plan.num_places} places x 2 tokens "
        f"x {plan.num_rollouts} rollouts, and {len(plan.measures)} measures x {len(LEVELS)} thetas in one joint walk; "
        f"at most {cost.tokens:,} tokens ({cost.rollout_tokens:,} of them rollouts), less what is shared."
    )


def _check_measures(measures: Sequence[str]) -> None:
    unknown = [name for name in measures if name not in MEASURES]
    if unknown or not measures or len({*measures}) < len(measures):
        raise SettingsError(
            f"The measures are {', '.join(measures) or 'none'}, but must be some of: {', '.join(MEASURES)}; each once."
        )


def _check_whole(noun: str, number: int, most: int) -> None:
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= most:
        raise SettingsError(f"The number of {noun} is {number!r}, but must be a whole number from 1 to {most}.")


