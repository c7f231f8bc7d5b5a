"""The order that a run's events come in, checked: what folds them relies on it."""

from collections import deque
from collections.abc import Iterable, Iterator

from eager_core.errors import TraceError
from eager_core.events import (
    Event,
    FinishReason,
    Forked,
    NodeAdded,
    RunFinished,
    RunStarted,
    SequenceFinished,
    SequenceStarted,
)
from eager_core.tree import ROOT


class EventOrder:
    """Takes the events of one run in turn, and refuses the first that no run can have there. O(1) an event.

    It holds of every run, whatever the strategy, and of every beginning of its events:

    - a node follows the leaf of its sequence, one token deeper, and ids count up from 1; likewise those of sequences;
    - sequences that begin at the prompt come before all others; a sequence forks at its leaf, and the nodes of a fork
      come in its sequences' order, the one that goes on first;
    - a finished sequence neither grows nor forks, and a run is over once all are finished.
    """

    def __init__(self) -> None:
        self.leaves: list[int] = []
        """The leaf of each sequence so far."""
        self.finish_reasons: list[FinishReason | None] = []
        """How each sequence ended; None while it grows."""
        self._depths = [0]
        self._num_forks = 0
        self._awaited: deque[int] = deque()
        """Sequences of a fork whose next token is still to come."""
        self._is_forking = False
        """Whether none of these tokens has come, so that the fork may have more branches."""

    def take(self, event: Event) -> None:
        """Raises: TraceError, if the event does not fit those before it; `self` is of no use any more."""
        match event:
            case NodeAdded():
                self._grow(event)
            case Forked():
                self._fork(event)
            case RunStarted():
                self._begin()
            case SequenceStarted():
                self._check(event.sequence == len(self.leaves), f"sequence {event.sequence}", "is out of turn")
                self._check(self._num_forks == 0, f"sequence {event.sequence}", "begins at the prompt after a fork")
                self._begin()
            case SequenceFinished():
                self._check_growing(event.sequence, f"the end of sequence {event.sequence}")
                self.finish_reasons[event.sequence] = event.finish_reason
            case RunFinished():
                self._check(None not in self.finish_reasons, "the end", "comes before all sequences are finished")
                # Where the model failed within a fork, the run was ended before all of its tokens had come.
                is_cut_off = all(self.finish_reasons[sequence] == "stopped" for sequence in self._awaited)
                self._check(is_cut_off, "the end", "comes before all forks have their tokens")

    def _begin(self, leaf: int = ROOT) -> None:
        self.leaves.append(leaf)
        self.finish_reasons.append(None)

    def _grow(self, node: NodeAdded) -> None:
        place = f"node {node.id}"
        self._check_growing(node.sequence, place)
        parent = self.leaves[node.sequence]
        self._is_forking = False
        self._check(node.id == len(self._depths), place, "is out of turn")
        self._check(not self._awaited or node.sequence == self._awaited.popleft(), place, "comes amid a fork's nodes")
        self._check(node.parent == parent, place, "does not follow the leaf of its sequence")
        self._check(node.depth == self._depths[parent] + 1, place, "does not lie one token deeper than its parent")
        self._depths.append(node.depth)
        self.leaves[node.sequence] = node.id

    def _fork(self, fork: Forked) -> None:
        place = f"the fork into sequence {fork.new_sequence}"
        self._check_growing(fork.sequence, place)
        self._check(self.leaves[fork.sequence] == fork.node, place, "is not at the leaf of its sequence")
        self._check(fork.step == self._depths[fork.node], place, "is not at the step of its node")
        self._check(fork.new_sequence == len(self.leaves), place, "is out of turn")
        if not self._awaited:
            self._is_forking = True
            self._awaited.append(fork.sequence)
        is_same = self._is_forking and self._awaited[0] == fork.sequence
        self._check(is_same, place, "comes amid a fork's nodes")
        self._awaited.append(fork.new_sequence)
        self._num_forks += 1
        self._begin(fork.node)

    def _check_growing(self, sequence: int, place: str) -> None:
        self._check(0 <= sequence < len(self.leaves), place, "is of a sequence that has not begun")
        self._check(self.finish_reasons[sequence] is None, place, "is of a sequence that was finished before")

    @staticmethod
    def _check(holds: bool, place: str, what: str) -> None:
        if not holds:
            raise TraceError(f"The run contradicts itself: {place} {what}; save it again.")


def in_order(events: Iterable[Event]) -> Iterator[Event]:
    """Yield `events` as they come.

    Raises:
        TraceError: at the first that no run can have there.
    """
    order = EventOrder()
    for event in events:
        order.take(event)
        yield event
