"""When to fork: one small class a strategy, chosen by name."""

from eager_core.settings import Settings
from eager_core.strategies.decision import Decision, Situation, Strategy
from eager_core.strategies.paper import PaperStrategy

__all__ = ["Decision", "Situation", "Strategy", "strategy_for"]

_CLASS_OF_NAME = {"paper": PaperStrategy}


def strategy_for(settings: Settings) -> Strategy:
    """Return a fresh strategy for one run."""
    return _CLASS_OF_NAME[settings.strategy](settings)
