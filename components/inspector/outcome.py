"""Where answers are known: what a fork was worth, and whether a sequence's answer is right, in one sentence."""

from eager_core.tree import Node
from eager_core.worth import ForkOutcome, TreeOutcomes

_LEAVES = {"right": "The answer of this sequence is right.", "wrong": "The answer of this sequence is wrong."}


def outcome(node: Node, outcomes: TreeOutcomes | None) -> str:
    """Return what is known of the fork that `node` came from, and of the sequence that ends in it; else nothing.

    Args:
        outcomes: those of the node's tree; None where no answer is known.
    """
    if outcomes is None or node.parent is None:
        return ""
    # Only at a prompt with several sequences may there be more than one, and then it is not known which is meant.
    forks = [fork for fork in outcomes.forks if fork.node == node.parent]
    told = [fork_sentence(forks[0])] if len(forks) == 1 else []
    told.append(_LEAVES.get(outcomes.leaves.get(node.id, "unknown"), ""))
    return " ".join(filter(None, told))


def fork_sentence(fork: ForkOutcome) -> str:
    """Return what a fork was worth; nothing where a side has no judged answer."""
    number = "both" if len(fork.sides) == 2 else "all"
    match fork.mark:
        case "right":
            return f"This fork changed nothing that counts: {number} sides are right."
        case "wrong":
            return f"This fork did not help: {number} sides are wrong."
        case "split":
            return _split(fork)
    return ""


def _split(fork: ForkOutcome) -> str:
    if {side.pass_rate for side in fork.sides} == {0.0, 1.0} and len(fork.sides) == 2:
        return "This fork was worth something: one side is right, the other wrong."
    first, *others = (f"{side.num_right} of {side.num_leaves}" for side in fork.sides)
    where = (
        f"on one side, {others[0]} on the other" if len(others) == 1 else f"on the first side, then {', '.join(others)}"
    )
    worth = "was worth something" if fork.gap else "changed nothing by itself"
    return f"This fork {worth}: {first} answers are right {where}."
