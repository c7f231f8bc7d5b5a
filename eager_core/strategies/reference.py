"""Stage 1 as the authors' public code runs it."""

import math
from collections.abc import Sequence

from eager_core.events import Rule
from eager_core.known_node import KnownNode
from eager_core.prediction import Prediction
from eager_core.settings import Settings
from eager_core.strategies.counts import SequenceCounts
from eager_core.strategies.decision import Decision, Situation, Strategy
from eager_core.strategies.interval import ThetaInterval
from eager_core.strategies.quantile import RunningQuantile
from eager_core.uncertainty import top_k_entropy_at

NUM_QUIET_STEPS = 1000
"""After so many steps in a row without any fork, the rest is decoded without looking."""

DYNAMIC_SHARE = 0.99
"""The threshold follows this quantile of the entropies seen: their 99th percentile."""

END_OF_THINKING = "</think>"


class ReferenceStrategy(Strategy):
    """Fork above max(theta, 99th percentile of the prompt's entropies so far), with the authors' way of counting.

    Keeps the entropies seen; a decision costs O(log entropies). Differs from `PaperStrategy` in that

    - the entropy must exceed the threshold, which rises with the entropies seen before the step (`dynamic_threshold`);
      an entropy that forks counts for both its children;
    - within a step, sequences count both as active when it began and as extended by it, so late ones are refused early;
    - a sequence that draws its end, or whose text holds `</think>`, does not fork;
    - nothing is looked at any more once active + finished has reached M, or after 1,000 steps without a fork.
    """

    def __init__(self, settings: Settings) -> None:
        self._theta = settings.theta
        self._max_sequences = settings.max_sequences
        self._is_dynamic = settings.dynamic_threshold
        self._is_tempered = settings.entropy_of == "sampling"
        self._temperature = settings.temperature if self._is_tempered else 1.0
        self._tempered: list[tuple[Prediction, bool]] = []
        self._rule_below: Rule = "greedy" if settings.temperature == 0 else "drawn"
        self._interval = ThetaInterval(forks_at_equality=False)
        self._moving_threshold = -math.inf
        self._entropies = RunningQuantile(DYNAMIC_SHARE)
        self._num_active_before = 1
        self._num_quiet_steps = -1
        self._is_monitoring = True
        self._has_ended_thinking: dict[int, bool] = {}

    def begin_step(self, counts: SequenceCounts) -> None:
        self._num_active_before = counts.growing
        self._num_quiet_steps += 1
        if counts.total >= self._max_sequences or self._num_quiet_steps >= NUM_QUIET_STEPS:
            self._is_monitoring = False
        if self._is_monitoring and self._is_dynamic and self._entropies:
            self._moving_threshold = self._entropies.value

    def decide(self, situation: Situation) -> Decision:
        if not self._is_monitoring:
            return Decision(1, "unmonitored", None, None)
        if situation.draws_end:
            return Decision(1, "ended", None, None)
        entropy = top_k_entropy_at(situation.prediction, self._temperature)
        self._entropies.add(entropy)
        threshold = max(self._theta, self._moving_threshold)
        if self._is_tempered and self._has_place(situation) and not self._is_guarded(situation):
            self._tempered.append((situation.prediction, entropy > threshold))
        if entropy <= threshold:
            if entropy > self._moving_threshold and self._has_place(situation) and not self._is_guarded(situation):
                self._interval.drew(entropy)
            return Decision(1, self._rule_below, entropy, threshold)
        if self._is_guarded(situation):
            return Decision(1, "guarded", entropy, threshold)
        if not self._has_place(situation):
            return Decision(1, "full", entropy, threshold)
        self._entropies.add(entropy)
        self._num_quiet_steps = -1
        self._interval.forked(entropy)
        return Decision(2, "full", entropy, threshold)

    @property
    def theta_interval(self) -> ThetaInterval:
        return self._interval

    @property
    def tempered_decisions(self) -> Sequence[tuple[Prediction, bool]] | None:
        return None if self._is_tempered and self._is_dynamic else self._tempered

    def _has_place(self, situation: Situation) -> bool:
        num_counted = self._num_active_before + situation.num_extended + situation.counts.finished
        return num_counted < self._max_sequences

    def _is_guarded(self, situation: Situation) -> bool:
        """Whether the thinking has ended; looks only at tokens that were not looked at before."""
        unseen: list[tuple[KnownNode, KnownNode]] = []
        for node in situation.known.upwards():
            if node.parent is None or node.index in self._has_ended_thinking:
                break
            unseen.append((node.parent, node))
        for parent, node in reversed(unseen):
            before = self._has_ended_thinking.get(parent.index, False)
            self._has_ended_thinking[node.index] = before or END_OF_THINKING in _tail(node)
        return self._has_ended_thinking.get(situation.known.index, False)


def _tail(node: KnownNode) -> str:
    """Return the end of the text up to `node`, long enough to hold a mark that ends in the node's own text."""
    tail = ""
    for ancestor in node.upwards():
        if ancestor.parent is None or len(tail) >= len(node.text) + len(END_OF_THINKING):
            break
        tail = ancestor.text + tail
    return tail
