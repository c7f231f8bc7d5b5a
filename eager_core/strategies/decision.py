"""What a strategy is asked, and what it may answer."""

from dataclasses import dataclass
from typing import Protocol

from eager_core.prediction import Prediction


@dataclass(frozen=True, slots=True)
class Situation:
    """One sequence about to get its next token."""

    prediction: Prediction
    num_active: int
    """Unfinished sequences of the prompt at this moment, those forked earlier in the step counted."""
    num_total: int
    """All sequences of the prompt at this moment, finished ones counted."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Fork into the two most probable tokens, or draw one."""

    fork: bool
    entropy: float
    """Nats, as the strategy measured it."""
    threshold: float
    """Nats; the theta in force."""


class Strategy(Protocol):
    """Decides for one run; may keep what it has seen of it."""

    def decide(self, situation: Situation) -> Decision:
        """Return what to do. Called once a sequence and step, in the order of sequence ids."""
