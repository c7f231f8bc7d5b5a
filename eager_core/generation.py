"""The loop: settings and what is known give events; the model is asked only for what is not known.

One step extends every unfinished sequence by one token, in the order of their ids; a sequence forked off in a step
takes part from the next one on (paper, Algorithm 1).
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from eager_core.dice import child_state, roll, root_state
from eager_core.events import (
    Event,
    FinishReason,
    Forked,
    NodeAdded,
    Rule,
    RunFinished,
    RunStarted,
    SequenceFinished,
)
from eager_core.knowledge import Knowledge
from eager_core.known import KnownNode
from eager_core.prediction import Prediction
from eager_core.settings import Settings
from eager_core.strategies import Decision, Situation, strategy_for
from eager_core.tree import ROOT
from eager_core.uncertainty import top_k_entropy


@dataclass(slots=True)
class _Growing:
    """An unfinished sequence: where it stands in what is known, and in this run's tree."""

    id: int
    known: KnownNode
    leaf: int
    dice_state: bytes


def walk(
    knowledge: Knowledge, settings: Settings, seed: int, should_stop: Callable[[], bool] = lambda: False
) -> Iterator[Event]:
    """Yield the events of one run, each as soon as it is decided.

    Args:
        should_stop: asked before each step; once true, all sequences finish as "stopped".
    Raises:
        ModelError: the model failed; events so far stand.
    """
    yield RunStarted(knowledge.engine.model_name, knowledge.root.text, {**asdict(settings), "seed": seed})
    yield from _Walk(knowledge, settings, seed).run(should_stop)


class _Walk:
    """One run's state: its unfinished sequences, and the next ids to give out."""

    def __init__(self, knowledge: Knowledge, settings: Settings, seed: int) -> None:
        self._knowledge = knowledge
        self._settings = settings
        self._strategy = strategy_for(settings)
        self._longest = min(settings.max_new_tokens, knowledge.room)
        self._growing = [_Growing(0, knowledge.root, ROOT, root_state(seed, knowledge.prompt_ids))]
        self._num_sequences = 1
        self._num_active = 1
        self._num_nodes = 1

    def run(self, should_stop: Callable[[], bool]) -> Iterator[Event]:
        began = time.perf_counter()
        passes_before = self._knowledge.num_forward_passes
        while self._growing:
            if should_stop():
                for sequence in self._growing:
                    yield SequenceFinished(sequence.id, "stopped")
                break
            yield from self._step()
        passes = self._knowledge.num_forward_passes - passes_before
        yield RunFinished(passes, time.perf_counter() - began)

    def _step(self) -> Iterator[Event]:
        """Extend every unfinished sequence by one token."""
        self._knowledge.predict([sequence.known for sequence in self._growing])
        still_growing = []
        self._num_active = len(self._growing)
        for sequence in self._growing:
            for extended, event in self._extend(sequence):
                yield event
                if isinstance(event, NodeAdded):
                    reason = self._finish_reason(extended.known)
                    if reason is None:
                        still_growing.append(extended)
                    else:
                        self._num_active -= 1
                        yield SequenceFinished(extended.id, reason)
        self._growing = sorted(still_growing, key=lambda sequence: sequence.id)

    def _extend(self, sequence: _Growing) -> Iterator[tuple[_Growing, Event]]:
        """Yield what the next token of `sequence` brings, each event with the sequence it leaves behind."""
        node = sequence.known
        decision = self._strategy.decide(Situation(node.prediction, self._num_active, self._num_sequences))
        dice = roll(sequence.dice_state)
        if not decision.fork or not _has_two_tokens(node.prediction):
            token_id = self._knowledge.draw(node, self._settings.temperature, self._settings.top_p, dice)
            yield self._add(sequence, sequence.id, token_id, dice, self._rule(decision))
            return
        first, second = (int(token_id) for token_id in node.prediction.token_ids[:2])
        new_id = self._num_sequences
        self._num_sequences += 1
        self._num_active += 1
        yield sequence, Forked(
            node.depth, sequence.leaf, sequence.id, new_id, decision.entropy, decision.threshold, first, second
        )
        yield self._add(sequence, sequence.id, first, dice, "first")
        yield self._add(sequence, new_id, second, dice, "second")

    def _rule(self, decision: Decision) -> Rule:
        if decision.entropy >= decision.threshold:
            return "full"
        return "greedy" if self._settings.temperature == 0 else "drawn"

    def _add(
        self, parent: _Growing, sequence_id: int, token_id: int, dice: float, rule: Rule
    ) -> tuple[_Growing, NodeAdded]:
        """Return the sequence `sequence_id` one token further than `parent`, and the event that says so."""
        known = self._knowledge.child(parent.known, token_id)
        logprob, rank = self._knowledge.logprob_and_rank(parent.known, token_id)
        extended = _Growing(sequence_id, known, self._num_nodes, child_state(parent.dice_state, token_id))
        self._num_nodes += 1
        entropy = top_k_entropy(parent.known.prediction)
        event = NodeAdded(
            extended.leaf, parent.leaf, known.depth, token_id, known.text,
            entropy, logprob, rank, dice, rule, sequence_id,
        )
        return extended, event

    def _finish_reason(self, known: KnownNode) -> FinishReason | None:
        if known.token_id in self._knowledge.engine.eos_token_ids:
            return "eos"
        return "length" if known.depth >= self._longest else None


def _has_two_tokens(prediction: Prediction) -> bool:
    """Whether there is a second token at all: a vocabulary can be masked down to one, of entropy 0."""
    return prediction.num_kept >= 2 and prediction.logprobs[1] > float("-inf")
