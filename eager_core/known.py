"""A known node: one place in the tree of all continuations, and what has been learnt of it."""

from collections.abc import Iterator

from eager_core.prediction import Prediction


class KnownNode:
    """A token after a path. The prompt's node has no parent and no token.

    `prediction` is None until a model was asked; `text` is what the token adds to the path's text. An exploration
    owns its known nodes and is the only one to write to them. Engines name a node's memory by `index`.
    """

    __slots__ = ("children", "depth", "index", "parent", "prediction", "text", "token_id")

    def __init__(self, index: int, parent: "KnownNode | None", token_id: int | None, text: str) -> None:
        self.index = index
        self.parent = parent
        self.token_id = token_id
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.text = text
        self.children: dict[int, KnownNode] = {}
        self.prediction: Prediction | None = None

    def upwards(self) -> Iterator["KnownNode"]:
        """This node, its parent, and so on to the prompt's node."""
        node: KnownNode | None = self
        while node is not None:
            yield node
            node = node.parent
