"""What a visitor asks a run for."""

from dataclasses import dataclass

from components.frame.controls import Controls
from components.visitors.engines import DEFAULT
from eager_core.by_hand import HandBranch
from eager_core.prompt import DEFAULT_DATE
from eager_core.settings import Settings


@dataclass(frozen=True)
class Asked:
    """What a run was asked for; asked again, it gives the same tree."""

    prompt: str
    seed: int
    settings: Settings
    model: str = DEFAULT
    """As typed."""
    precision: str = "auto"
    date: str = DEFAULT_DATE
    """What the prompt's chat frame tells of the date."""
    by_hand: tuple[HandBranch, ...] = ()
    """Branches that the visitor added, the latest last."""

    def is_of_tree_of(self, other: "Asked | None") -> bool:
        """Whether both walk the same one tree: then a branch by hand of one means the same in the other."""
        return other is not None and self._tree == other._tree

    @property
    def _tree(self) -> tuple:
        return self.model, self.precision, self.prompt, self.seed, self.date


def asked_of(prompt: str, controls: Controls) -> Asked:
    """Return what the page asks for; raises SettingsError where a control is empty or out of range."""
    settings = controls.settings()
    model = (controls.model or DEFAULT).strip()
    return Asked(prompt, controls.seed, settings, model, controls.precision, controls.checked_date())
