"""Everything known of one possible tree: its nodes, their predictions, and the memory to learn more."""

import math
from collections.abc import Sequence

import numpy as np

from eager_core.engine import Engine
from eager_core.errors import ModelError
from eager_core.failures import model_failures
from eager_core.known import KnownNode
from eager_core.prediction import Prediction
from eager_core.sampling import draw, draw_exactly


class Knowledge:
    """The known part of the one tree that (model, prompt, seed) has. Grows, is never wrong.

    Owns its nodes and the engine's memory for them. Used by one run at a time. All that a run asks of an engine goes
    through here, so that whatever an engine raises reaches everyone as a ModelError of one sentence.
    """

    def __init__(self, engine: Engine, prompt: str) -> None:
        """Raises: PromptError, if the engine refuses the prompt; ModelError, if it fails."""
        self.engine = engine
        self.root = KnownNode(0, text=prompt)
        self.nodes = [self.root]
        with model_failures():
            self.prompt_ids = engine.encode_prompt(prompt)
            self._memory = engine.open(self.prompt_ids)

    @property
    def num_forward_passes(self) -> int:
        """Forward passes of the model so far."""
        return self._memory.num_forward_passes

    @property
    def room(self) -> int:
        """Most tokens that fit the model's context after the prompt."""
        return self.engine.context_length - len(self.prompt_ids)

    def child(self, node: KnownNode, token_id: int) -> KnownNode:
        """Return the node that `token_id` leads to from a predicted one, made known if it was not. No forward pass."""
        child = node.children.get(token_id)
        if child is None:
            with model_failures():
                text = self.engine.token_text(node.token_path, token_id)
            child = KnownNode(len(self.nodes), node, token_id, text, *self._logprob_and_rank(node, token_id))
            node.children[token_id] = child
            self.nodes.append(child)
        return child

    def predict(self, nodes: Sequence[KnownNode]) -> None:
        """Make the predictions of `nodes` known, asking the model for those that are not, in one pass.

        Raises:
            ModelError: the model fails, or computes NaN; what it said of other nodes is known.
        """
        unknown = [node for node in nodes if node.prediction is None]
        if unknown:
            with model_failures():
                predictions = list(zip(unknown, self._memory.predict(unknown), strict=True))
            for node, prediction in predictions:
                node.prediction = _checked(node, prediction)

    def draw(self, node: KnownNode, temperature: float, top_p: float, dice: float) -> int:
        """Return the token id that `dice` lands on after a predicted node; no forward pass."""
        key = (temperature, top_p, dice)
        token_id = node.draws.get(key)
        if token_id is None:
            index = draw(node.prediction, temperature, top_p, dice)
            if index is None:
                token_id = draw_exactly(self.distribution(node), temperature, top_p, dice)[0]
            else:
                token_id = int(node.prediction.token_ids[index])
            node.draws[key] = token_id
        return token_id

    def distribution(self, node: KnownNode) -> np.ndarray:
        """Return the natural log-probabilities [vocabulary] after a predicted node; no forward pass."""
        with model_failures():
            return self._memory.distribution(node)

    def _logprob_and_rank(self, node: KnownNode, token_id: int) -> tuple[float, int]:
        (found,) = np.nonzero(node.prediction.token_ids == token_id)
        if len(found):
            return float(node.prediction.logprobs[found[0]]), int(found[0]) + 1
        logprobs = self.distribution(node)
        own = logprobs[token_id]
        before = np.count_nonzero(logprobs > own) + np.count_nonzero(logprobs[:token_id] == own)
        return float(own), int(before) + 1

    def close(self) -> None:
        """Free the engine's memory; the nodes stay readable. Again, it does nothing."""
        self._memory.close()


def _checked(node: KnownNode, prediction: Prediction) -> Prediction:
    """Return the prediction if its numbers are numbers: no draw and no threshold can make sense of NaN."""
    if math.isnan(prediction.full_entropy) or math.isnan(prediction.top_k_entropy):
        place = f"after token {node.depth} of a sequence" if node.depth else "after the prompt"
        raise ModelError(f"The model computes NaN {place}; load it in float32, or name another model.")
    return prediction
