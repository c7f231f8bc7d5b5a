"""The baselines that never fork: independent samples, and the one most likely continuation."""

from eager_core.settings import Settings
from eager_core.strategies.decision import Decision, Situation, Strategy
from eager_core.strategies.interval import SequencesInterval

_DRAW = Decision(1, "drawn", None, None)
_TAKE_MOST_LIKELY = Decision(1, "greedy", None, None)


class ParallelStrategy(Strategy):
    """Full parallel sampling, the paper's baseline: M samples from the prompt, each with dice of its own. No state."""

    def __init__(self, settings: Settings) -> None:
        self.num_starts = settings.max_sequences
        self._decision = _TAKE_MOST_LIKELY if settings.temperature == 0 else _DRAW

    def decide(self, situation: Situation) -> Decision:
        return self._decision

    @property
    def sequences_interval(self) -> SequencesInterval:
        return SequencesInterval(self.num_starts, self.num_starts)


class GreedyStrategy(Strategy):
    """One sequence of most likely tokens, whatever the temperature. No state."""

    def __init__(self, settings: Settings) -> None:
        pass

    def decide(self, situation: Situation) -> Decision:
        return _TAKE_MOST_LIKELY

    @property
    def sequences_interval(self) -> SequencesInterval:
        return SequencesInterval()
