"""What runs in the background once a visitor's run has ended: their sliders' neighbourhood, told and explored."""

import time
from collections.abc import Callable, Iterator, Sequence

from components.what_if.news import News, Slider, told_curve, told_same
from eager_core.anticipation import Anticipation
from eager_core.by_hand import HandBranch
from eager_core.errors import EagerError
from eager_core.exploration import Exploration
from eager_core.settings import Settings
from eager_core.what_if import SETTINGS, Place, Setting, WhatIf, limits_of, places_of
from eager_core.what_if.scales import Value, value_of

TELL_EVERY_S = 0.3
"""While places are explored. Telling costs a walk over known nodes or two for each new place, so not at every pass."""


PAUSE_S = 0.25
"""Before anything that costs more than a moment: a slider that is being dragged asks for something else before long."""

_POLL_S = 0.02


class LookingAhead:
    """Tells of the neighbourhood of one run that has ended; used by one thread, that of `news`.

    Asks the model only in steps of `Anticipation`, each of one pass at most, and ends before the next one once it is
    over. Walks over known nodes take the exploration's turn one at a time: some 20 ms for 8 sequences of 96 tokens.
    """

    def __init__(
        self,
        exploration: Exploration,
        settings: Settings,
        by_hand: Sequence[HandBranch],
        explores: bool,
        is_over: Callable[[], bool],
        wait_until_quiet: Callable[[], None] = lambda: None,
        pause_s: float = PAUSE_S,
    ) -> None:
        """
        Args:
            settings, by_hand: those of the run.
            explores: whether to ask the model for what is not known.
            is_over: asked before each step and each walk.
            wait_until_quiet: returns once nothing else is asked of the exploration; called before each step.
        """
        self._settings = settings
        self._what_if = WhatIf(exploration, settings, by_hand)
        self._anticipation = Anticipation(exploration, settings, by_hand=by_hand) if explores else None
        self._is_over = is_over
        self._wait_until_quiet = wait_until_quiet
        self._pause_s = pause_s
        self._sliders: dict[Setting, Slider] = {setting: {} for setting in SETTINGS}
        self._known: dict[Setting, set[Value]] = {setting: set() for setting in SETTINGS}
        self._num_looked_at = 0
        """Of those places that the anticipation knows."""

    def news(self) -> Iterator[News]:
        """Yield what there is to tell, at last everything; ends once it is over.

        Raises nothing: what fails here fails again where somebody asks for it.
        """
        try:
            yield from self._intervals("theta", "max_sequences")
            self._pause()
            yield from self._curves()
            yield from self._intervals("temperature")  # the only one that may take longer
            if self._anticipation is not None:
                yield from self._explored(self._anticipation)
        except EagerError:
            pass  # of memory that was freed, a measure that the model does not tell
        yield News({} if self._is_over() else dict(self._sliders), None)

    def _pause(self) -> None:
        until = time.monotonic() + self._pause_s
        while not self._is_over() and time.monotonic() < until:
            time.sleep(_POLL_S)

    def _intervals(self, *settings: Setting) -> Iterator[News]:
        for setting in settings:
            if self._is_over():
                return
            self._sliders[setting] |= self._same(setting)
            yield self._told(setting)

    def _same(self, setting: Setting) -> Slider:
        return told_same(self._what_if.same_tree(setting), limits_of(setting, self._settings))

    def _curves(self) -> Iterator[News]:
        """Tell what is known already."""
        for setting in SETTINGS:
            curve = self._what_if.curve(setting, should_stop=self._is_over)
            if curve is None:
                return
            self._known[setting] = {place.value for place in curve.places if place.is_known}
            self._sliders[setting] |= told_curve(curve, {})
            yield self._told(setting)

    def _explored(self, anticipation: Anticipation) -> Iterator[News]:
        told_at = time.monotonic()
        goes_on = True
        while goes_on:
            self._wait_until_quiet()
            if self._is_over():
                return
            goes_on = anticipation.step()
            if not goes_on or time.monotonic() - told_at >= TELL_EVERY_S:
                yield from self._found(anticipation)
                told_at = time.monotonic()

    def _found(self, anticipation: Anticipation) -> Iterator[News]:
        """Tell of the places that became known since the last time."""
        new, self._num_looked_at = anticipation.known[self._num_looked_at :], anticipation.num_known
        for setting in SETTINGS:
            values = {value_of(setting, settings) for settings in new if self._is_of(settings, setting)}
            if values <= self._known[setting]:
                continue
            self._known[setting] |= values
            curve = self._what_if.curve(setting, sorted(self._known[setting]), self._is_over)
            if curve is None:
                return
            every = {value: Place(value, None) for value in places_of(setting, self._settings)}
            self._sliders[setting] |= told_curve(curve, every)
            yield self._told(setting)

    def _is_of(self, settings: Settings, setting: Setting) -> bool:
        """Whether `settings` are a place of the slider of `setting`."""
        others = [other for other in SETTINGS if other != setting]
        return all(value_of(other, settings) == value_of(other, self._settings) for other in others)

    def _told(self, setting: Setting) -> News:
        return News({setting: dict(self._sliders[setting])}, self._slider_under_way())

    def _slider_under_way(self) -> Setting | None:
        if self._anticipation is None or self._anticipation.is_over:
            return None
        return self._anticipation.slider or SETTINGS[0]
