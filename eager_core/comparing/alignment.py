"""Which nodes of two trees are the same place: those that the same tokens lead to from the same prompt.

    A: the sky is blue      B: the sky was red      the same: the prompt, "the", "sky"

Independent samples of one tree may lead to one place by nodes of their own; there the first of them stands for all.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from eager_core.tree import Node, TokenTree


@dataclass(frozen=True)
class Alignment:
    """Two trees over one set of places; place 0 is the prompt. A place's number is above its parent's."""

    places_a: tuple[int, ...]
    """By node of A."""
    places_b: tuple[int, ...]
    nodes_a: Mapping[int, int]
    """The first node of A at a place."""
    nodes_b: Mapping[int, int]

    @property
    def shared(self) -> list[int]:
        """Places that both trees hold, rising."""
        return sorted(self.nodes_a.keys() & self.nodes_b.keys())

    @property
    def shared_nodes_a(self) -> frozenset[int]:
        """Nodes of A whose place B holds too: what is dimmed."""
        return frozenset(node for node, place in enumerate(self.places_a) if place in self.nodes_b)

    @property
    def shared_nodes_b(self) -> frozenset[int]:
        """Nodes of B whose place A holds too."""
        return frozenset(node for node, place in enumerate(self.places_b) if place in self.nodes_a)

    @property
    def pairs(self) -> frozenset[tuple[int, int]]:
        """(node of A, node of B) at each shared place."""
        return frozenset((self.nodes_a[place], self.nodes_b[place]) for place in self.shared)


def align(a: TokenTree, b: TokenTree) -> Alignment:
    """Return which nodes are the same place; none where the prompts differ. O(nodes).

    Tokens are compared by their ids where both runs are of one model and tell them all, else by what they read as: ids
    of another vocabulary mean something else.
    """
    if not _ask_the_same(a, b):
        num_a = a.num_nodes
        places_b = tuple(range(num_a, num_a + b.num_nodes))
        return Alignment(
            tuple(range(num_a)), places_b,
            {place: place for place in range(num_a)}, {place: node for node, place in enumerate(places_b)},
        )  # fmt: skip
    name = _by_id if _speak_the_same(a, b) else _by_text
    numbers: dict[tuple[int, Hashable], int] = {}
    places_a, places_b = (_places(tree, name, numbers) for tree in (a, b))
    return Alignment(places_a, places_b, _first_nodes(places_a), _first_nodes(places_b))


def key_of(a: TokenTree, b: TokenTree) -> Callable[[Node], Hashable]:
    """Return what tells tokens of these two trees apart."""
    return _by_id if _speak_the_same(a, b) else _by_text


def _ask_the_same(a: TokenTree, b: TokenTree) -> bool:
    if a.started is None or b.started is None or a.started.prompt != b.started.prompt:
        return False
    digests = {a.started.prompt_digest, b.started.prompt_digest}
    # Another model's frame around the same prompt is other tokens; the question is still the same.
    return a.started.model != b.started.model or None in digests or len(digests) == 1


def _speak_the_same(a: TokenTree, b: TokenTree) -> bool:
    tells = all(node.token_id is not None for tree in (a, b) for node in list(tree.nodes())[1:])
    return tells and a.start.model == b.start.model


def _by_id(node: Node) -> Hashable:
    return node.token_id


def _by_text(node: Node) -> Hashable:
    return node.text, node.token_bytes


def _places(
    tree: TokenTree, name: Callable[[Node], Hashable], numbers: dict[tuple[int, Hashable], int]
) -> tuple[int, ...]:
    places = [0]
    for node in list(tree.nodes())[1:]:
        assert node.parent is not None  # the prompt's node is left out
        places.append(numbers.setdefault((places[node.parent], name(node)), len(numbers) + 1))
    return tuple(places)


def _first_nodes(places: tuple[int, ...]) -> dict[int, int]:
    first: dict[int, int] = {}
    for node, place in enumerate(places):
        first.setdefault(place, node)
    return first
