"""Why a token did or did not fork, in one sentence."""

from collections.abc import Mapping
from typing import Any

from components.labels import token_label
from eager_core.events import Forked
from eager_core.tree import Node

_PLACE = {"first": "the most probable", "second": "the second most probable"}
_REASON = {
    "guarded": "the thinking had ended",
    "spent": "this path has forked so often that no branches are left",
    "ended": "the token drawn ended the sequence, which is looked at first",
}


def why(node: Node, fork: Forked | None, settings: Mapping[str, Any]) -> str:
    """Return the sentence for the choice that gave `node` its token. Plain text, not HTML.

    Args:
        fork: the first fork at the node's parent, if there was one.
        settings: those of the run (the fields of `Settings`).
    """
    if node.rule is None:
        return "This is the prompt: every sequence begins here, and no token was chosen."
    if node.rule in ("first", "second", "further") and fork is not None:
        return _why_fork(node, fork, settings)
    if node.rule == "by_hand":
        return f"“{token_label(node.text)}” was put here by hand: it is the model's number {node.rank} by probability."
    theta, chosen = settings["theta"], _choice(node, settings)
    if node.rule == "unmonitored":
        return f"No fork: entropies were no longer looked at here; {chosen}."
    if node.rule == "full":
        height = f"at or above theta {theta:.2f}" if node.entropy >= theta else "above the threshold in force"
        return (
            f"No fork although entropy {node.entropy:.2f} is {height}: all {settings['max_sequences']} sequences were "
            f"taken, so {chosen}."
        )
    if node.rule in _REASON:
        return f"No fork although entropy {node.entropy:.2f} was measured: {_REASON[node.rule]}, so {chosen}."
    if settings["strategy"] in ("parallel", "greedy"):
        return f"No fork: the strategy {settings['strategy']} never forks; {chosen}."
    below = f"below theta {theta:.2f}" if node.entropy < theta else "below the threshold in force"
    return f"No fork: entropy {node.entropy:.2f} is {below}; {chosen}."


def _why_fork(node: Node, fork: Forked, settings: Mapping[str, Any]) -> str:
    place = _PLACE.get(node.rule, f"number {node.rank} by probability")
    kept = "both of the two most probable tokens were kept"
    if settings["strategy"] == "percentile":
        kept = "the most probable tokens were kept"
    return (
        f"Fork: entropy {fork.entropy:.2f} nats is at or above theta {fork.threshold:.2f}, and the prompt had "
        f"{fork.new_sequence} of {settings['max_sequences']} sequences, so {kept}; this is {place}."
    )


def _choice(node: Node, settings: Mapping[str, Any]) -> str:
    label = token_label(node.text)
    if settings["temperature"] == 0:
        return f"the most probable token, “{label}”, was taken, as the temperature is 0"
    if node.rule in ("greedy", "spent"):
        return f"the most probable token, “{label}”, was taken"
    return f"the dice {node.dice:.3f} landed on “{label}”"
