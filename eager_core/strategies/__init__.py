"""When to fork: one small class a strategy, chosen by name."""

from collections.abc import Callable, Mapping

from eager_core.settings import Settings
from eager_core.strategies.counts import SequenceCounts
from eager_core.strategies.decision import Candidate, Decision, Situation, Strategy
from eager_core.strategies.interval import SequencesInterval, ThetaInterval
from eager_core.strategies.paper import PaperStrategy
from eager_core.strategies.percentile import PercentileStrategy
from eager_core.strategies.plain import GreedyStrategy, ParallelStrategy
from eager_core.strategies.reference import ReferenceStrategy

__all__ = [
    "STRATEGY_OF_NAME",
    "Candidate",
    "Decision",
    "SequenceCounts",
    "SequencesInterval",
    "Situation",
    "Strategy",
    "ThetaInterval",
    "strategy_for",
]

STRATEGY_OF_NAME: Mapping[str, Callable[[Settings], Strategy]] = {
    "paper": PaperStrategy,
    "reference": ReferenceStrategy,
    "percentile": PercentileStrategy,
    "parallel": ParallelStrategy,
    "greedy": GreedyStrategy,
}
"""The strategies by the names in `settings.STRATEGIES`; each is made afresh for a run."""


def strategy_for(settings: Settings) -> Strategy:
    """Return a fresh strategy for one run."""
    return STRATEGY_OF_NAME[settings.strategy](settings)
