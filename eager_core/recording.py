"""From a run whose model is still at hand to what is kept of it: see `recorded`."""

from collections.abc import Iterator

import numpy as np

from eager_core.errors import ModelError
from eager_core.exploration import Exploration
from eager_core.knowledge import Knowledge
from eager_core.known_node import KnownNode
from eager_core.recorded import HIGHEST_TEMPERATURE, Offer, Recorded
from eager_core.sampling import nucleus, temperatures_that_keep_index
from eager_core.settings import Settings
from eager_core.tree import Node, TokenTree
from eager_core.unfinished import own_bytes


def record(tree: TokenTree, exploration: Exploration) -> Recorded:
    """Return what is to be kept of `tree`, a run of `exploration`, at its settings; no forward pass.

    It costs one look at the whole distribution for each node that has successors, milliseconds each. Where predictions
    were forgotten, or the exploration was closed or fails, those nodes are left out.
    """
    settings, offers, kept = tree.start.settings, {}, {}
    try:
        for node, known in _known_parents(tree, exploration.knowledge):
            falling = np.sort(exploration.knowledge.logprobs(known))[::-1]
            offers[node.id] = _offer(exploration, known, falling, settings)
            for child in map(tree.node, tree.children(node.id)):
                if child.dice is None or child.rank is None:
                    continue
                range_ = temperatures_that_keep_index(
                    falling, settings.top_p, child.dice, child.rank - 1, HIGHEST_TEMPERATURE
                )
                if range_ is not None:
                    kept[child.id] = range_
    except ModelError:
        pass  # a tree without its alternatives is worth saving too
    return Recorded(offers, kept)


def _known_parents(tree: TokenTree, knowledge: Knowledge) -> Iterator[tuple[Node, KnownNode]]:
    """Yield the nodes that have successors, with what is known of them, where the model was asked."""
    known_of: dict[int, KnownNode] = {}
    for node in tree.nodes():
        if node.parent is None:
            known: KnownNode | None = knowledge.root
        else:
            parent = known_of.get(node.parent)
            known = None if parent is None or node.token_id is None else parent.children.get(node.token_id)
        if known is None:
            continue
        known_of[node.id] = known
        if known.prediction is not None and tree.children(node.id):
            yield node, known


def _offer(exploration: Exploration, known: KnownNode, falling: np.ndarray, settings: Settings) -> Offer:
    engine, path = exploration.engine, known.path()
    assert known.prediction is not None  # `_known_parents` has seen to it
    prediction = known.prediction.shortened()
    ids = prediction.token_ids.tolist()
    texts = tuple(engine.token_text(path, token_id) for token_id in ids)
    own = tuple(own_bytes(text, engine.token_bytes(token_id)) for text, token_id in zip(texts, ids, strict=True))
    edges = nucleus(falling, settings.temperature, settings.top_p)
    return Offer(prediction, texts, own, len(edges), float(edges[-1]))
