"""How sentences name tokens and numbers."""

from eager_core.tree import Node

_LONGEST_CHARACTERS = 40


def named(node: Node) -> str:
    """Return how a sentence names a node's token: ' is' in its quotes, "the prompt" for the prompt."""
    if node.parent is None:
        return "the prompt"
    if not node.text:
        return "part of a character" if node.token_bytes is not None else f"token {node.token_id}"
    text = node.text if len(node.text) <= _LONGEST_CHARACTERS else node.text[: _LONGEST_CHARACTERS - 1] + "…"
    return "'" + text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + "'"


def enumerated(names: list[str]) -> str:
    """Return names as a sentence lists them: a, b and c."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def number(value: float | None) -> str:
    """Return a setting as a person writes it: no more digits than it has, at most four decimals."""
    return "unknown" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def nats(value: float) -> str:
    """Return a measured value, to be compared with a theta of one or two decimals."""
    return f"{value:.3f}"
