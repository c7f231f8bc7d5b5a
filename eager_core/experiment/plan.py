"""What an experiment does: its stages and their settings."""

from dataclasses import dataclass, field

from eager_core.budget import RULES
from eager_core.errors import SettingsError
from eager_core.prompt import DEFAULT_DATE, check_date
from eager_core.settings import LARGEST_MAX_SEQUENCES, Settings, check_seed

ALL_STAGES = ("parallel", "init", "adapt", "full", "plain", "card")
"""Full parallel sampling, EAGer-init, stage 2 without and with labels, one greedy sequence, the skill card's budget."""

LARGEST_TARGET_COST = 4.0

CONTINUES = {"adapt": "init", "full": "init", "card": "plain"}
"""The stage whose sequences and tokens a stage goes on from."""


@dataclass(frozen=True)
class Plan:
    """What an experiment does.

    Raises:
        SettingsError: unknown stages or rules, a strategy that never forks, a cost out of range, or an M so large that
            stage 2 would exceed the most sequences.
    """

    settings: Settings = field(default_factory=Settings)
    """Of stage 1; parallel sampling takes its M, temperature, top-p and length."""
    stages: tuple[str, ...] = ("parallel", "init", "adapt", "full")
    rules: str = "paper"
    """Whose stage 2: "paper" or "reference"."""
    seed: int = 0
    target_cost: float = 1.0
    """Stage "card" only: 1.0 is M sequences a prompt."""
    date: str = DEFAULT_DATE
    """YYYY-MM-DD, for chat templates that tell the model a date; "today" becomes such a one."""

    def __post_init__(self) -> None:
        check_seed(self.seed)
        object.__setattr__(self, "date", check_date(self.date))
        unknown = [stage for stage in self.stages if stage not in ALL_STAGES]
        if unknown or not self.stages:
            raise SettingsError(f"stages are {list(self.stages)}, but must be some of: {', '.join(ALL_STAGES)}.")
        if self.rules not in RULES:
            raise SettingsError(f"rules is {self.rules!r}, but must be one of: {', '.join(RULES)}.")
        if self.settings.strategy in ("parallel", "greedy"):
            raise SettingsError(
                f"The strategy of an experiment is {self.settings.strategy!r}, but must be one that forks; its stages "
                '"parallel" and "plain" are the baselines.'
            )
        if not 0 < self.target_cost <= LARGEST_TARGET_COST:
            raise SettingsError(
                f"target_cost is {self.target_cost!r}, but must be above 0 to {LARGEST_TARGET_COST:g}; 1.0 is standard."
            )
        if 4 * self.settings.max_sequences > LARGEST_MAX_SEQUENCES and {*CONTINUES} & {*self.stages}:
            raise SettingsError(
                f"max_sequences (M) is {self.settings.max_sequences}, but at most {LARGEST_MAX_SEQUENCES // 4} leave "
                "room for what stage 2 gives; lower M, or leave stage 2 out."
            )

    @property
    def ordered_stages(self) -> tuple[str, ...]:
        """The stages asked for and those that they continue, in the order they run."""
        needed = {*self.stages, *(CONTINUES[stage] for stage in self.stages if stage in CONTINUES)}
        return tuple(stage for stage in ALL_STAGES if stage in needed)
