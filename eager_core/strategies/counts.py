"""How many sequences of a run are in which state: counted as they change, never worked out from one another."""

from dataclasses import dataclass


@dataclass(slots=True)
class SequenceCounts:
    """The run's sequences, each counted in exactly one state. The run moves them; strategies only read.

        growing ──finish──> finished     an end-of-sequence token, the length limit, or a stop
           └─────prune───> pruned        the strategy kept more likely ones: it holds no place any more

    Branches by hand are counted apart, whatever their state, for they take no place from the others.
    """

    growing: int
    finished: int = 0
    pruned: int = 0
    by_hand: int = 0

    @property
    def total(self) -> int:
        """Sequences of the prompt that the method made and kept: what M is compared with."""
        return self.growing + self.finished

    @property
    def all(self) -> int:
        """Every sequence that ever began: ids are given out in this order."""
        return self.growing + self.finished + self.pruned + self.by_hand

    def begin(self, num_sequences: int = 1) -> None:
        """Count sequences that begin to grow."""
        self.growing += num_sequences

    def begin_by_hand(self, num_sequences: int = 1) -> None:
        """Count sequences that a person began."""
        self.by_hand += num_sequences

    def finish(self) -> None:
        """Count a growing sequence as finished."""
        self.growing -= 1
        self.finished += 1

    def prune(self) -> None:
        """Count a growing sequence as pruned."""
        self.growing -= 1
        self.pruned += 1
