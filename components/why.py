"""Why a token did or did not fork, in one sentence."""

from collections.abc import Mapping
from typing import Any

from components.labels import token_label
from eager_core.events import Forked
from eager_core.tree import Node

_ORDINAL = {"first": "most probable", "second": "second most probable"}


def why(node: Node, fork: Forked | None, settings: Mapping[str, Any]) -> str:
    """Return the sentence for the choice that gave `node` its token. Plain text, not HTML.

    Args:
        fork: the fork at the node's parent, if there was one.
        settings: those of the run (the fields of `Settings`).
    """
    if node.rule is None:
        return "This is the prompt: every sequence begins here, and no token was chosen."
    theta, label = settings["theta"], token_label(node.text)
    if node.rule in _ORDINAL and fork is not None:
        return (
            f"Fork: entropy {fork.entropy:.2f} nats is at or above theta {fork.threshold:.2f}, and the prompt had "
            f"{fork.new_sequence} of {settings['max_sequences']} sequences, so both of the two most probable tokens were "
            f"kept; this is the {_ORDINAL[node.rule]}."
        )
    chosen = (
        f"the most probable token, “{label}”, was taken, as the temperature is 0"
        if settings["temperature"] == 0
        else f"the dice {node.dice:.3f} landed on “{label}”"
    )
    if node.rule == "full":
        return (
            f"No fork although entropy {node.entropy:.2f} is at or above theta {theta:.2f}: all "
            f"{settings['max_sequences']} sequences were taken, so {chosen}."
        )
    return f"No fork: entropy {node.entropy:.2f} is below theta {theta:.2f}; {chosen}."
