"""Everything the inspector says of one node, as JSON values; the page sets all of it as text, never as HTML."""

import math
from collections.abc import Callable
from typing import Any

from components.inspector.alternatives import Alternatives, alternatives
from components.inspector.figure import alternatives_figure, percent
from components.inspector.temperatures import keeps
from components.inspector.why import why
from components.tree.graphemes import LONGEST_CODE_POINTS, clip_start
from components.tree.labels import token_label
from components.tree.trigger import Trigger, trigger_of
from eager_core.exploration import Exploration
from eager_core.known_node import KnownNode
from eager_core.prediction import Prediction
from eager_core.settings import LARGEST_ENTROPY_NATS, Settings
from eager_core.tree import ROOT, Node, TokenTree
from eager_core.unfinished import own_bytes, shown_text

LONGEST_CONTEXT = 400
"""Characters of the path's text that are shown: its end."""

_NO_MODEL = "Only the model knows which other tokens could stand here; press Run to ask it."


def inspect(tree: TokenTree, node_id: int, exploration: Exploration | None = None) -> dict[str, Any]:
    """Return what is to be said of a node; KeyError if the tree has none of that id.

    Args:
        exploration: the one that `tree` is a run of. Without it (a saved tree), or where it knows no prediction, only
            what the node itself tells is said.
    """
    path = tree.path(node_id)
    known = known_after(exploration, path[:-1]) if path else None
    told = told_of_node(tree, tree.node(node_id), known.prediction if known else None)
    told |= {"context": _context(path[:-1]), "note": _NO_MODEL if path else ""}
    return told | _bars(tree, path, known, exploration) if known and exploration is not None else told


def told_of_node(tree: TokenTree, node: Node, prediction: Prediction | None = None) -> dict[str, Any]:
    """Return what is to be said of a node whatever stands before it; the text there is left empty. O(1).

    Args:
        prediction: the one that the node came from; without it, only what the node itself tells is said.
    """
    is_token = node.parent is not None
    fork = tree.first_fork(node.parent) if node.parent is not None else None
    trigger = trigger_of(node, fork, tree.start, prediction)
    return {
        "id": node.id,
        "parent": node.parent,
        "token": token_label(node.text, token_bytes=node.token_bytes) if is_token else "the prompt",
        "context": "",
        "why": why(node, fork, tree.start, trigger),
        "gauge": _gauge(trigger) if is_token else None,
        "facts": _facts(node),
        "figure": None,
        "choices": [],
        "keeps": None,
        "can_grow": False,
        "note": "",
    }


def token_ids(tree: TokenTree, node_id: int) -> tuple[int | None, ...]:
    """Return the token ids from the prompt to a node: what names it in every tree of the same prompt.

    None where an imported run does not tell them.
    """
    return tuple(node.token_id for node in tree.path(node_id))


def find_path(tree: TokenTree, path: tuple[int | None, ...]) -> int | None:
    """Return the id of the node that stands at the end of these token ids, or None if the tree has none."""
    node_id = ROOT
    for token_id in path:
        matching = (child for child in tree.children(node_id) if tree.node(child).token_id == token_id)
        found = next(matching, None)
        if found is None:
            return None
        node_id = found
    return node_id


def _context(path: list[Node]) -> str:
    """Return the end of a path's text. Looks at the last tokens only, however long the path is."""
    texts: list[str] = []
    num_code_points = 0
    for step in reversed(path):
        texts.append(step.text)
        num_code_points += len(step.text)
        if num_code_points > LONGEST_CODE_POINTS * (LONGEST_CONTEXT + 1):
            break
    return clip_start("".join(reversed(texts)), LONGEST_CONTEXT)


def known_after(exploration: Exploration | None, path: list[Node]) -> KnownNode | None:
    """Return what is known at the end of a path, the prompt left out, if the model was asked there."""
    known = exploration.knowledge.root if exploration else None
    for step in path:
        known = known.children.get(step.token_id) if known and step.token_id is not None else None
    return known if known and known.prediction is not None else None


def _gauge(trigger: Trigger) -> dict[str, Any] | None:
    """Return the measure against theta, for the picture of the two; None where nothing was measured."""
    if trigger.value is None:
        return None
    return {
        "label": trigger.label,
        "value": round(trigger.value, 3),
        "theta": trigger.threshold,
        "highest": round(max(trigger.highest, trigger.value, trigger.threshold or 0), 4),
    }


def _facts(node: Node) -> list[list[str]]:
    if node.parent is None:
        return []
    return [
        ["entropy", _told(node.entropy, lambda nats: f"{nats:.2f} of {LARGEST_ENTROPY_NATS:.2f} nats")],
        ["probability", _told(node.logprob, lambda nats: f"{math.exp(nats):.1%} (logprob {nats:.2f})")],
        ["rank", _told(node.rank, str)],
        ["dice", _told(node.dice, lambda dice: f"{dice:.3f}" if _dice_used(node) else f"{dice:.3f}, not used")],
        ["position", f"token {node.depth}" + ("" if node.token_id is None else f", id {node.token_id}")],
    ]


def _told(value: float | None, say: Callable[[float], str]) -> str:
    return "not known" if value is None else say(value)


def _dice_used(node: Node) -> bool:
    return node.rule not in ("first", "second", "further", "greedy", "spent", "by_hand")


def _temperature_matters(node: Node, settings: Settings) -> bool:
    """Whether another temperature could have given another token here: at 0 the most likely one is taken undrawn."""
    is_drawn_at_zero = node.rule == "greedy" and settings.strategy not in ("greedy", "percentile")
    return _dice_used(node) or is_drawn_at_zero


def _bars(tree: TokenTree, path: list[Node], known: KnownNode, exploration: Exploration) -> dict[str, Any]:
    """Return what the distribution tells that the last node of `path` came from: exact, and the model is not asked."""
    node, settings = path[-1], tree.start.settings
    before = [step.known_token_id for step in path[:-1]]
    logprobs = exploration.knowledge.logprobs(known)
    shown = alternatives(
        logprobs,
        settings.temperature,
        settings.top_p,
        lambda token_id: _shown(exploration, before, token_id),
    )
    dice = node.dice if _dice_used(node) and settings.temperature > 0 else None
    kept = None
    if _temperature_matters(node, settings):
        assert node.dice is not None  # every token that a model gave has its roll
        kept = keeps(logprobs, settings.top_p, node.dice, node.known_token_id, settings.temperature)
    return {
        "figure": alternatives_figure(shown, node.known_token_id, dice),
        "choices": _choices(tree, node, shown),
        "keeps": kept,
        "can_grow": True,
        "note": "",
    }


def _shown(exploration: Exploration, path: list[int], token_id: int) -> str:
    """Return what a token would add to the text of `path`, in bytes as far as it is part of a character."""
    text = exploration.engine.token_text(path, token_id)
    return shown_text(text, own_bytes(text, exploration.engine.token_bytes(token_id)))


def _choices(tree: TokenTree, node: Node, shown: Alternatives) -> list[dict[str, Any]]:
    """Return, for each bar, its token, and the node that has it in this tree (None: it can be grown by hand)."""
    assert node.parent is not None  # bars are shown of tokens, and only the prompt's node has no parent
    taken = {tree.node(child).token_id: child for child in tree.children(node.parent)}
    return [
        {"token_id": token_id, "label": token_label(text, 20), "node": taken.get(token_id), "chance": percent(model)}
        for token_id, text, model in zip(shown.token_ids, shown.texts, shown.model, strict=True)
    ]
