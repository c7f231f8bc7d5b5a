"""EAGer-init as the paper writes it."""

import math
from collections.abc import Sequence

from eager_core.errors import ModelError
from eager_core.events import Rule
from eager_core.prediction import Prediction
from eager_core.settings import Settings
from eager_core.strategies.decision import Decision, Situation, Strategy
from eager_core.strategies.interval import SequencesInterval, ThetaInterval
from eager_core.uncertainty import MEASURE_OF_NAME, top_k_entropy_at


class PaperStrategy(Strategy):
    """Fork where the measure (top-20 entropy) is at least theta and the prompt has fewer than M sequences.

    Keeps only between which theta and M all this is the same; for entropies at a temperature also what was compared.

    References:
        EAGer (arXiv 2510.11170), Algorithm 1. Its |A| counts all sequences of the prompt with `cap="total"`, the
        reading under which the paper's budget adds up, and the unfinished ones with `cap="active"`.
    """

    def __init__(self, settings: Settings) -> None:
        self._theta = settings.theta
        self._max_sequences = settings.max_sequences
        self._counts_active = settings.cap == "active"
        self._interval = ThetaInterval()
        self._sequences_interval = SequencesInterval()
        self._tempered: list[tuple[Prediction, bool]] = []
        self._is_tempered = settings.entropy_of == "sampling"
        self._rule_below: Rule = "greedy" if settings.temperature == 0 else "drawn"
        self._measure_name = settings.measure
        self._measure = MEASURE_OF_NAME[settings.measure].of
        if self._is_tempered:
            self._measure = lambda prediction: top_k_entropy_at(prediction, settings.temperature)

    def decide(self, situation: Situation) -> Decision:
        """Raises: ModelError, if the model does not tell the measure that the settings name."""
        entropy = self._measure(situation.prediction)
        if math.isnan(entropy):
            raise ModelError(f"This model does not tell the measure {self._measure_name}; choose top_k_entropy.")
        num_sequences = situation.counts.growing if self._counts_active else situation.counts.total
        has_place = num_sequences < self._max_sequences
        if has_place and self._is_tempered:
            self._tempered.append((situation.prediction, entropy >= self._theta))
        if entropy < self._theta:
            if has_place:
                self._interval.drew(entropy)
            return Decision(1, self._rule_below, entropy, self._theta)
        if has_place:
            self._interval.forked(entropy)
            self._sequences_interval.forked(num_sequences)
        else:
            self._sequences_interval.refused(num_sequences)
        return Decision(2 if has_place else 1, "full", entropy, self._theta)

    @property
    def theta_interval(self) -> ThetaInterval:
        return self._interval

    @property
    def sequences_interval(self) -> SequencesInterval:
        return self._sequences_interval

    @property
    def tempered_decisions(self) -> Sequence[tuple[Prediction, bool]]:
        return self._tempered
