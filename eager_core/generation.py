"""The loop: settings and what is known give events; the model is asked only for what is not known.

One step extends every unfinished sequence by one token, in the order of their ids; a sequence forked off in a step
takes part from the next one on (paper, Algorithm 1). Whether to fork is the strategy's to say.
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
    SequenceStarted,
)
from eager_core.knowledge import Knowledge
from eager_core.known import KnownNode
from eager_core.settings import Settings
from eager_core.strategies import Candidate, Situation, strategy_for
from eager_core.tree import ROOT

_FORK_RULES: tuple[Rule, ...] = ("first", "second", "further")
_TAKES_MOST_PROBABLE: frozenset[Rule] = frozenset({"greedy", "spent"})


@dataclass(slots=True)
class _Growing:
    """An unfinished sequence: where it stands in what is known, and in this run's tree."""

    id: int
    known: KnownNode
    leaf: int
    dice_state: bytes
    logprob: float = 0.0
    """Of all its tokens together."""


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
        # Samples that begin at the prompt share what is known of it, but each has dice of its own.
        self._growing = [
            _Growing(number, knowledge.root, ROOT, root_state(seed, knowledge.prompt_ids, stream=number))
            for number in range(self._strategy.num_starts)
        ]
        self._num_sequences = self._num_active = len(self._growing)
        self._num_nodes = 1

    def run(self, should_stop: Callable[[], bool]) -> Iterator[Event]:
        began = time.perf_counter()
        passes_before = self._knowledge.num_forward_passes
        for sequence in self._growing[1:]:
            yield SequenceStarted(sequence.id)
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
        self._knowledge.predict(list(dict.fromkeys(sequence.known for sequence in self._growing)))
        self._num_active = len(self._growing)
        self._strategy.begin_step(self._num_active, self._num_sequences - self._num_active)
        extended: list[_Growing] = []
        for sequence in self._growing:
            for grown, event in self._extend(sequence, len(extended)):
                yield event
                if isinstance(event, NodeAdded):
                    reason = self._finish_reason(grown.known)
                    if reason is None:
                        extended.append(grown)
                    else:
                        self._num_active -= 1
                        yield SequenceFinished(grown.id, reason)
        extended.sort(key=lambda sequence: sequence.id)
        pruned = self._pruned(extended)
        for sequence_id in sorted(pruned):
            yield SequenceFinished(sequence_id, "pruned")
        self._growing = [sequence for sequence in extended if sequence.id not in pruned]

    def _extend(self, sequence: _Growing, num_extended: int) -> Iterator[tuple[_Growing, Event]]:
        """Yield what the next token of `sequence` brings, each event with the sequence it leaves behind."""
        node = sequence.known
        dice = roll(sequence.dice_state)
        token_id = self._knowledge.draw(node, self._settings.temperature, self._settings.top_p, dice)
        draws_end = token_id in self._knowledge.engine.eos_token_ids
        decision = self._strategy.decide(
            Situation(node, draws_end, self._num_active, self._num_sequences, num_extended)
        )
        most_probable = _most_probable(node, decision.num_branches)
        if len(most_probable) < 2:
            if decision.rule in _TAKES_MOST_PROBABLE:
                token_id = int(node.prediction.token_ids[0])
            yield self._add(sequence, sequence.id, token_id, dice, decision.rule)
            return
        ids = [sequence.id, *range(self._num_sequences, self._num_sequences + len(most_probable) - 1)]
        self._num_sequences += len(ids) - 1
        self._num_active += len(ids) - 1
        for new_id, token_id in zip(ids[1:], most_probable[1:], strict=True):
            yield sequence, Forked(
                node.depth, sequence.leaf, sequence.id, new_id,
                decision.entropy, decision.threshold, most_probable[0], token_id,
            )  # fmt: skip
        for place, (new_id, token_id) in enumerate(zip(ids, most_probable, strict=True)):
            yield self._add(sequence, new_id, token_id, dice, _FORK_RULES[min(place, len(_FORK_RULES) - 1)])

    def _pruned(self, extended: list[_Growing]) -> set[int]:
        candidates = [Candidate(sequence.id, sequence.logprob) for sequence in extended]
        return self._strategy.pruned(candidates, self._num_sequences - len(extended))

    def _add(
        self, parent: _Growing, sequence_id: int, token_id: int, dice: float, rule: Rule
    ) -> tuple[_Growing, NodeAdded]:
        """Return the sequence `sequence_id` one token further than `parent`, and the event that says so."""
        known = self._knowledge.child(parent.known, token_id)
        dice_state = child_state(parent.dice_state, token_id)
        extended = _Growing(sequence_id, known, self._num_nodes, dice_state, parent.logprob + known.logprob)
        self._num_nodes += 1
        event = NodeAdded(
            extended.leaf, parent.leaf, known.depth, token_id, known.text,
            parent.known.prediction.top_k_entropy, known.logprob, known.rank, dice, rule, sequence_id,
        )
        return extended, event

    def _finish_reason(self, known: KnownNode) -> FinishReason | None:
        if known.token_id in self._knowledge.engine.eos_token_ids:
            return "eos"
        return "length" if known.depth >= self._longest else None


def _most_probable(node: KnownNode, num_branches: int) -> list[int]:
    """Return the tokens to fork into, none for no fork: those without any probability are no choice."""
    if num_branches == 1:
        return []
    prediction = node.prediction
    return prediction.token_ids[:num_branches][prediction.logprobs[:num_branches] > float("-inf")].tolist()
