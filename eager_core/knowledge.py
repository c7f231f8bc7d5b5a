"""Everything known of one possible tree: its nodes, their predictions, and the memory to learn more."""

import math
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from eager_core.engine import Engine, Sparing, nothing_to_spare
from eager_core.errors import ModelError
from eager_core.failures import model_failures
from eager_core.known_node import KnownNode
from eager_core.prediction import Prediction
from eager_core.prompt import DEFAULT_DATE, digest_of_ids
from eager_core.sampling import draw, draw_exactly
from eager_core.tree import TokenTree
from eager_core.unfinished import own_bytes


class Knowledge:
    """The known part of the one tree that (model, prompt, seed) has. Grows, is never wrong.

    Owns its nodes and the engine's memory for them. Used by one run at a time, but predictions may be spared from any
    thread: those of nodes in a tree that somebody still holds are shortened at most, all others may be forgotten.
    All that a run asks of an engine goes through here, so that whatever an engine raises reaches everyone as a
    ModelError of one sentence.
    """

    def __init__(self, engine: Engine, prompt: str, date: str = DEFAULT_DATE) -> None:
        """Raises: PromptError, if the engine refuses the prompt; ModelError, if it fails."""
        self.engine = engine
        self.date = date
        """What the prompt's chat frame tells of the date."""
        self.root = KnownNode(0, text=prompt)
        self.nodes = [self.root]
        self.num_learnt = 0
        """Predictions that became known so far, those that were known and forgotten before counted again."""
        self.num_forgotten = 0
        """Predictions that were forgotten so far. While both numbers stay, what is known stays."""
        self._trees: list[weakref.ref[TokenTree]] = []
        self._held: frozenset[KnownNode] = frozenset()
        """What is about to be read, whether or not a tree has it."""
        with model_failures():
            self.prompt_ids = engine.encode_prompt(prompt, date)
            self._memory = engine.open(self.prompt_ids)
        self.prompt_digest = digest_of_ids(self.prompt_ids)
        # Weakly, so that the memory goes with the last one who uses this.
        this = weakref.WeakMethod(self._spare)
        self._memory.spare = lambda how: (this() or nothing_to_spare)(how)

    @property
    def num_forward_passes(self) -> int:
        """Forward passes of the model so far, those that only looked ahead not counted."""
        return self._memory.num_forward_passes

    @property
    def num_spare_passes(self) -> int:
        """Forward passes that only looked ahead; see `foretell`."""
        return self._memory.num_spare_passes

    @property
    def room(self) -> int:
        """Most tokens that fit the model's context after the prompt."""
        return self.engine.context_length - len(self.prompt_ids)

    def use(self, tree: TokenTree) -> None:
        """Keep what `tree` is made of for as long as somebody holds it."""
        self._trees = [former for former in self._trees if former() is not None]
        self._trees.append(weakref.ref(tree))

    def child(self, node: KnownNode, token_id: int) -> KnownNode:
        """Return the node that `token_id` leads to from a predicted one, made known if it was not. No forward pass."""
        child = node.children.get(token_id)
        if child is None:
            with model_failures():
                text = self.engine.token_text(node.token_path, token_id)
                token_bytes = own_bytes(text, self.engine.token_bytes(token_id))
            child = KnownNode(len(self.nodes), node, token_id, text, *self._logprob_and_rank(node, token_id))
            child.token_bytes = token_bytes
            node.children[token_id] = child
            self.nodes.append(child)
        return child

    def predict(self, nodes: Sequence[KnownNode], should_stop: Callable[[], bool] = lambda: False) -> bool:
        """Make the predictions of `nodes` known, asking the model for those that are not, in one pass.

        Args:
            should_stop: asked between the pieces of what takes long, a prompt of many passes, say.
        Returns:
            False if that stopped it; the pieces that are done need not be done again.
        Raises:
            ModelError: the model fails, or computes NaN; what it said of other nodes is known.
        """
        self.hold(nodes)
        unknown = [node for node in nodes if node.prediction is None]
        if unknown:
            with model_failures():
                while self._memory.advance(unknown):
                    if should_stop():
                        return False
                predictions = list(zip(unknown, self._memory.predict(unknown), strict=True))
            broken = self.learn(predictions)
            if broken:
                raise ModelError(_nan_sentence(broken[0]))
        return True

    def hold(self, nodes: Iterable[KnownNode]) -> None:
        """Keep what is known of `nodes`, and no longer of those held before: they are about to be read."""
        self._held = frozenset(nodes)

    def foretell(self, nodes: Sequence[KnownNode], patience_s: float) -> list[tuple[KnownNode, Prediction]]:
        """Return what the model says after some of `nodes` (see `Memory.foretell`); known only once it is learnt.

        May be called in another thread while a run asks.

        Raises:
            ModelError: the model fails.
        """
        with model_failures():
            return self._memory.foretell(nodes, patience_s)

    def learn(self, told: Iterable[tuple[KnownNode, Prediction]]) -> list[KnownNode]:
        """Make predictions known where nothing is known yet, and return the nodes of which NaN was said: nothing is
        known of them."""
        broken = []
        for node, prediction in told:
            if _holds_nan(prediction):
                broken.append(node)
            elif node.prediction is None:
                node.prediction = prediction
                self.num_learnt += 1
        return broken

    def draw(self, node: KnownNode, temperature: float, top_p: float, dice: float) -> int:
        """Return the token id that `dice` lands on after a predicted node; no forward pass."""
        key = (temperature, top_p, dice)
        token_id = node.draws.get(key)
        if token_id is None:
            prediction = node.prediction
            assert prediction is not None  # who draws has predicted the node
            index = draw(prediction, temperature, top_p, dice)
            if index is None:
                token_id = draw_exactly(self.logprobs(node), temperature, top_p, dice)[0]
            else:
                token_id = int(prediction.token_ids[index])
            node.draws[key] = token_id
        return token_id

    def logprobs(self, node: KnownNode) -> np.ndarray:
        """Return the natural log-probabilities [vocabulary] after a predicted node; no forward pass."""
        with model_failures():
            return self._memory.logprobs(node)

    def _logprob_and_rank(self, node: KnownNode, token_id: int) -> tuple[float, int]:
        prediction = node.prediction
        assert prediction is not None  # who asks for a child has predicted the node
        (found,) = np.nonzero(prediction.token_ids == token_id)
        if len(found):
            return float(prediction.logprobs[found[0]]), int(found[0]) + 1
        logprobs = self.logprobs(node)
        own = logprobs[token_id]
        before = np.count_nonzero(logprobs > own) + np.count_nonzero(logprobs[:token_id] == own)
        return float(own), int(before) + 1

    def _spare(self, how: Sparing) -> int:
        """Spare what can be spared, and return how many bytes that freed. O(nodes)."""
        used = set(self._used()) if how == "forget" else set()
        freed = 0
        for node in list(self.nodes):
            former = node.prediction
            # What is held is looked up at the last moment: another thread may be about to read it.
            if former is not None and node.index not in used and (how == "shorten" or node not in self._held):
                node.prediction = former.shortened() if how == "shorten" else None
                freed += former.num_bytes - (node.prediction.num_bytes if node.prediction else 0)
                self.num_forgotten += node.prediction is None
        return freed

    def _used(self) -> Iterator[int]:
        """Yield the indices of the nodes that stand in a tree in use."""
        for tree in [tree for reference in self._trees if (tree := reference()) is not None]:
            known = [self.root]
            yield self.root.index
            for node in list(tree.nodes())[1:]:
                assert node.parent is not None and node.token_id is not None  # the prompt's node is left out
                known.append(known[node.parent].children[node.token_id])
                yield known[-1].index

    def close(self) -> None:
        """Free the engine's memory; the nodes stay readable. Again, it does nothing."""
        self._memory.close()


def _holds_nan(prediction: Prediction) -> bool:
    """Whether a number of it is none: no draw and no threshold can make sense of NaN."""
    return math.isnan(prediction.full_entropy) or math.isnan(prediction.top_k_entropy)


def _nan_sentence(node: KnownNode) -> str:
    place = f"after token {node.depth} of a sequence" if node.depth else "after the prompt"
    return f"The model computes NaN {place}; load it in float32, or choose another model."
