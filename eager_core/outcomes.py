"""What a run came to, in the few numbers that settings are chosen by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eager_core.exploration import Exploration
from eager_core.settings import Settings
from eager_core.tree import TokenTree


@dataclass(frozen=True)
class Outcome:
    """One prompt at one choice of settings."""

    settings: Settings
    num_tokens: int
    """#T: generated tokens, shared prefixes once."""
    num_sequences: int
    """#S: kept sequences."""
    num_forks: int
    full_tokens: int
    """What M full samples of the same mean length would have cost, in tokens."""
    is_solved: bool | None = None
    """Whether any sequence is correct; None where no answer is known."""

    @property
    def saved_fraction(self) -> float:
        """The share of the full samples' tokens that was not needed; 0 where there is nothing to compare with."""
        return 1 - self.num_tokens / self.full_tokens if self.full_tokens else 0.0


def outcome_of(tree: TokenTree, is_solved: bool | None = None) -> Outcome:
    """Return what a run that has ended came to."""
    if tree.started is None:
        raise ValueError("an outcome needs a run")
    ledger = tree.ledger()
    return Outcome(
        settings=tree.started.settings,
        num_tokens=ledger.generated_tokens,
        num_sequences=len(tree.kept_sequences),
        num_forks=len(tree.forks),
        full_tokens=ledger.parallel_tokens,
        is_solved=is_solved,
    )


def swept_trees(
    exploration: Exploration, settings: Sequence[Settings], should_stop: Callable[[], bool] = lambda: False
) -> list[TokenTree]:
    """Return the trees that a joint walk of `settings` grows, in their order; raises as `Exploration.sweep`."""
    trees = [TokenTree() for _ in settings]
    for number, event in exploration.sweep(settings, should_stop):
        trees[number].apply(event)
    return trees
