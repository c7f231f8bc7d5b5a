"""A token tree as text for a terminal: one line a branch, tokens coloured by entropy."""

import unicodedata

from rich.console import Group
from rich.text import Text
from rich.tree import Tree

from eager_core.settings import LARGEST_ENTROPY_NATS
from eager_core.tree import ROOT, Node, TokenTree
from eager_core.unfinished import shown_text

_SHADES = ("#7a8fd9", "#9d86c9", "#c07ab0", "#dd6f8d", "#f06a5d", "#f5802f")
"""From certain to uncertain, readable on dark and on light terminals."""

END_MARKS = {"eos": " ■", "length": " …", "stopped": " ✋", "pruned": " ✂", "unknown": " ?", None: " ▌"}
"""How a sequence ended, after its last token."""


def picture(tree: TokenTree) -> Group:
    """Return the tree as it stands, with its ledger in a line below. Token text is shown, never interpreted."""
    title = Text(visible(tree.node(ROOT).text), style="bold") if tree.started else Text("")
    branches = Tree(title, guide_style="dim")
    if tree.started:
        # Built with a stack: a chain of thousands of forks would be too deep to recurse.
        stack = [(branches, child) for child in reversed(tree.children(ROOT))]
        ends = {sequence.leaf: END_MARKS[sequence.finish_reason] for sequence in tree.sequences}
        while stack:
            branch, node_id = stack.pop()
            line, last = _line(tree, node_id)
            line.append(ends.get(last, ""), style="dim")
            twig = branch.add(line)
            stack.extend((twig, child) for child in reversed(tree.children(last)))
    return Group(branches, ledger_line(tree))


def ledger_line(tree: TokenTree) -> Text:
    """Return what the run cost, in one line."""
    ledger, num_kept = tree.ledger(), len(tree.kept_sequences)
    num_pruned = len(tree.sequences) - num_kept
    pruned = f" and {num_pruned} pruned" if num_pruned else ""
    cap = tree.started.context_cap if tree.started else None
    return Text(
        f"{num_kept} sequences{pruned} · {ledger.generated_tokens} tokens generated · "
        f"{ledger.reused_prefix_tokens} reused · full sampling {ledger.parallel_tokens} · "
        f"saved {ledger.saved_fraction:.0%}" + (f" · {cap.sentence_part}" if cap else ""),
        style="dim",
    )


def visible(text: str) -> str:
    """Return `text` with line breaks and control characters as signs, so that none acts on the terminal."""
    return "".join(_sign(character) for character in text)


def _sign(character: str) -> str:
    if character == "\n":
        return "↵"
    if character == "\t":
        return "⇥"
    if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp"):
        return "·"
    return character


def _line(tree: TokenTree, node_id: int) -> tuple[Text, int]:
    """Return the tokens from `node_id` to the next fork or leaf, and the id of the last one."""
    line = Text()
    while True:
        node = tree.node(node_id)
        line.append(visible(shown_text(node.text, node.token_bytes)), style=shade(node))
        children = tree.children(node_id)
        if len(children) != 1:
            return line, node_id
        node_id = children[0]


def shade(node: Node) -> str:
    """Return the style of a token by its entropy."""
    if node.entropy is None:
        return "dim"
    share = node.entropy / LARGEST_ENTROPY_NATS
    return _SHADES[min(int(share * len(_SHADES)), len(_SHADES) - 1)]
