"""Where two trees part first, in the order in which runs grow: by depth, then by sequence."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from eager_core.comparing.alignment import Alignment, align
from eager_core.tree import ROOT, TokenTree

Cause = Literal["empty", "prompt", "starts", "fork", "branches", "token", "by_hand", "end"]
"""What happened there: one run has not begun; they ask other prompts; they begin other numbers of samples; one forks
and the other does not; both fork, into other tokens; both draw, other tokens; a person branched one of them; one goes
on where the other ended, or they ended there in other ways."""

Strategic = frozenset({"first", "second", "further"})
"""Rules of nodes that a fork brought."""


@dataclass(frozen=True)
class Divergence:
    """The first place at which two trees are not the same."""

    cause: Cause
    node_a: int
    """The last node before they part, in A; -1 in a run that has not begun."""
    node_b: int
    depth: int
    sequence: int
    """The one that comes by first, as A numbers it."""
    forks_in: Literal["a", "b"] | None = None
    """Which one forks, where only one does."""


def first_divergence(a: TokenTree, b: TokenTree, alignment: Alignment | None = None) -> Divergence | None:
    """Return where `a` and `b` part first; None where they are of the same tokens and sequences. O(nodes).

    Up to there the two grew alike, whatever comes later.
    """
    if a.started is None or b.started is None:
        if a.started is b.started:
            return None
        return Divergence("empty", -1 if a.started is None else ROOT, -1 if b.started is None else ROOT, 0, 0)
    alignment = alignment or align(a, b)
    if not alignment.shared:
        return Divergence("prompt", ROOT, ROOT, 0, 0)
    if _num_starts(a) != _num_starts(b):
        return Divergence("starts", ROOT, ROOT, 0, 0)
    children_a, children_b = _children(alignment.places_a, a), _children(alignment.places_b, b)
    ends_a, ends_b = _ends(alignment.places_a, a), _ends(alignment.places_b, b)
    apart = [
        place
        for place in alignment.shared
        if children_a.get(place) != children_b.get(place) or ends_a.get(place) != ends_b.get(place)
    ]
    if not apart:
        return None
    comes_by = _first_sequences(a)

    def when(place: int) -> tuple[int, int]:
        node = alignment.nodes_a[place]
        return a.node(node).depth, comes_by[node]

    place = min(apart, key=when)
    nodes = alignment.nodes_a[place], alignment.nodes_b[place]
    cause, forks_in = _cause(a, b, alignment, place)
    return Divergence(cause, *nodes, *when(place), forks_in)


def children_at(tree: TokenTree, places: tuple[int, ...], place: int) -> list[int]:
    """Return the nodes of `tree` that follow a place."""
    return [child for node, own in enumerate(places) if own == place for child in tree.children(node)]


def _cause(a: TokenTree, b: TokenTree, alignment: Alignment, place: int) -> tuple[Cause, Literal["a", "b"] | None]:
    after_a, after_b = (
        [(tree.node(child).rule, places[child]) for child in children_at(tree, places, place)]
        for tree, places in ((a, alignment.places_a), (b, alignment.places_b))
    )
    if not after_a or not after_b:
        return "end", None
    own_a, own_b = ({where for rule, where in after if rule != "by_hand"} for after in (after_a, after_b))
    forks_a, forks_b = (any(rule in Strategic for rule, _ in after) for after in (after_a, after_b))
    if forks_a != forks_b:
        return "fork", "a" if forks_a else "b"
    if own_a != own_b:
        return ("branches" if forks_a else "token"), None
    return ("by_hand", None) if set(after_a) != set(after_b) else ("end", None)


def _num_starts(tree: TokenTree) -> int:
    return sum(sequence.parent_sequence is None for sequence in tree.sequences)


def _children(places: tuple[int, ...], tree: TokenTree) -> dict[int, set[int]]:
    children: dict[int, set[int]] = defaultdict(set)
    for node in list(tree.nodes())[1:]:
        assert node.parent is not None  # the prompt's node is left out
        children[places[node.parent]].add(places[node.id])
    return dict(children)


def _ends(places: tuple[int, ...], tree: TokenTree) -> dict[int, list[str]]:
    """Return how the sequences that stand at a place ended."""
    ends: dict[int, list[str]] = defaultdict(list)
    for sequence in tree.sequences:
        ends[places[sequence.leaf]].append(sequence.finish_reason or "")
    return {place: sorted(reasons) for place, reasons in ends.items()}


def _first_sequences(tree: TokenTree) -> dict[int, int]:
    """Return the lowest id of the sequences through each node: that of the one that grew it."""
    comes_by: dict[int, int] = {}
    for sequence in tree.sequences:
        node = tree.node(sequence.leaf)
        while node.id not in comes_by:
            comes_by[node.id] = sequence.id
            if node.parent is None:
                break
            node = tree.node(node.parent)
    return comes_by
