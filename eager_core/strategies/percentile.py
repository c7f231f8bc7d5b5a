"""The skill card's variant: a threshold that follows the entropies seen, several children, greedy between forks."""

from collections.abc import Sequence

from eager_core.known_node import KnownNode
from eager_core.settings import Settings
from eager_core.strategies.counts import SequenceCounts
from eager_core.strategies.decision import Candidate, Decision, Situation, Strategy
from eager_core.strategies.quantile import RunningQuantile
from eager_core.uncertainty import full_entropy

THRESHOLD_WITHOUT_HISTORY_NATS = 5.0
MOST_PATHS = 32
BRANCH_BUDGET = 10
"""A path that has forked f times forks into at most BRANCH_BUDGET // (1 + f) tokens."""


class PercentileStrategy(Strategy):
    """Fork where the entropy of the whole vocabulary exceeds a percentile of those seen before in the run.

    At most min(M, 32) paths are kept after a step: those that finished hold their places, of the growing ones those
    with the highest summed log-probability go on, and the rest is "pruned", which frees its places (paths that finish
    together in one step all stay). M = 32 is the card's own limit. Keeps all entropies seen, and the number of forks on
    the way to each node; a decision costs O(log entropies).
    """

    def __init__(self, settings: Settings) -> None:
        self._num_candidate_branches = settings.num_candidate_branches
        self._most_paths = min(settings.max_sequences, MOST_PATHS)
        self._entropies = RunningQuantile(settings.percentile)
        self._num_forks: dict[int, int] = {}

    def decide(self, situation: Situation) -> Decision:
        entropy = full_entropy(situation.prediction)
        threshold = self._entropies.value if self._entropies else THRESHOLD_WITHOUT_HISTORY_NATS
        self._entropies.add(entropy)
        num_forks = self._num_forks_before(situation.known)
        num_branches = min(self._num_candidate_branches, BRANCH_BUDGET // (1 + num_forks))
        is_fork = entropy > threshold and num_branches > 1
        self._num_forks[situation.known.index] = num_forks + is_fork
        if entropy <= threshold:
            return Decision(1, "greedy", entropy, threshold)
        return Decision(max(1, num_branches), "spent", entropy, threshold)

    def pruned(self, candidates: Sequence[Candidate], counts: SequenceCounts) -> set[int]:
        places = max(0, self._most_paths - counts.finished)
        falling = sorted(candidates, key=lambda candidate: (-candidate.logprob, candidate.sequence))
        return {candidate.sequence for candidate in falling[places:]}

    def _num_forks_before(self, known: KnownNode) -> int:
        """Return the forks on the way to `known`, whose parent was decided on before it."""
        return self._num_forks[known.parent.index] if known.parent is not None else 0
