"""What forks were worth, where answers are known."""

from eager_core.worth.marks import ForkOutcome, Mark, Side, TreeOutcomes, fork_outcomes, judged_leaves

__all__ = ["ForkOutcome", "Mark", "Side", "TreeOutcomes", "fork_outcomes", "judged_leaves"]
