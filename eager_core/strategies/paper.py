"""EAGer-init as the paper writes it."""

from eager_core.settings import Settings
from eager_core.strategies.decision import Decision, Situation
from eager_core.uncertainty import top_k_entropy


class PaperStrategy:
    """Fork where the top-20 entropy is at least theta and the prompt has fewer than M sequences. Keeps no state.

    References:
        EAGer (arXiv 2510.11170), Algorithm 1. Its |A| counts all sequences of the prompt with `cap="total"`, the
        reading under which the paper's budget adds up, and the unfinished ones with `cap="active"`.
    """

    def __init__(self, settings: Settings) -> None:
        self._theta = settings.theta
        self._max_sequences = settings.max_sequences
        self._counts_active = settings.cap == "active"
        self._temperature = settings.temperature if settings.entropy_of == "sampling" else 1.0

    def decide(self, situation: Situation) -> Decision:
        entropy = top_k_entropy(situation.prediction, self._temperature)
        num_sequences = situation.num_active if self._counts_active else situation.num_total
        fork = entropy >= self._theta and num_sequences < self._max_sequences
        return Decision(fork, entropy, self._theta)
