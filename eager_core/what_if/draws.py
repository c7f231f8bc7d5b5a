"""Over which temperatures a whole tree draws the tokens that it has.

Each token of a tree that was drawn is kept over one interval of temperatures, for the rank that a roll lands on only
rises with the temperature (see `sampling.temperatures_that_keep`); so is each fork that is decided at the temperature
of the draw, for that entropy only rises too. The tree is the same over what all of them have in common.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from eager_core.knowledge import Knowledge
from eager_core.known_node import KnownNode
from eager_core.prediction import Prediction, most_probable_first
from eager_core.sampling import draw, draw_falling
from eager_core.tree import Node, TokenTree
from eager_core.uncertainty import top_k_entropy_at

TOLERANCE = 1e-6
"""The ends of an interval are halved down to this."""

_NOT_DRAWN = frozenset({"first", "second", "further", "spent", "by_hand"})
"""Rules of tokens that no roll of the dice chose."""

_NEVER_DRAW = frozenset({"percentile", "greedy"})
"""Strategies whose "greedy" does not come from a temperature of 0."""


class Draw:
    """One draw of a tree: what the model said, the roll, and the token that came of it."""

    def __init__(self, knowledge: Knowledge, known: KnownNode, node: Node, top_p: float) -> None:
        self._knowledge = knowledge
        self._known = known
        assert known.prediction is not None and node.dice is not None  # the tree was walked over what is known
        self._prediction = known.prediction
        self._top_p = top_p
        self._dice = node.dice
        self._token_id = node.token_id
        self._whole: tuple[np.ndarray, np.ndarray] | None = None
        """(token ids, their log-probabilities) [vocabulary] in falling order, once it was needed."""

    def decides(self, temperature: float) -> bool | None:
        """Return whether all stays as it is at `temperature`; None where the tokens kept don't tell."""
        index = draw(self._prediction, temperature, self._top_p, self._dice)
        return None if index is None else self._keeps(index)

    def is_kept(self, temperature: float) -> bool:
        """Return whether all stays as it is at `temperature`; asks for the whole distribution if need be."""
        return self._keeps(self._index_at(temperature))

    def token_at(self, temperature: float) -> int:
        """Return the token that the roll lands on at `temperature`; asks for the whole distribution if need be."""
        return self._token(self._index_at(temperature))

    def _keeps(self, index: int) -> bool:
        return self._token(index) == self._token_id

    def _token(self, index: int) -> int:
        is_told = index < self._prediction.num_kept
        return int(self._prediction.token_ids[index] if is_told else self._in_order()[0][index])

    def _index_at(self, temperature: float) -> int:
        index = draw(self._prediction, temperature, self._top_p, self._dice)
        return draw_falling(self._in_order()[1], temperature, self._top_p, self._dice) if index is None else index

    def _in_order(self) -> tuple[np.ndarray, np.ndarray]:
        if self._whole is None:
            logprobs = self._knowledge.logprobs(self._known)
            order = most_probable_first(logprobs)
            self._whole = order, np.asarray(logprobs, dtype=np.float64)[order]
        return self._whole


class UnusedDraw(Draw):
    """The draw of a fork, whose token nobody takes. The authors' code looks whether it ends the sequence, and if so
    does not fork: so it must not come to an end-of-sequence token."""

    def __init__(self, knowledge: Knowledge, known: KnownNode, node: Node, top_p: float, temperature: float) -> None:
        super().__init__(knowledge, known, node, top_p)
        self._ends = knowledge.engine.eos_token_ids
        self._place = self._index_at(temperature)

    def _keeps(self, index: int) -> bool:
        low, high = sorted((index, self._place))
        # Also not in between, for on its way there the roll came by.
        return not any(self._token(between) in self._ends for between in range(low, high + 1))


@dataclass(frozen=True)
class KeptTemperatures:
    """Between which temperatures all is kept: at `low` and `high` it is, at `below` and `above` it is not."""

    low: float
    high: float
    below: float | None
    """None where `low` is the lowest temperature there is."""
    above: float | None
    """None where `high` is the highest that was asked about."""


def draws_of(knowledge: Knowledge, tree: TokenTree) -> list[Draw]:
    """Return all draws of a tree that was walked over what is known, in the order of its nodes."""
    settings = tree.start.settings
    draws = [Draw(knowledge, known, node, settings.top_p) for known, node in _drawn(knowledge, tree)]
    if settings.strategy == "reference":
        known = known_nodes(knowledge, tree)
        forked = [(node.parent, node) for node in tree.nodes() if node.rule == "first" and node.parent is not None]
        draws += [
            UnusedDraw(knowledge, known[parent], node, settings.top_p, settings.temperature) for parent, node in forked
        ]
    return draws


def kept_temperatures(
    draws: list[Draw], decisions: list[tuple[Prediction, bool]], theta: float, at_equality: bool,
    temperature: float, lowest: float, highest: float,
) -> KeptTemperatures:  # fmt: skip
    """Return over which temperatures around `temperature`, in [lowest, highest], all draws and decisions are the same.

    Args:
        decisions: forks that are decided at the temperature of the draw: what the model said, and whether it forked.
        at_equality: whether an entropy of exactly theta forks.
    """

    def forks(prediction: Prediction, at: float) -> bool:
        entropy = top_k_entropy_at(prediction, at)
        return entropy >= theta if at_equality else entropy > theta

    def is_decided_so(prediction: Prediction, forked: bool, at: float) -> bool:
        return forks(prediction, at) == forked

    def end(far: float) -> tuple[float, float | None]:
        last, beyond = far, None
        undecided = []
        for drawn in draws:
            is_kept = drawn.decides(last)
            if is_kept is None:
                undecided.append(drawn)
            elif not is_kept:
                last, beyond = _halved(drawn.is_kept, temperature, last)
        for prediction, forked in decisions:
            if forks(prediction, last) != forked:
                last, beyond = _halved(partial(is_decided_so, prediction, forked), temperature, last)
        # Only where these still reach far must whole distributions be looked at.
        for drawn in undecided:
            if not drawn.is_kept(last):
                last, beyond = _halved(drawn.is_kept, temperature, last)
        return last, beyond

    (low, below), (high, above) = end(lowest), end(highest)
    return KeptTemperatures(low, high, below, above)


def _halved(is_kept: Callable[[float], bool], near: float, far: float) -> tuple[float, float]:
    """Return (the last temperature found at which it is kept, the first at which not), from `near` towards `far`."""
    while abs(far - near) > TOLERANCE:
        middle = (near + far) / 2
        if middle in (near, far):
            break
        near, far = (middle, far) if is_kept(middle) else (near, middle)
    return near, far


def change_of_draw(drawn: Draw, low: float, high: float) -> float:
    """Return the lowest temperature found in (low, high] at which another token is drawn than at `low`."""
    return _halved(drawn.is_kept, low, high)[1]


def change_of_fork(prediction: Prediction, theta: float, at_equality: bool, low: float, high: float) -> float:
    """Return the lowest temperature found in (low, high] at which the entropy reaches theta; at `low` it does not."""
    reaches = theta if at_equality else math.nextafter(theta, math.inf)
    return _halved(lambda at: top_k_entropy_at(prediction, at) < reaches, low, high)[1]


def known_nodes(knowledge: Knowledge, tree: TokenTree) -> list[KnownNode]:
    """Return the known node of each node of a tree that was walked over what is known."""
    known = [knowledge.root]
    for node in list(tree.nodes())[1:]:
        assert node.parent is not None and node.token_id is not None  # the prompt's node is left out
        known.append(known[node.parent].children[node.token_id])
    return known


def _drawn(knowledge: Knowledge, tree: TokenTree) -> Iterator[tuple[KnownNode, Node]]:
    """Yield (the known node before it, the node) for each node that a roll chose."""
    known = known_nodes(knowledge, tree)
    never = tree.start.settings.strategy in _NEVER_DRAW
    beside: set[int] = set()
    for node in list(tree.nodes())[1:]:
        if node.rule == "by_hand" or node.parent in beside:
            beside.add(node.id)
        assert node.parent is not None  # the prompt's node is left out
        if node.rule not in _NOT_DRAWN and (node.id in beside or not never):
            yield known[node.parent], node
