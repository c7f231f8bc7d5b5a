"""Looking ahead: while nobody asks, explore what the sliders may be asked next.

Walks of all places of a slider stand beside each other, the nearest places first. Each step lets those walk on that
know enough, and asks the model for some of what the others wait for: the nearest ones' nodes first, as many as there
are spare places. Theta comes first, then M, then temperature.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eager_core.by_hand import HandBranch
from eager_core.errors import EagerError
from eager_core.exploration import Exploration
from eager_core.generation import Walk
from eager_core.known_node import KnownNode
from eager_core.settings import Settings
from eager_core.what_if import SETTINGS, Setting, places_of

ANTICIPATE_VARIABLE = "EAGER_EXPLORER_ANTICIPATE"
"""Set to 0 in the environment, nothing is explored that nobody asked for."""

STEPS_IN_A_TURN = 40
"""Steps of walks over known nodes in one turn of an exploration: some 10 ms for walks of 8 sequences."""


def is_asked_for(environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether there is to be any anticipation in this process."""
    return environment.get(ANTICIPATE_VARIABLE, "").strip() != "0"


@dataclass(frozen=True)
class Bounds:
    """How far one anticipation may go."""

    num_nodes: int = 6000
    """Nodes that it may ask the model for; each takes a KV row and a prediction."""
    patience_s: float = 0.5
    """How long one step waits for a spare place."""


class Anticipation:
    """Explores the neighbourhood of a run that has ended, a step at a time.

        anticipation = Anticipation(exploration, settings)
        while not somebody_acts() and anticipation.step():
            pass

    What it learns stays known to the exploration, whether or not it comes to its end: drop it at any moment. Runs are
    the same with it and without it, and wait for it no longer than for the pass under way, for it has the exploration's
    turn only between passes, and its nodes ride in spare places. Used by one thread.
    """

    def __init__(
        self,
        exploration: Exploration,
        settings: Settings,
        bounds: Bounds | None = None,
        by_hand: Sequence[HandBranch] = (),
        sliders: Sequence[Setting] = SETTINGS,
    ) -> None:
        """
        Args:
            settings: those of the run that has ended; one of them at a time is taken elsewhere.
            sliders: which of them, in this order.
        """
        self._exploration = exploration
        self._knowledge = exploration.knowledge
        self._bounds = bounds or Bounds()
        self._by_hand = tuple(by_hand)
        self._groups = iter([(slider, nearest_first(settings, slider)) for slider in sliders])
        self.slider: Setting | None = None
        """The one whose places are walked, or were walked last."""
        self._walks: dict[Settings, Walk] = {}
        """Those of the group under way that have not ended, the nearest first."""
        self._failed: set[KnownNode] = set()
        """Nodes of which the model said nothing sensible."""
        self.num_nodes = 0
        """Nodes that the model was asked for."""
        self.known: list[Settings] = []
        """Places that were walked to their end, or found to be the same as one that was, in this order."""
        self.is_over = False
        """Whether there is nothing more to do, or no more to be had."""
        self.gave_up: str | None = None
        """Where it is over before all was known, why, in one sentence."""

    @property
    def num_known(self) -> int:
        """Places that are `known`."""
        return len(self.known)

    def step(self) -> bool:
        """Go on by at most one pass; return False once `is_over`.

        Waits a moment at most for a spare place, and may then have done nothing. Raises nothing: what fails here fails
        again where somebody asks for it.
        """
        if self.is_over:
            return False
        try:
            wanted = self._walk_on()
            if wanted:
                told = self._knowledge.foretell(wanted, self._bounds.patience_s)
                with self._exploration.spare_turn(self._bounds.patience_s) as has_turn:
                    # Without the turn, for a run has begun: what was told is kept where it was said.
                    if has_turn:
                        self.num_nodes += len(told)
                        self._failed.update(self._knowledge.learn(told))
                if self.num_nodes >= self._bounds.num_nodes:
                    self._give_up(f"It asked for {self.num_nodes:,} nodes, and may ask for {self._bounds.num_nodes:,}.")
        except EagerError as error:
            self._give_up(str(error))
        return not self.is_over

    def _give_up(self, why: str) -> None:
        self.is_over, self.gave_up = True, why

    def run(self, should_stop: Callable[[], bool] = lambda: False) -> None:
        """Go on until all is known, the bounds are reached, or `should_stop`, which is asked before each step."""
        while not should_stop() and self.step():
            pass

    def _walk_on(self) -> list[KnownNode]:
        """Let walks go on that know enough, for one turn, and return what the others wait for, the nearest's first;
        nothing while there is more to walk."""
        with self._exploration.spare_turn(self._bounds.patience_s) as has_turn:
            if not has_turn or not (self._walks or self._begin_group()):
                return []
            steps = iter(range(STEPS_IN_A_TURN))
            for settings, walk in list(self._walks.items()):
                while settings in self._walks and self._try_step(settings, walk):
                    if next(steps, None) is None:
                        return []
            nodes = [node for walk in self._walks.values() for node in walk.wanted()]
            return [node for node in dict.fromkeys(nodes) if node.prediction is None]

    def _begin_group(self) -> bool:
        """Begin the walks of the next slider; False where there is none, and all is over."""
        slider, group = next(self._groups, (None, []))
        if slider is None:
            self.is_over = True
            return False
        self.slider = slider
        self._walks = {
            settings: Walk(self._knowledge, settings, self._exploration.seed, self._by_hand) for settings in group
        }
        return True

    def _try_step(self, settings: Settings, walk: Walk) -> bool:
        """Let a walk take its step if it knows enough, and return whether it did."""
        if not self._failed.isdisjoint(walk.wanted()):
            del self._walks[settings]
            return False
        if not walk.can_step():
            return False
        try:
            for _ in walk.step():
                pass
        except EagerError:
            # A measure that this model does not tell, say: the run that asks for it will hear of it.
            del self._walks[settings]
            return False
        if walk.is_over:
            self._end(settings, walk)
        return True

    def _end(self, settings: Settings, walk: Walk) -> None:
        """Leave a walk that has ended, and those that are known to be the same."""
        same = [other for other in self._walks if other == settings or _is_same(walk, settings, other)]
        for other in same:
            del self._walks[other]
        self.known += same


def nearest_first(settings: Settings, slider: Setting) -> list[Settings]:
    """Return `settings` at each place of a slider, the nearest to the present value first, of equally near ones the
    higher."""
    here = getattr(settings, slider)
    places = sorted(places_of(slider, settings), key=lambda value: (round(abs(value - here), 9), -value))
    changes: list[dict[str, Any]] = [{slider: value} for value in places]
    return [replace(settings, **change) for change in changes]


def _is_same(walk: Walk, settings: Settings, other: Settings) -> bool:
    """Whether a walk that has ended is known to be that of `other` too, which differs in one setting."""
    strategy = walk.strategy
    if replace(settings, theta=other.theta) == other:
        return other.theta in strategy.theta_interval
    interval = strategy.sequences_interval
    is_other_m = replace(settings, max_sequences=other.max_sequences) == other
    return is_other_m and interval is not None and other.max_sequences in interval
