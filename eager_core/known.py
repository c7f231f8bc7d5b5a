"""A known node: one place in the tree of all continuations, and what has been learnt of it."""

from collections.abc import Iterator

from eager_core.prediction import Prediction


class KnownNode:
    """A token after a path. The prompt's node has no parent and no token.

    `prediction` is None until a model was asked; `text` is what the token adds to the path's text; `logprob` (natural,
    before temperature) and `rank` (1: most probable) are those it has in its parent's prediction. `draws` remembers
    what dice gave: (temperature, top-p, dice) -> token id. An exploration owns its known nodes and is the only one to
    write to them. Engines name a node's memory by `index`.
    """

    __slots__ = ("children", "depth", "draws", "index", "logprob", "parent", "prediction", "rank", "text", "token_id")

    def __init__(
        self,
        index: int,
        parent: "KnownNode | None" = None,
        token_id: int | None = None,
        text: str = "",
        logprob: float | None = None,
        rank: int | None = None,
    ) -> None:
        self.index = index
        self.parent = parent
        self.token_id = token_id
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.text = text
        self.logprob = logprob
        self.rank = rank
        self.children: dict[int, KnownNode] = {}
        self.draws: dict[tuple[float, float, float], int] = {}
        self.prediction: Prediction | None = None

    def upwards(self) -> Iterator["KnownNode"]:
        """This node, its parent, and so on to the prompt's node."""
        node: KnownNode | None = self
        while node is not None:
            yield node
            node = node.parent

    def path(self) -> list[int]:
        """Token ids from the first generated one to this node's. O(depth)."""
        return [node.token_id for node in self.upwards() if node.parent is not None][::-1]
