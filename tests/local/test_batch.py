"""What is asked for at once is said as an uncached model says it, in whatever order it is asked."""

import numpy as np
import pytest
from transformers import LlamaConfig

from eager_core.known_node import KnownNode
from tests.local.test_parity import SIZES, TOLERANCE_NATS
from tests.local.tiny_engine import engine_for, plain_logprobs, random_model

MODEL = random_model(LlamaConfig(**{**SIZES, "num_hidden_layers": 2}))


def chain(*token_ids):
    """Return the nodes of one path from the prompt's on."""
    nodes = [KnownNode(0)]
    for token_id in token_ids:
        nodes.append(KnownNode(len(nodes), nodes[-1], token_id))
    return nodes


@pytest.mark.parametrize("are_roots_known", [True, False])
@pytest.mark.parametrize(
    "order", [(1, 4), (4, 1, 3), (1, 2), (2, 1), (1, 3, 5), (5, 1, 3), (2, 5, 5, 2), (0, 3), (3, 0)]
)
def test_a_node_and_others_below_it_at_once(order, are_roots_known):
    """A row that was given out in a request is not written before its pass: nothing may be built on it till then."""
    memory = engine_for(MODEL, num_blocks=256, block_rows=4).open([5, 17, 3])
    nodes = chain(8, 9, 10, 11, 12)
    if are_roots_known:
        memory.predict(nodes[:1])
    asked = [nodes[place] for place in order]
    for node, prediction in zip(asked, memory.predict(asked), strict=True):
        plain = plain_logprobs(MODEL, (*memory.prompt_ids, *node.path()))[-1].numpy()
        assert np.abs(plain[prediction.token_ids] - prediction.logprobs).max() < TOLERANCE_NATS
