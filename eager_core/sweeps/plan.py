"""What a sweep walks: a grid of theta and M, and full sampling at each M."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from eager_core.errors import SettingsError
from eager_core.grids import grid_of
from eager_core.joint import LARGEST_NUM_WALKS
from eager_core.prompt import DEFAULT_DATE, check_date
from eager_core.settings import STRATEGIES_WITH_THETA, Settings, check_seed

PAPER_THETAS = tuple(round(0.1 * tenths, 1) for tenths in range(18, 28))
PAPER_MAX_SEQUENCES = (1, 4, 8, 16, 24, 32)
"""The grid of the paper's sensitivity figure."""


@dataclass(frozen=True)
class SweepPlan:
    """What a sweep walks.

    Raises:
        SettingsError: an empty grid, more settings than one joint walk takes, a value that a setting can't have, or
            several thetas for a strategy that has none.
    References:
        EAGer (arXiv 2510.11170): theta 1.8 .. 2.7 nats, M 1 .. 32.
    """

    settings: Settings = field(default_factory=Settings)
    """All but theta and M, which the grid gives."""
    thetas: Sequence[float] = PAPER_THETAS
    """Nats, as the measure has them. Of a strategy without theta: one, which plays no part."""
    max_sequences: Sequence[int] = PAPER_MAX_SEQUENCES
    """The values of M."""
    has_baseline: bool = True
    """Whether full parallel sampling is walked too, at each M."""
    seed: int = 0
    date: str = DEFAULT_DATE
    """YYYY-MM-DD, for chat templates that tell the model a date; "today" becomes such a one."""

    _walks: tuple[Settings, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_seed(self.seed)
        object.__setattr__(self, "date", check_date(self.date))
        object.__setattr__(self, "thetas", tuple(dict.fromkeys(self.thetas)))
        object.__setattr__(self, "max_sequences", tuple(dict.fromkeys(self.max_sequences)))
        if not self.thetas or not self.max_sequences:
            empty = "max_sequences (M)" if self.thetas else "theta"
            raise SettingsError(f"The grid has no value of {empty}; name a range like 1.8:2.7:0.1, or 1,4,8.")
        if not self.has_theta and len(self.thetas) > 1:
            raise SettingsError(
                f"The strategy {self.settings.strategy} has no theta, but {len(self.thetas):,} were asked for; give "
                f"one, or choose {' or '.join(STRATEGIES_WITH_THETA)}."
            )
        num_walks = (len(self.thetas) + self._walks_baseline) * len(self.max_sequences)
        if num_walks > LARGEST_NUM_WALKS:
            raise SettingsError(
                f"The grid has {num_walks:,} settings, full sampling counted, but up to {LARGEST_NUM_WALKS:,} can be "
                "walked together; take fewer values of theta or M."
            )
        # Made once, so that a value that can't be is refused here.
        object.__setattr__(self, "_walks", (*self._grid(), *self._baselines()))

    @property
    def has_theta(self) -> bool:
        """Whether theta decides anything."""
        return self.settings.strategy in STRATEGIES_WITH_THETA

    @property
    def walks(self) -> tuple[Settings, ...]:
        """The settings that are walked together: theta changing fastest, then M; then full sampling at each M."""
        return self._walks

    @property
    def num_settings(self) -> int:
        """Settings of the grid, full sampling left out; they stand first among the walks."""
        return len(self.thetas) * len(self.max_sequences)

    def baseline_of(self, walk: int) -> int | None:
        """Return which walk is full sampling at the same M as `walk`, None where none is."""
        if not self._walks_baseline:
            return walk if self.settings.strategy == "parallel" else None
        return self.num_settings + self.max_sequences.index(self._walks[walk].max_sequences)

    @property
    def _walks_baseline(self) -> bool:
        return self.has_baseline and self.settings.strategy != "parallel"

    def _grid(self) -> list[Settings]:
        return grid_of(self.settings, self.thetas, self.max_sequences)

    def _baselines(self) -> list[Settings]:
        if not self._walks_baseline:
            return []
        return [replace(self.settings, strategy="parallel", max_sequences=most) for most in self.max_sequences]
