"""A prompt's tree in miniature: a row a sequence, one letter a token for its entropy."""

from components.tree.levels import level
from eager_core.events import Event, Forked, NodeAdded, RunStarted, SequenceStarted

Cells = list[list]
"""[row, row that it forked off or -1, depth of the first of these tokens, letters] for each row with new tokens."""


class Miniature:
    """Grows by `take`; `new_cells` gives each token once. Holds one letter a token."""

    def __init__(self) -> None:
        self.generation = 0
        """Counts the runs of this prompt in this stage: each begins the picture anew."""
        self._begin()

    def _begin(self) -> None:
        self._parents: dict[int, int] = {0: -1}
        self._first_depths: dict[int, int] = {}
        self._letters: dict[int, list[str]] = {0: []}
        self._sent: dict[int, int] = {}

    def take(self, event: Event) -> None:
        """Take in the next event. O(1)."""
        match event:
            case RunStarted():
                self.generation += 1
                self._begin()
            case SequenceStarted(sequence=sequence):
                self._parents[sequence], self._letters[sequence] = -1, []
            case Forked(sequence=parent, new_sequence=sequence):
                self._parents[sequence], self._letters[sequence] = parent, []
            case NodeAdded():
                self._first_depths.setdefault(event.sequence, event.depth)
                self._letters[event.sequence].append(level(event.entropy))

    def new_cells(self) -> Cells:
        """Return the tokens that were not given before."""
        cells = self._cells(self._sent)
        self._sent = {row: len(letters) for row, letters in self._letters.items()}
        return cells

    def all_cells(self) -> Cells:
        """Return all tokens."""
        return self._cells({})

    def _cells(self, known: dict[int, int]) -> Cells:
        cells = []
        for row, letters in self._letters.items():
            first = known.get(row, 0)
            if len(letters) > first:
                depth = self._first_depths[row] + first
                cells.append([row, self._parents[row], depth, "".join(letters[first:])])
        return cells
