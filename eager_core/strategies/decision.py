"""What a strategy is asked, and what it may answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from eager_core.events import Rule
from eager_core.known_node import KnownNode
from eager_core.prediction import Prediction
from eager_core.strategies.counts import SequenceCounts
from eager_core.strategies.interval import SequencesInterval, ThetaInterval


@dataclass(frozen=True, slots=True)
class Situation:
    """One sequence about to get its next token."""

    known: KnownNode
    """The sequence's last token, predicted."""
    draws_end: bool
    """Whether the token that the dice give here ends the sequence."""
    counts: SequenceCounts
    """The run's sequences at this moment, those forked earlier in the step counted. To be read at once, not kept."""
    num_extended: int
    """Unfinished sequences that this step has extended so far, those forked in it counted."""

    @property
    def prediction(self) -> Prediction:
        """What the model says after the sequence's last token."""
        prediction = self.known.prediction
        assert prediction is not None  # a step begins once all it reads is predicted
        return prediction


@dataclass(frozen=True, slots=True)
class Decision:
    """Fork into the most likely tokens, or take one."""

    num_branches: int
    """1: no fork. n: fork into the n most likely tokens, or as many as the model gives any probability."""
    rule: Rule
    """Where there is no fork, why the node has its token: "greedy" and "spent" take the most likely one, all others
    the one that was drawn."""
    entropy: float | None
    """Nats, as the strategy measured it; None where it did not look."""
    threshold: float | None
    """Nats; the theta in force. None where there is none."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sequence that would go on after a step."""

    sequence: int
    logprob: float
    """Natural log of the probability of all its tokens."""


class Strategy:
    """Decides for one run; may keep what it has seen of it. Called in the order of steps and sequence ids."""

    num_starts = 1
    """Sequences that begin at the prompt, each with dice of its own."""

    @property
    def theta_interval(self) -> ThetaInterval:
        """The thetas at which all decisions so far would have been the same; every theta, where it plays no part."""
        return ThetaInterval()

    @property
    def sequences_interval(self) -> SequencesInterval | None:
        """The values of M at which all decisions so far would have been the same; None where only other runs tell."""
        return None

    @property
    def tempered_decisions(self) -> Sequence[tuple[Prediction, bool]] | None:
        """Where a temperature had a say in whether to fork: what the model said, and whether it forked.

        None where one decision changes what the next ones compare with, so that only other runs tell.
        """
        return ()

    def begin_step(self, counts: SequenceCounts) -> None:
        """Take note that a step begins, with so many sequences."""

    def decide(self, situation: Situation) -> Decision:
        """Return what to do. Called once a sequence and step."""
        raise NotImplementedError

    def pruned(self, candidates: Sequence[Candidate], counts: SequenceCounts) -> set[int]:
        """Return the ids of the sequences that end here although they could go on. Called after each step.

        At least one sequence of a run must end in another way.
        """
        return set()
