"""Outcomes against the values of one setting."""

from dataclasses import dataclass, replace

from eager_core.outcomes import Outcome, outcome_of
from eager_core.settings import Settings
from eager_core.tree import TokenTree
from eager_core.what_if.scales import Setting, Value
from eager_core.what_if.steps import Step


@dataclass(frozen=True)
class Place:
    """One value of the setting."""

    value: Value
    outcome: Outcome | None
    """What the run comes to; None where it is not known to its end."""

    @property
    def is_known(self) -> bool:
        """Whether the whole run is known, so that walking it asks no model."""
        return self.outcome is not None


@dataclass(frozen=True)
class Curve:
    """What is known of a setting's slider."""

    setting: Setting
    present: Value
    places: tuple[Place, ...]
    """By rising value; the present one is among them."""
    steps: tuple[Step, ...]
    """One for each pair of neighbouring known places whose trees differ. Open places may lie between them."""

    @property
    def num_known(self) -> int:
        """Places whose whole run is known."""
        return sum(place.is_known for place in self.places)


def outcome_under(tree: TokenTree, settings: Settings) -> Outcome:
    """Return what a run with `settings` comes to, which takes the tokens and forks of `tree`."""
    tree = tree.snapshot()
    # A tree can be that of several M, but what M full samples would have cost is another for each.
    tree.started = replace(tree.start, settings=settings)
    return outcome_of(tree)
