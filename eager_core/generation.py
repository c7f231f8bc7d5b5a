"""The loop: settings and what is known give events; the model is asked only for what is not known.

One step extends every unfinished sequence by one token, in the order of their ids; a sequence forked off in a step
takes part from the next one on (paper, Algorithm 1). Whether to fork is the strategy's to say.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from eager_core.by_hand import HandBranch, HandPlan, check_branches, plan_of
from eager_core.dice import child_state, roll, root_state
from eager_core.engine import context_cap_of
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
from eager_core.known_node import KnownNode
from eager_core.prediction import Prediction
from eager_core.settings import Settings
from eager_core.strategies import Candidate, Decision, SequenceCounts, Situation, Strategy, strategy_for
from eager_core.tree import ROOT

_FORK_RULES: tuple[Rule, ...] = ("first", "second", "further")
_TAKES_MOST_LIKELY: frozenset[Rule] = frozenset({"greedy", "spent"})


@dataclass(slots=True)
class _Growing:
    """An unfinished sequence: where it stands in what is known, and in this run's tree."""

    id: int
    known: KnownNode
    leaf: int
    dice_state: bytes
    logprob: float = 0.0
    """Of all its tokens together."""
    is_by_hand: bool = False
    """Begun by a person: it only draws, and does not count against M."""
    hand_plan: HandPlan | None = None
    """What a person asked for here and further on; None where that is nothing."""


def walk(
    knowledge: Knowledge,
    settings: Settings,
    seed: int,
    should_stop: Callable[[], bool] = lambda: False,
    by_hand: Sequence[HandBranch] = (),
) -> Iterator[Event]:
    """Yield the events of one run, each as soon as it is decided.

    Args:
        by_hand: branches to grow beside the strategy's; the trace names them.
        should_stop: asked before each step, and between the passes of a long prompt; once true, all sequences finish as
            "stopped".
    Raises:
        SettingsError: a branch by hand has a token that the model has not; nothing has begun.
        ModelError: the model failed; events so far stand.
    """
    walk = Walk(knowledge, settings, seed, by_hand)
    yield from walk.begin()
    passes_before = knowledge.num_forward_passes
    while not walk.is_over:
        if should_stop() or not knowledge.predict(walk.wanted(), should_stop):
            yield from walk.stop()
            break
        yield from walk.step()
    yield walk.end(knowledge.num_forward_passes - passes_before)


class Walk:
    """One run, a step at a time: whoever drives it makes known what it wants, and lets it take its step.

        yield from walk.begin()
        while not walk.is_over:
            knowledge.predict(walk.wanted())
            yield from walk.step()
        yield walk.end(...)

    Its state: the unfinished sequences, and the next ids to give out. Asks no model by itself, so that walks of many
    settings can share what each step asks.
    """

    def __init__(
        self, knowledge: Knowledge, settings: Settings, seed: int, by_hand: Sequence[HandBranch] = ()
    ) -> None:
        """
        Raises:
            SettingsError: a branch by hand has a token that the model has not.
        """
        engine = knowledge.engine
        check_branches(by_hand, engine.vocabulary_size)
        self._knowledge = knowledge
        self._settings = settings
        self._strategy = strategy_for(settings)
        self._longest = min(settings.max_new_tokens, knowledge.room)
        self._started = RunStarted(
            engine.model_name, knowledge.root.text, settings, seed, tuple(by_hand),
            date=knowledge.date, prompt_digest=knowledge.prompt_digest, context_cap=context_cap_of(engine),
            precision=engine.precision, device=engine.device,
        )  # fmt: skip
        self._began_s = time.perf_counter()
        # Samples that begin at the prompt share what is known of it, but each has dice of its own.
        hand_plan = plan_of(by_hand)
        self._growing = [
            _Growing(
                number, knowledge.root, ROOT, root_state(seed, knowledge.prompt_ids, stream=number),
                hand_plan=hand_plan,
            )
            for number in range(self._strategy.num_starts)
        ]  # fmt: skip
        self._beside: list[_Growing] = []
        self._counts = SequenceCounts(growing=len(self._growing))
        self._num_nodes = 1

    @property
    def is_over(self) -> bool:
        """Whether no sequence is left to grow."""
        return not self._growing and not self._beside

    @property
    def strategy(self) -> Strategy:
        """What decides here: to be asked at which theta and M the run, as far as it has come, would be the same."""
        return self._strategy

    def begin(self) -> Iterator[Event]:
        """Yield the events that stand before the first step."""
        yield self._started
        for sequence in self._growing[1:]:
            yield SequenceStarted(sequence.id)

    def wanted(self) -> list[KnownNode]:
        """Return the nodes whose predictions the next step reads, each once; some may be known already."""
        return list(dict.fromkeys(sequence.known for sequence in [*self._growing, *self._beside]))

    def can_step(self) -> bool:
        """Return whether the next step needs nothing that is not known. If so, it is held until the step is done."""
        wanted = self.wanted()
        self._knowledge.hold(wanted)
        return all(node.prediction is not None for node in wanted)

    def open_leaves(self) -> tuple[int, ...]:
        """Return the leaves after which the model has not been asked yet, as nodes of the run's tree."""
        unfinished = [*self._growing, *self._beside]
        return tuple(sequence.leaf for sequence in unfinished if sequence.known.prediction is None)

    def stop(self) -> Iterator[Event]:
        """Yield the end of every unfinished sequence, as "stopped"."""
        for sequence in [*self._growing, *self._beside]:
            yield SequenceFinished(sequence.id, "stopped")
        self._growing, self._beside = [], []

    def end(self, num_passes: int) -> RunFinished:
        """Return the last event of a run that took part in so many forward passes."""
        return RunFinished(num_passes, time.perf_counter() - self._began_s)

    def step(self) -> Iterator[Event]:
        """Extend every unfinished sequence by one token; all that `wanted` names is predicted."""
        growing = [*self._growing, *self._beside]
        self._strategy.begin_step(self._counts)
        self._growing, self._beside = [], []
        for sequence in growing:
            for grown, event in self._extend(sequence):
                yield event
                if isinstance(event, NodeAdded):
                    yield from self._keep_or_finish(grown)
        self._growing.sort(key=lambda sequence: sequence.id)
        pruned = self._pruned()
        for sequence_id in sorted(pruned):
            self._counts.prune()
            yield SequenceFinished(sequence_id, "pruned")
        self._growing = [sequence for sequence in self._growing if sequence.id not in pruned]

    def _keep_or_finish(self, grown: _Growing) -> Iterator[Event]:
        reason = self._finish_reason(grown.known)
        if reason is None:
            (self._beside if grown.is_by_hand else self._growing).append(grown)
            return
        if not grown.is_by_hand:
            self._counts.finish()
        yield SequenceFinished(grown.id, reason)

    def _extend(self, sequence: _Growing) -> Iterator[tuple[_Growing, Event]]:
        """Yield what the next token of `sequence` brings, each event with the sequence it leaves behind."""
        node = sequence.known
        prediction = node.prediction
        assert prediction is not None  # a step begins once all that `wanted` names is predicted
        dice = roll(sequence.dice_state)
        drawn = self._knowledge.draw(node, self._settings.temperature, self._settings.top_p, dice)
        decision = self._decide(sequence, drawn)
        taken = _taken(prediction, decision, drawn)
        # A person's branches count neither against M nor among those that the strategy counts. Each is grown once, by
        # the first sequence to come by: independent samples may share a path.
        asked = sequence.hand_plan.take() if sequence.hand_plan is not None else []
        beside: list[tuple[int, Rule]] = [(token_id, "by_hand") for token_id in asked if token_id not in dict(taken)]
        first_new = self._counts.all
        self._counts.begin(len(taken) - 1)
        self._counts.begin_by_hand(len(beside))
        ids = [sequence.id, *range(first_new, self._counts.all)]
        children = list(zip(ids, [*taken, *beside], strict=True))
        entropy = prediction.top_k_entropy if decision.entropy is None else decision.entropy
        for new_id, (token_id, _) in children[1:]:
            yield sequence, Forked(
                node.depth, sequence.leaf, sequence.id, new_id,
                entropy, decision.threshold, taken[0][0], token_id,
            )  # fmt: skip
        for new_id, (token_id, rule) in children:
            yield self._add(sequence, prediction, new_id, token_id, dice, rule)

    def _decide(self, sequence: _Growing, drawn: int) -> Decision:
        if sequence.is_by_hand:
            rule: Rule = "greedy" if self._settings.temperature == 0 else "drawn"
            return Decision(1, rule, None, None)
        draws_end = drawn in self._knowledge.engine.eos_token_ids
        return self._strategy.decide(Situation(sequence.known, draws_end, self._counts, len(self._growing)))

    def _pruned(self) -> set[int]:
        candidates = [Candidate(sequence.id, sequence.logprob) for sequence in self._growing]
        return self._strategy.pruned(candidates, self._counts)

    def _add(
        self, parent: _Growing, prediction: Prediction, sequence_id: int, token_id: int, dice: float, rule: Rule
    ) -> tuple[_Growing, NodeAdded]:
        """Return the sequence `sequence_id` one token further than `parent`, and the event that says so."""
        known = self._knowledge.child(parent.known, token_id)
        assert known.logprob is not None  # only the prompt's node has none
        dice_state = child_state(parent.dice_state, token_id)
        extended = _Growing(
            sequence_id, known, self._num_nodes, dice_state, parent.logprob + known.logprob,
            is_by_hand=parent.is_by_hand or rule == "by_hand",
            hand_plan=None if parent.hand_plan is None else parent.hand_plan.below.get(token_id),
        )  # fmt: skip
        self._num_nodes += 1
        event = NodeAdded(
            extended.leaf, parent.leaf, known.depth, token_id, known.text,
            prediction.top_k_entropy, known.logprob, known.rank, dice, rule, sequence_id,
            token_bytes=known.token_bytes,
        )
        return extended, event

    def _finish_reason(self, known: KnownNode) -> FinishReason | None:
        if known.token_id in self._knowledge.engine.eos_token_ids:
            return "eos"
        return "length" if known.depth >= self._longest else None


def _taken(prediction: Prediction, decision: Decision, drawn: int) -> list[tuple[int, Rule]]:
    """Return the tokens that a decision takes, the continuing sequence's first, each with the rule that took it."""
    if decision.num_branches > 1:
        # A token without any probability is no choice.
        possible = prediction.logprobs[: decision.num_branches] > float("-inf")
        tokens = prediction.token_ids[: decision.num_branches][possible].tolist()
        if len(tokens) > 1:
            rules = [*_FORK_RULES, *_FORK_RULES[-1:] * len(tokens)]
            return list(zip(tokens, rules, strict=False))
    if decision.rule in _TAKES_MOST_LIKELY:
        return [(int(prediction.token_ids[0]), decision.rule)]
    return [(drawn, decision.rule)]
