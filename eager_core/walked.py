"""What the walks of a joint walk came to, without a tree for each: all walks share one store of paths.

    walk theta 1.8   leaves 7 9 4        node 7: after node 6, " four", 12 tokens from the prompt
    walk theta 2.0   leaves 7 4          each node stands here once, however many walks come by

Sixty trees of 32 sequences would hold sixty times what this does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
from eager_core.exploration import Exploration
from eager_core.joint import Tagged
from eager_core.settings import Settings

_PROMPT = 0


@dataclass(frozen=True)
class WalkedSequence:
    """How one sequence of a walk ended."""

    leaf: int
    """Its last node in the store; sequences of two walks with the same leaf have the same tokens."""
    finish_reason: FinishReason | None


@dataclass(frozen=True)
class WalkedRun:
    """One walk, as far as it has come."""

    settings: Settings
    num_tokens: int
    """#T: tokens that it generated; every sample's own under parallel sampling."""
    num_forks: int
    kept: tuple[WalkedSequence, ...]
    """Its sequences that were not pruned, by their ids."""
    num_pruned: int
    full_tokens: int
    """What M full samples of the same mean length would have cost, in tokens; see `tree.Ledger`."""
    num_nodes: int
    """Distinct nodes that it walked, the prompt left out: what it would have cost alone."""


class _Growing:
    """What changes of a walk while it grows."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.leaves = [_PROMPT]
        self.reasons: list[FinishReason | None] = [None]
        self.num_tokens = 0
        self.num_forks = 0
        self.is_finished = False


class WalkedPaths:
    """Takes in the events of a joint walk. `apply` costs O(1); memory grows with distinct nodes and with sequences."""

    def __init__(self) -> None:
        self._walks: dict[int, _Growing] = {}
        self._children: dict[tuple[int, int | None], int] = {}
        self._parents = [_PROMPT]
        self._depths = [0]
        self._texts = [""]

    def apply(self, tagged: Tagged) -> None:
        """Take in the next event of one of the walks."""
        if isinstance(tagged.event, RunStarted):
            self._walks[tagged.walk] = _Growing(tagged.event.settings)
        else:
            self._grow(self._walks[tagged.walk], tagged.event)

    def _grow(self, walk: _Growing, event: Event) -> None:
        match event:
            case NodeAdded():
                walk.num_tokens += 1
                walk.leaves[event.sequence] = self._child(walk.leaves[event.sequence], event)
            case Forked():
                # Told before the nodes after it, so that both sequences still stand at the fork.
                walk.num_forks += 1
                walk.leaves.append(walk.leaves[event.sequence])
                walk.reasons.append(None)
            case SequenceStarted():
                walk.leaves.append(_PROMPT)
                walk.reasons.append(None)
            case SequenceFinished():
                walk.reasons[event.sequence] = event.finish_reason
            case RunFinished():
                walk.is_finished = True

    def _child(self, parent: int, event: NodeAdded) -> int:
        child = self._children.setdefault((parent, event.token_id), len(self._parents))
        if child == len(self._parents):
            self._parents.append(parent)
            self._depths.append(event.depth)
            self._texts.append(event.text)
        return child

    @property
    def num_nodes(self) -> int:
        """Distinct nodes of all walks, the prompt left out."""
        return len(self._parents) - 1

    @property
    def depth(self) -> int:
        """Tokens after the prompt that the longest path has. O(1): walks go in step."""
        return self._depths[-1]

    @property
    def num_growing(self) -> int:
        """Walks that have not ended."""
        return sum(not walk.is_finished for walk in self._walks.values())

    @property
    def is_stopped(self) -> bool:
        """Whether any sequence was stopped on the way."""
        return any("stopped" in walk.reasons for walk in self._walks.values())

    def num_sequence_tokens(self, sequence: WalkedSequence) -> int:
        """Tokens of a sequence after the prompt, the end-of-sequence token counted."""
        return self._depths[sequence.leaf]

    def text(self, sequence: WalkedSequence) -> str:
        """The text of a sequence, without the end-of-sequence token it may have ended in. O(depth)."""
        node = sequence.leaf
        if sequence.finish_reason == "eos":
            node = self._parents[node]
        texts = []
        while node != _PROMPT:
            texts.append(self._texts[node])
            node = self._parents[node]
        return "".join(reversed(texts))

    def run(self, number: int) -> WalkedRun:
        """Return what the walk of that number came to. O(its nodes)."""
        walk = self._walks[number]
        ends = [WalkedSequence(leaf, reason) for leaf, reason in zip(walk.leaves, walk.reasons, strict=True)]
        kept = tuple(end for end in ends if end.finish_reason != "pruned")
        num_samples = max(walk.settings.max_sequences, len(kept))
        summed = sum(self._depths[end.leaf] for end in kept)
        return WalkedRun(
            settings=walk.settings,
            num_tokens=walk.num_tokens,
            num_forks=walk.num_forks,
            kept=kept,
            num_pruned=len(ends) - len(kept),
            full_tokens=round(num_samples * summed / len(kept)) if kept else 0,
            num_nodes=self._num_nodes(walk.leaves),
        )

    def _num_nodes(self, leaves: Sequence[int]) -> int:
        seen = {_PROMPT}
        for node in leaves:
            while node not in seen:
                seen.add(node)
                node = self._parents[node]
        return len(seen) - 1


def walked_paths(
    exploration: Exploration, settings: Sequence[Settings], should_stop: Callable[[], bool] = lambda: False
) -> WalkedPaths:
    """Return what a joint walk of `settings` came to; raises as `Exploration.sweep`."""
    paths = WalkedPaths()
    for tagged in exploration.sweep(settings, should_stop):
        paths.apply(tagged)
    return paths
