"""The neighbourhood of the present settings, as far as it is known."""

from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Literal

from eager_core.by_hand import HandBranch
from eager_core.exploration import Exploration
from eager_core.joint import KnownWalk
from eager_core.settings import Settings
from eager_core.what_if.curve import Curve, Place, outcome_under
from eager_core.what_if.intervals import SameTree, same_tree
from eager_core.what_if.scales import Setting, Value, limits_of, places_of, value_of, with_setting
from eager_core.what_if.steps import Step, step_between


class WhatIf:
    """What other values of theta, M and temperature give, one changed at a time. The model is not asked.

        what_if = WhatIf(exploration, settings)
        for place in what_if.curve("theta").places:
            print(place.value, place.outcome)
        what_if.same_tree("theta")                  # the thetas at which this very tree stays the same
        what_if.next_change("theta", "up")          # where it changes next

    Where a run is known to its end is found by walking it; over what this costs, see `curve`. Keeps what it found until
    the exploration knows more, or less; no trees. One thread at a time; waits for a run under way to end.

    (Where memory ran so short that hidden states were let go, a draw beyond the kept tokens of a prediction may still
    ask for one node again, as a run would.)
    """

    def __init__(self, exploration: Exploration, settings: Settings, by_hand: Sequence[HandBranch] = ()) -> None:
        self._exploration = exploration
        self._settings = settings
        self._by_hand = tuple(by_hand)
        self._places: dict[tuple[Setting, Value], Place] = {}
        self._steps: dict[tuple[Setting, Value, Value], Step | None] = {}
        self._same: dict[Setting, SameTree] = {}
        self._version = (-1, -1)

    def curve(
        self,
        setting: Setting,
        values: Sequence[Value] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Curve | None:
        """Return what is known of each value of `setting`, and what changes between known neighbours.

        Costs one walk over known nodes (some 20 ms for 8 sequences of 96 tokens) for each tree that was not found
        before: where a walked tree is known to stay the same up to the next place, that one is not walked.

        Args:
            values: its places; None: those of `places_of`. The present value is added.
            should_stop: asked before each place is looked at.
        Returns:
            None if `should_stop` stopped it; what was found by then need not be found again.
        """
        self._forget_if_changed()
        present = value_of(setting, self._settings)
        asked = places_of(setting, self._settings) if values is None else values
        asked = sorted({*asked, present})
        walked: dict[Value, KnownWalk] = {}
        for value in asked:
            if should_stop():
                return None
            if (setting, value) not in self._places:
                self._find(setting, value, walked)
        places = [self._places[setting, value] for value in asked]
        known = [place.value for place in places if place.is_known]
        steps = []
        for low, high in pairwise(known):
            if should_stop():
                return None
            steps.append(self._step(setting, low, high, walked))
        return Curve(setting, present, tuple(places), tuple(step for step in steps if step is not None))

    def same_tree(self, setting: Setting) -> SameTree:
        """Return over which values of `setting` the present tree stays the same, as far as the run is known."""
        self._forget_if_changed()
        if setting not in self._same:
            walked = self._walk(self._settings)
            self._same[setting] = same_tree(walked, setting, self._walk, self._exploration)
        return self._same[setting]

    def next_change(
        self, setting: Setting, direction: Literal["up", "down"], step: float | None = None
    ) -> Value | None:
        """Return the nearest value in a direction at which it is another tree; None where there is none.

        Args:
            step: of a slider: rounded outwards to a multiple of it. None: as near as it is known.
        """
        same = self.same_tree(setting)
        change = same.above if direction == "up" else same.below
        if change is None or step is None or setting == "max_sequences":
            return change
        low, high = limits_of(setting, self._settings)
        rounding = ROUND_CEILING if direction == "up" else ROUND_FLOOR
        steps = (Decimal(change) / Decimal(str(step))).to_integral_value(rounding)
        value = float(steps * Decimal(str(step)))
        return value if low <= value <= high else change

    def _walk(self, settings: Settings) -> KnownWalk:
        return self._exploration.known_walk(settings, self._by_hand)

    def _walked(self, setting: Setting, value: Value, walked: dict[Value, KnownWalk]) -> KnownWalk:
        """Return the walk that gives the tree of `value`, which may be that of a lower value."""
        if value not in walked:
            below = max((other for other in walked if other < value), default=None)
            if below is not None and _stays(setting, walked[below], value):
                walked[value] = walked[below]
            else:
                walked[value] = self._walk(with_setting(self._settings, setting, value))
        return walked[value]

    def _find(self, setting: Setting, value: Value, walked: dict[Value, KnownWalk]) -> None:
        walk = self._walked(setting, value, walked)
        settings = with_setting(self._settings, setting, value)
        self._places[setting, value] = Place(value, outcome_under(walk.tree, settings) if walk.is_whole else None)

    def _step(self, setting: Setting, low: Value, high: Value, walked: dict[Value, KnownWalk]) -> Step | None:
        key = setting, low, high
        if key not in self._steps:
            lower, higher = (self._walked(setting, value, walked) for value in (low, high))
            self._steps[key] = (
                None if lower is higher else step_between(setting, low, lower, high, higher, self._exploration)
            )
        return self._steps[key]

    def _forget_if_changed(self) -> None:
        """Places found known stay so until something is forgotten, open ones until something is learnt."""
        knowledge = self._exploration.knowledge
        version = knowledge.num_learnt, knowledge.num_forgotten
        if version[1] != self._version[1]:
            self._places, self._steps, self._same = {}, {}, {}
        elif version != self._version:
            self._places = {key: place for key, place in self._places.items() if place.is_known}
            self._same = {}
        self._version = version


def _stays(setting: Setting, walk: KnownWalk, value: Value) -> bool:
    """Whether the tree of `walk` is known to be that of `value` too."""
    if setting == "theta":
        return value in walk.theta_interval
    return setting == "max_sequences" and walk.sequences_interval is not None and value in walk.sequences_interval
