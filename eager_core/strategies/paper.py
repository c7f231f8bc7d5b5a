"""EAGer-init as the paper writes it."""

from eager_core.settings import Settings
from eager_core.strategies.decision import Decision, Situation
from eager_core.uncertainty import MEASURE_OF_NAME, top_k_entropy


class PaperStrategy:
    """Fork where the top-20 entropy (or another measure, by name) is at least theta and the prompt has fewer than M sequences. Keeps no state.

    References:
        EAGer (arXiv 2510.11170), Algorithm 1. Its |A| counts all sequences of the prompt with `cap="total"`, the
        reading under which the paper's budget adds up, and the unfinished ones with `cap="active"`.
    """

    def __init__(self, settings: Settings) -> None:
        self._theta = settings.theta
        self._max_sequences = settings.max_sequences
        self._counts_active = settings.cap == "active"
        self._measure = MEASURE_OF_NAME[settings.measure].of
        if settings.entropy_of == "sampling":
            self._measure = lambda prediction: top_k_entropy(prediction, settings.temperature)

    def decide(self, situation: Situation) -> Decision:
        entropy = self._measure(situation.prediction)
        num_sequences = situation.num_active if self._counts_active else situation.num_total
        fork = entropy >= self._theta and num_sequences < self._max_sequences
        return Decision(fork, entropy, self._theta)
