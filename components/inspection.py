"""Everything the inspector says of one node, as JSON values; the page sets all of it as text, never as HTML."""

import math
from typing import Any

from components.alternatives import alternatives
from components.inspector_figure import alternatives_figure
from components.labels import token_label
from components.why import why
from eager_core.exploration import Exploration
from eager_core.known import KnownNode
from eager_core.settings import LARGEST_ENTROPY_NATS
from eager_core.tree import ROOT, Node, TokenTree

_LONGEST_PATH_TEXT = 400
"""Characters of the path's text that are shown: its end."""


def inspect(tree: TokenTree, node_id: int, exploration: Exploration | None = None) -> dict[str, Any]:
    """Return what is to be said of a node; KeyError if the tree has none of that id.

    Args:
        exploration: the one that `tree` is a run of. Without it (a saved tree), or where it knows no prediction, only
            what the node itself tells is said.
    """
    node = tree.node(node_id)
    settings = tree.started.settings
    fork = next((fork for fork in tree.forks if fork.node == node.parent), None)
    path = tree.path(node_id)
    told = {
        "id": node_id,
        "token": token_label(node.text) if node.parent is not None else "the prompt",
        "context": "".join(step.text for step in path[:-1])[-_LONGEST_PATH_TEXT:],
        "why": why(node, fork, settings),
        "facts": _facts(node),
        "figure": None,
        "note": "",
    }
    return told if exploration is None or not path else told | _figure(path, exploration, settings)


def token_ids(tree: TokenTree, node_id: int) -> tuple[int, ...]:
    """Return the token ids from the prompt to a node: what names it in every tree of the same prompt."""
    return tuple(node.token_id for node in tree.path(node_id))


def find_path(tree: TokenTree, path: tuple[int, ...]) -> int | None:
    """Return the id of the node that stands at the end of these token ids, or None if the tree has none."""
    node_id = ROOT
    for token_id in path:
        matching = (child for child in tree.children(node_id) if tree.node(child).token_id == token_id)
        node_id = next(matching, None)
        if node_id is None:
            return None
    return node_id


def _facts(node: Node) -> list[list[str]]:
    if node.parent is None:
        return []
    return [
        ["entropy", f"{node.entropy:.2f} of {LARGEST_ENTROPY_NATS:.2f} nats"],
        ["probability", f"{math.exp(node.logprob):.1%} (logprob {node.logprob:.2f})"],
        ["rank", str(node.rank)],
        ["dice", f"{node.dice:.3f}" if _dice_used(node) else f"{node.dice:.3f}, not used"],
        ["position", f"token {node.depth}, id {node.token_id}"],
    ]


def _dice_used(node: Node) -> bool:
    return node.rule not in ("first", "second", "further", "greedy", "spent", "by_hand")


def _figure(path: list[Node], exploration: Exploration, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the figure of the prediction that the last node of `path` came from, if it is known."""
    node = path[-1]
    token_ids = [step.token_id for step in path[:-1]]
    known = _known(exploration.knowledge.root, token_ids)
    if known is None or known.prediction is None:
        return {}
    shown = alternatives(
        known.prediction,
        settings["temperature"],
        settings["top_p"],
        lambda token_id: exploration.engine.token_text(token_ids, token_id),
    )
    used = _dice_used(node) and settings["temperature"] > 0
    note = "" if shown.exact else "At this temperature rare tokens weigh much; the slim bars are an estimate."
    return {"figure": alternatives_figure(shown, node.token_id, node.dice if used else None), "note": note}


def _known(root: KnownNode, token_ids: list[int]) -> KnownNode | None:
    node: KnownNode | None = root
    for token_id in token_ids:
        node = node.children.get(token_id) if node else None
    return node
