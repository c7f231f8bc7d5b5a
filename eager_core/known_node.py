"""A known node: one place in the tree of all continuations, and what has been learnt of it."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import overload

from eager_core.prediction import Prediction


class KnownNode:
    """A token after a path. The prompt's node has no parent and no token.

    `prediction` is None until a model was asked; `text` is what the token adds to the path's text; `logprob` (natural,
    before temperature) and `rank` (1: most likely) are those it has in its parent's prediction. `draws` remembers
    what dice gave: (temperature, top-p, dice) -> token id. An exploration owns its known nodes and is the only one to
    write to them. Engines name a node's memory by `index`.
    """

    __slots__ = (
        "children", "depth", "draws", "index", "logprob", "parent", "prediction", "rank", "text",
        "token_bytes", "token_id",
    )  # fmt: skip

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
        self.token_bytes: bytes | None = None
        """The token's own bytes where `text` can't say them."""
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
        return [node.token_id for node in self.upwards() if node.token_id is not None][::-1]

    @property
    def token_path(self) -> "TokenPath":
        """The same without a copy, to be read from its end."""
        return TokenPath(self)


class TokenPath(Sequence[int]):
    """The token ids from the first generated one to a node's, read upwards where they lie: the last k cost O(k).

    As texts are looked up along a path, a token's own text is known from the last few before it; copying the whole path
    for each token would make a sequence cost the square of its length.
    """

    __slots__ = ("_node",)

    def __init__(self, node: KnownNode) -> None:
        self._node = node

    def __len__(self) -> int:
        return self._node.depth

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> list[int]: ...

    def __getitem__(self, index: int | slice) -> int | list[int]:
        """O(distance from the end)."""
        if isinstance(index, slice):
            places = range(len(self))[index]
            lowest = min(places, default=len(self))
            tail = list(islice(self.__reversed__(), len(self) - lowest))[::-1]
            return [tail[place - lowest] for place in places]
        place = range(len(self))[index]
        return next(islice(self.__reversed__(), len(self) - 1 - place, None))

    def __iter__(self) -> Iterator[int]:
        return iter(self._node.path())

    def __reversed__(self) -> Iterator[int]:
        return (node.token_id for node in self._node.upwards() if node.token_id is not None)
