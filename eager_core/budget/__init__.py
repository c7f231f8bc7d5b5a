"""Stage 2: what easy prompts saved, and who gets it. Pure arithmetic over the outcomes of stage 1."""

from eager_core.budget.allocation import RULES, STAGES, Allocation, Grant, Outcome, allocate
from eager_core.budget.card import CardAllocation, allocate_by_card
from eager_core.budget.retries import retry_thetas

__all__ = [
    "RULES",
    "STAGES",
    "Allocation",
    "CardAllocation",
    "Grant",
    "Outcome",
    "allocate",
    "allocate_by_card",
    "retry_thetas",
]
