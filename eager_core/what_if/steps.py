"""What changes from one place of a slider to the next, in one sentence."""

import math
from dataclasses import dataclass

from eager_core.comparing import Divergence, first_divergence
from eager_core.comparing.wording import enumerated, named, number
from eager_core.exploration import Exploration
from eager_core.joint import KnownWalk
from eager_core.tree import Node
from eager_core.what_if.draws import TOLERANCE, Draw, change_of_draw, change_of_fork, known_nodes
from eager_core.what_if.scales import Setting, Value


@dataclass(frozen=True)
class Step:
    """The first change between two neighbouring places, in the order in which runs grow."""

    low: Value
    high: Value
    at: Value
    """The lowest value at which it has happened: exact for theta and M, to 1e-6 for temperature; `high` where only that
    is known."""
    path: tuple[int, ...]
    """Token ids that lead to the node after which it is."""
    sentence: str


def step_between(
    setting: Setting, low: Value, lower: KnownWalk, high: Value, higher: KnownWalk, exploration: Exploration
) -> Step | None:
    """Return what changes between two places of `setting`; None where the trees are the same. Asks no model."""
    divergence = first_divergence(lower.tree, higher.tree)
    if divergence is None:
        return None
    scene = _Scene(low, lower, high, higher, divergence, exploration)
    at, sentence = {"theta": scene.theta, "max_sequences": scene.max_sequences, "temperature": scene.temperature}[
        setting
    ]()
    path = tuple(node.known_token_id for node in lower.tree.path(divergence.node_a))
    return Step(low, high, at, path, sentence)


class _Scene:
    """Two places, their trees, and where these part: up to there, all values in between give the same tree."""

    def __init__(
        self, low: Value, lower: KnownWalk, high: Value, higher: KnownWalk, divergence: Divergence,
        exploration: Exploration,
    ) -> None:  # fmt: skip
        self.low, self.high = low, high
        self.lower, self.higher = lower, higher
        self.divergence = divergence
        self.knowledge = exploration.knowledge
        self.settings = lower.tree.start.settings
        self.where = named(lower.tree.node(divergence.node_a))

    def theta(self) -> tuple[float, str]:
        """A fork falls away once theta passes what was measured there."""
        fork = self.lower.tree.first_fork(self.divergence.node_a)
        assert fork is not None  # raising theta only takes forks away
        measured = fork.entropy
        at = math.nextafter(measured, math.inf) if self.lower.theta_interval.forks_at_equality else measured
        return at, f"From theta {_shown(at, self.high)} on, the fork after {self.where} falls away."

    def max_sequences(self) -> tuple[Value, str]:
        """A fork that was refused, a sample that was not begun, or a sequence that was pruned, finds its place."""
        at, start = self.high, f"With M {self.high}, "
        match self.divergence.cause:
            case "fork":
                # The paper's rule refuses a fork beside exactly M sequences, so one more is enough.
                if self.settings.strategy == "paper":
                    at, start = self.low + 1, f"With M {self.low + 1}, "
                return at, f"{start}there is room for the fork after {self.where}."
            case "starts":
                more = self.high - self.low
                begin = "1 more sample begins" if more == 1 else f"{more} more samples begin"
                return at, f"{start}{begin} at the prompt."
        return at, f"{start}a sequence that was pruned after {self.where} is kept."

    def temperature(self) -> tuple[float, str]:
        """A roll lands on another token, or an entropy at the temperature of the draw reaches theta."""
        if self.divergence.cause == "fork":
            return self._tempered_fork()
        old, new = self._tokens()
        is_between = self.settings.strategy != "reference" and len(old) == len(new) == 1 and self._draws_once()
        if not is_between:
            return self.high, f"With temperature {number(self.high)}, {_replaced(self.where, old, new)}"
        drawn = self._draw(old[0])
        at = change_of_draw(drawn, self.low, self.high)
        shown = _shown(at, self.high)
        if drawn.token_at(float(shown)) == new[0].token_id:
            return at, f"From temperature {shown} on, {_replaced(self.where, old, new)}"
        return at, (
            f"From temperature {shown} on, the token after {self.where} is no longer {named(old[0])}; "
            f"at {number(self.high)} it is {named(new[0])}."
        )

    def _tempered_fork(self) -> tuple[float, str]:
        falls = self.divergence.forks_in == "a"
        what = f"the fork after {self.where} falls away." if falls else f"there is a fork after {self.where}."
        if falls or self.settings.strategy != "paper":
            return self.high, f"With temperature {number(self.high)}, {what}"
        known = known_nodes(self.knowledge, self.lower.tree)[self.divergence.node_a]
        assert known.prediction is not None  # a fork was decided by it
        at = change_of_fork(known.prediction, self.settings.theta, True, self.low, self.high)
        old = self._tokens_at_lower()
        if not all(self._draw(node).is_kept(max(self.low, at - 2 * TOLERANCE)) for node in old):
            # Another token is drawn there before the fork comes: the fork is then all that is said.
            return self.high, f"With temperature {number(self.high)}, {what}"
        return at, f"From temperature {_shown(at, self.high)} on, {what}"

    def _tokens(self) -> tuple[list[Node], list[Node]]:
        """Return what stands after the place in the lower tree alone, and in the higher tree alone."""
        lower, higher = (
            {tree.node(child).token_id: tree.node(child) for child in tree.children(node) if _is_own(tree.node(child))}
            for tree, node in (
                (self.lower.tree, self.divergence.node_a),
                (self.higher.tree, self.divergence.node_b),
            )
        )
        old = [node for token_id, node in lower.items() if token_id not in higher]
        return old, [node for token_id, node in higher.items() if token_id not in lower]

    def _tokens_at_lower(self) -> list[Node]:
        """Return what a roll, or the most likely token, gave after the place in the lower tree."""
        tree = self.lower.tree
        return [node for node in map(tree.node, tree.children(self.divergence.node_a)) if _is_own(node)]

    def _draws_once(self) -> bool:
        return self.settings.strategy != "parallel"

    def _draw(self, node: Node) -> Draw:
        assert node.parent is not None  # only the prompt's node has none, and nothing draws it
        known = known_nodes(self.knowledge, self.lower.tree)[node.parent]
        return Draw(self.knowledge, known, node, self.settings.top_p)


def _is_own(node: Node) -> bool:
    return node.rule != "by_hand"


def _replaced(where: str, old: list[Node], new: list[Node]) -> str:
    gone, come = (enumerated([named(node) for node in nodes]) if nodes else "" for nodes in (old, new))
    if len(old) == len(new) == 1:
        return f"the token after {where} is {come} instead of {gone}."
    if not old and not new:
        return f"the samples share another way after {where}."
    if not old:
        return f"{come} is drawn after {where} too."
    if not new:
        return f"{gone} is no longer drawn after {where}."
    return f"{come} is drawn after {where} instead of {gone}."


def _shown(at: float, highest: float) -> str:
    """Return the roundest number of at least two decimals from `at` to `highest`: what is said of it is then true."""
    for digits in range(2, 15):
        rounded = round(math.ceil(at * 10**digits) / 10**digits, digits)
        if at <= rounded <= highest:
            return f"{rounded:.{digits}f}"
    return repr(at)
