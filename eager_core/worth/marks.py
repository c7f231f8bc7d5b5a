"""Where answers are known: which leaves of a tree are right, and what each fork changed.

    What is 6 + 2?  ──" It"──" is"──┬──" 8"   right            the fork after "is": split, gap 1 - 1/2
                                    └──" about"──┬──" 8"  right      the fork after "about": split, gap 1 - 0
                                                 └──" 9"  wrong
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from eager_core.events import Forked
from eager_core.grading import Grader, Task
from eager_core.tree import TokenTree

Mark = Literal["right", "wrong", "split", "unknown"]
"""Of a leaf: "right", "wrong", or "unknown" where nobody judged it (it still grows, say). Of a fork, by all judged
leaves below it: "right" (each is right), "wrong" (none is), "split" (some are), "unknown" (a side has none)."""


@dataclass(frozen=True)
class Side:
    """One branch of a fork: the subtree of the token that it begins with."""

    sequence: int
    """The sequence that took this token."""
    num_right: int
    num_leaves: int
    """Judged leaves in the subtree, whatever forks lie between."""

    @property
    def pass_rate(self) -> float | None:
        """The share of right leaves; None where none was judged."""
        return self.num_right / self.num_leaves if self.num_leaves else None


@dataclass(frozen=True)
class ForkOutcome:
    """What one fork changed."""

    node: int
    """The node after which the branches stand."""
    sides: tuple[Side, ...]
    """The sequence that went on first, then the new ones in their order: two, where a strategy makes no more."""

    @property
    def mark(self) -> Mark:
        """Right, wrong or split by all leaves below; unknown where a side has none.

        A side may be mixed itself, because of forks further down: then the fork is split, and `gap` tells how much of
        it can be laid to this fork. It is 0 where both sides are right equally often.
        """
        if not all(side.num_leaves for side in self.sides):
            return "unknown"
        num_right = sum(side.num_right for side in self.sides)
        if num_right == 0:
            return "wrong"
        return "right" if num_right == sum(side.num_leaves for side in self.sides) else "split"

    @property
    def gap(self) -> float | None:
        """The highest pass rate of a side less the lowest, in [0, 1]; None where the mark is unknown."""
        rates = [side.pass_rate for side in self.sides if side.pass_rate is not None]
        return None if len(rates) < len(self.sides) else max(rates) - min(rates)


@dataclass(frozen=True)
class TreeOutcomes:
    """A tree with its marks."""

    leaves: Mapping[int, Mark]
    """By leaf, one for each sequence."""
    forks: tuple[ForkOutcome, ...]
    """In the order they happened; a fork into more than two tokens is one."""

    def num_forks(self, mark: Mark) -> int:
        """How many forks have `mark`."""
        return sum(fork.mark == mark for fork in self.forks)


def fork_outcomes(tree: TokenTree, is_right: Mapping[int, bool]) -> TreeOutcomes:
    """Return what each fork of a tree changed. Pure; O(nodes), and asks no model.

    Args:
        is_right: whether the answer is right, by the leaves that were judged (see `judged_leaves`). Leaves that are not
            in it (pruned, or still growing) count on no side.
    """
    num_right, num_leaves = _counts_below(tree, is_right)
    leaves: dict[int, Mark] = {}
    for sequence in tree.sequences:
        leaves[sequence.leaf] = _mark_of_leaf(is_right.get(sequence.leaf))
    sides = _first_nodes(tree)
    outcomes = []
    for forks in _by_place(tree.forks):
        sequences = [forks[0].sequence, *(fork.new_sequence for fork in forks)]
        firsts = [sides.get((sequence, forks[0].node)) for sequence in sequences]
        counted = [(0, 0) if first is None else (num_right[first], num_leaves[first]) for first in firsts]
        outcomes.append(
            ForkOutcome(forks[0].node, tuple(Side(s, *count) for s, count in zip(sequences, counted, strict=True)))
        )
    return TreeOutcomes(leaves, tuple(outcomes))


def judged_leaves(tree: TokenTree, task: Task, grader: Grader) -> dict[int, bool]:
    """Return whether each kept sequence's answer is right, by its leaf; the mapping that `fork_outcomes` takes."""
    return {
        sequence.leaf: grader.is_correct(task, grader.extract(tree.text(sequence)))
        for sequence in tree.kept_sequences
        if sequence.finish_reason not in (None, "stopped")
    }


def _mark_of_leaf(is_right: bool | None) -> Mark:
    return "unknown" if is_right is None else "right" if is_right else "wrong"


def _counts_below(tree: TokenTree, is_right: Mapping[int, bool]) -> tuple[list[int], list[int]]:
    """Return, by node, how many judged leaves its subtree holds that are right, and how many in all."""
    nodes = list(tree.nodes())
    num_right, num_leaves = [0] * len(nodes), [0] * len(nodes)
    for leaf, right in is_right.items():
        num_right[leaf] += right
        num_leaves[leaf] += 1
    for node in reversed(nodes[1:]):  # children have higher ids than their parents
        assert node.parent is not None  # the prompt's node is left out
        num_right[node.parent] += num_right[node.id]
        num_leaves[node.parent] += num_leaves[node.id]
    return num_right, num_leaves


def _first_nodes(tree: TokenTree) -> dict[tuple[int, int], int]:
    """Return the node that each sequence took after each node of its own, and after the one it forked off.

    Each node is one sequence's own, so that all of them together are walked once.
    """
    begun_at = {fork.new_sequence: fork.node for fork in tree.forks}
    firsts = {}
    for sequence in tree.sequences:
        node, end = tree.node(sequence.leaf), begun_at.get(sequence.id)
        while node.parent is not None and node.id != end:
            firsts[sequence.id, node.parent] = node.id
            node = tree.node(node.parent)
    return firsts


def _by_place(forks: Sequence[Forked]) -> list[list[Forked]]:
    """Return the forks of one place together: of a node and a sequence, for several may begin at a prompt."""
    places: dict[tuple[int, int], list[Forked]] = {}
    for fork in forks:
        places.setdefault((fork.node, fork.sequence), []).append(fork)
    return list(places.values())
