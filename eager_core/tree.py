"""The tree of one run: a networkx DiGraph of tokens, its sequences and its forks, folded from events."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace

import networkx as nx

from eager_core.errors import TraceError
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

ROOT = 0
"""Id of the prompt's node."""


@dataclass(frozen=True)
class Node:
    """A token in its context; the fields are those of `NodeAdded`. The prompt's node has None where it has no token."""

    id: int
    parent: int | None
    depth: int
    token_id: int | None
    text: str
    entropy: float | None
    logprob: float | None
    rank: int | None
    dice: float | None
    rule: Rule | None
    token_bytes: bytes | None = None

    @property
    def known_token_id(self) -> int:
        """The token's id where it must be known: it is for every token that a model gave.

        Raises:
            TraceError: this is the prompt's node, or an imported run does not tell the id.
        """
        if self.token_id is None:
            raise TraceError(f"The token of node {self.id} is not known; only runs of a model tell every token's id.")
        return self.token_id


@dataclass(frozen=True)
class Sequence:
    """One path from the prompt to a leaf. `finish_reason` is None while it grows."""

    id: int
    parent_sequence: int | None
    leaf: int
    finish_reason: FinishReason | None


@dataclass(slots=True)
class _GrowingSequence:
    """What changes of a sequence while it grows."""

    parent_sequence: int | None
    leaf: int
    finish_reason: FinishReason | None = None


@dataclass(frozen=True)
class Ledger:
    """What a run cost, in tokens, against full parallel sampling.

    Pruned sequences are paid for and save nothing: no sample was had, so no full sample is counted for them.
    """

    generated_tokens: int
    """#T of the paper: every node once, the prompt not counted."""
    reused_prefix_tokens: int
    """Tokens that kept sequences share with the one they forked from: their lengths summed, less the tokens on them."""
    parallel_tokens: int
    """What M full samples (or as many as there are kept sequences, if more) would have cost, at their mean length."""
    saved_fraction: float
    """1 - generated / parallel, below 0 where more was paid than that; 0 where there is nothing to compare with."""
    forward_passes: int
    seconds: float


class TokenTree:
    """Everything that a run has shown so far. Grows by `apply`; equal trees came from equal events.

    `apply` costs O(1), a few microseconds. Nothing here is a copy of the model's state: a tree can be kept, saved and
    compared alone. One thread may grow it while others read: each answer is of one moment, but two answers may be of
    two moments. Whoever needs several that fit each other takes a `snapshot` first.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        """Held while an event is taken in, and while what several events change is read."""
        self._nodes: list[Node] = []
        self._children: list[list[int]] = []
        self._graph = nx.DiGraph()
        self._growing: list[_GrowingSequence] = []
        self._num_kept_children: list[int] = []
        """By node: children that a sequence leads to which was not pruned."""
        self._num_pruned_nodes = 0
        """Nodes that only pruned sequences lead to."""
        self.forks: list[Forked] = []
        self._first_forks: dict[int, Forked] = {}
        """By the node after which they stand."""
        self.started: RunStarted | None = None
        self.finished: RunFinished | None = None

    def apply(self, event: Event) -> None:
        """Take in the next event of the run; see `eager_core.events` for the order they come in."""
        with self._lock:
            self._apply(event)

    def snapshot(self) -> "TokenTree":
        """Return the tree as it stands at one moment, for good: it does not grow with this one. O(nodes), cheap."""
        copy = TokenTree()
        with self._lock:
            copy._nodes = self._nodes.copy()
            copy._children = [children.copy() for children in self._children]
            copy._growing = [replace(growing) for growing in self._growing]
            copy._num_kept_children = self._num_kept_children.copy()
            copy._num_pruned_nodes = self._num_pruned_nodes
            copy.forks, copy._first_forks = self.forks.copy(), self._first_forks.copy()
            copy.started, copy.finished = self.started, self.finished
        return copy

    def _apply(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._start(event)
            case SequenceStarted():
                self._growing.append(_GrowingSequence(None, ROOT))
            case NodeAdded():
                self._add_node(event)
            case Forked():
                self.forks.append(event)
                self._first_forks.setdefault(event.node, event)
                self._growing.append(_GrowingSequence(event.sequence, event.node))
            case SequenceFinished():
                self._growing[event.sequence].finish_reason = event.finish_reason
                if event.finish_reason == "pruned":
                    self._prune(self._growing[event.sequence].leaf)
            case RunFinished():
                self.finished = event

    def _start(self, event: RunStarted) -> None:
        self.started = event
        self._nodes.append(Node(ROOT, None, 0, None, event.prompt, None, None, None, None, None))
        self._children.append([])
        self._num_kept_children.append(0)
        self._growing.append(_GrowingSequence(None, ROOT))

    def _add_node(self, event: NodeAdded) -> None:
        self._children.append([])
        self._children[event.parent].append(event.id)
        self._num_kept_children.append(0)
        self._num_kept_children[event.parent] += 1
        self._nodes.append(
            Node(
                event.id, event.parent, event.depth, event.token_id, event.text,
                event.entropy, event.logprob, event.rank, event.dice, event.rule, event.token_bytes,
            )
        )  # fmt: skip
        self._growing[event.sequence].leaf = event.id

    def _prune(self, leaf: int) -> None:
        """Count the nodes that no other sequence leads to; each node is counted once in the life of the tree."""
        node = self._nodes[leaf]
        while node.parent is not None and self._num_kept_children[node.id] == 0:
            self._num_pruned_nodes += 1
            self._num_kept_children[node.parent] -= 1
            node = self._nodes[node.parent]

    @property
    def start(self) -> RunStarted:
        """How the run began, where there must be one; `started` is None where there may be none.

        Raises:
            TraceError: the tree holds no run yet.
        """
        if self.started is None:
            raise TraceError("The tree holds no run yet; apply the events of one first.")
        return self.started

    @property
    def graph(self) -> nx.DiGraph:
        """The tree as a networkx graph: node ids with their `Node` as attribute `node`, edges from parent to child.

        Brought up to date when asked for, at a cost for each node that is new since the last time: a replayed run of
        thousands of nodes need not pay for it.
        """
        with self._lock:
            for node in self._nodes[self._graph.number_of_nodes() :]:
                self._graph.add_node(node.id, node=node)
                if node.parent is not None:
                    self._graph.add_edge(node.parent, node.id)
            return self._graph

    @property
    def sequences(self) -> list[Sequence]:
        """All sequences as they stand, by their ids."""
        with self._lock:
            return [
                Sequence(number, growing.parent_sequence, growing.leaf, growing.finish_reason)
                for number, growing in enumerate(self._growing)
            ]

    @property
    def kept_sequences(self) -> list[Sequence]:
        """Those that were not pruned, by their ids: what the run is there for."""
        return [sequence for sequence in self.sequences if sequence.finish_reason != "pruned"]

    @property
    def num_nodes(self) -> int:
        """Nodes in the tree, the prompt counted."""
        return len(self._nodes)

    def node(self, node_id: int) -> Node:
        """Return the node; KeyError if there is none of that id."""
        if not 0 <= node_id < len(self._nodes):
            raise KeyError(node_id)
        return self._nodes[node_id]

    def nodes(self) -> Iterable[Node]:
        """All nodes in the order of their ids, the prompt first."""
        return iter(self._nodes)

    def children(self, node_id: int) -> list[int]:
        """Ids of the nodes that follow `node_id`, the continuing sequence's first."""
        return list(self._children[node_id])

    def first_fork(self, node_id: int) -> Forked | None:
        """The first fork after a node, None where there is none. O(1)."""
        return self._first_forks.get(node_id)

    def path(self, node_id: int) -> list[Node]:
        """The nodes from the first generated token to `node_id`, the prompt left out. O(depth)."""
        path = []
        node = self.node(node_id)
        while node.parent is not None:
            path.append(node)
            node = self.node(node.parent)
        return path[::-1]

    def text(self, sequence: Sequence) -> str:
        """The text of a sequence, without the end-of-sequence token it may have ended in."""
        nodes = self.path(sequence.leaf)
        if sequence.finish_reason == "eos":
            nodes = nodes[:-1]
        return "".join(node.text for node in nodes)

    def num_tokens(self, sequence: Sequence) -> int:
        """Tokens of a sequence after the prompt, the end-of-sequence token counted."""
        return self.node(sequence.leaf).depth

    def ledger(self) -> Ledger:
        """Count what the tree holds; forward passes and seconds are 0 until the run has finished."""
        with self._lock:
            return self._ledger()

    def _ledger(self) -> Ledger:
        generated = max(0, self.num_nodes - 1)
        kept = [growing for growing in self._growing if growing.finish_reason != "pruned"]
        summed = sum(self._nodes[growing.leaf].depth for growing in kept)
        max_sequences = (self.started.known("max_sequences") or 0) if self.started else 0
        # Rounded to whole tokens; exact where the run reached M. More sequences than M (branches by hand, a cap that
        # counts only the active, an unknown M) are compared with as many full samples.
        num_samples = max(max_sequences, len(kept))
        parallel = round(num_samples * summed / len(kept)) if kept else 0
        return Ledger(
            generated_tokens=generated,
            reused_prefix_tokens=summed - (generated - self._num_pruned_nodes),
            parallel_tokens=parallel,
            saved_fraction=1 - generated / parallel if parallel else 0.0,
            forward_passes=self.finished.forward_passes if self.finished else 0,
            seconds=self.finished.seconds if self.finished else 0.0,
        )

    # A class that says what equals it has no hash unless it says that too: a tree, which changes, has none.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, TokenTree) and (
            (self.started, self.finished, self.sequences, self.forks)
            == (other.started, other.finished, other.sequences, other.forks)
            and list(self.nodes()) == list(other.nodes())
        )


def fold(events: Iterable[Event]) -> TokenTree:
    """Return the tree that `events` tell of."""
    tree = TokenTree()
    for event in events:
        tree.apply(event)
    return tree
