"""The picture of a growing tree: kept from one refresh to the next, and never more of it than a terminal shows."""

from dataclasses import dataclass, field

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.text import Text
from rich.tree import Tree

from eager_core.terminal.picture import END_MARKS, ledger_line, shade, visible
from eager_core.tree import ROOT, Node, TokenTree
from eager_core.unfinished import shown_text

_SHOWN_TOKENS = 40
"""Of each branch its last ones are shown while it grows."""


@dataclass(slots=True)
class _Branch:
    """Tokens from a fork (or the prompt) to the next fork or leaf."""

    nodes: list[int]
    children: list["_Branch"] = field(default_factory=list)


class LivePicture:
    """Draws `tree` for a live display. A refresh costs O(new nodes + sequences), not O(nodes)."""

    def __init__(self, tree: TokenTree) -> None:
        self.tree = tree
        self._root = _Branch([ROOT])
        self._branch_of: list[_Branch] = [self._root]
        """By node id."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self._take_new()
        # A branch may take two lines or three, and what runs over the terminal's height is cut, the ledger first.
        yield self._picture(max_branches=max(1, ((options.height or console.height) - 3) // 2))

    def _take_new(self) -> None:
        for node_id in range(len(self._branch_of), self.tree.num_nodes):
            parent = self.tree.node(node_id).parent
            assert parent is not None  # only the prompt's node has none, and it has its branch from the beginning
            branch = self._branch_of[parent]
            if branch.nodes[-1] != parent:
                branch = self._split(branch, parent)
            if branch is self._root or branch.children:
                branch.children.append(_Branch([node_id]))
                self._branch_of.append(branch.children[-1])
            else:
                branch.nodes.append(node_id)
                self._branch_of.append(branch)

    def _split(self, branch: _Branch, node_id: int) -> _Branch:
        """End `branch` at `node_id`, what stood behind it becoming its child; return it. A fork's second token comes
        right after its first, so that is a token or two."""
        end = branch.nodes.index(node_id, max(0, len(branch.nodes) - 8)) + 1
        rest = _Branch(branch.nodes[end:], branch.children)
        for moved in rest.nodes:
            self._branch_of[moved] = rest
        del branch.nodes[end:]
        branch.children = [rest]
        return branch

    def _picture(self, max_branches: int) -> Group:
        tree = self.tree
        title = Text(visible(tree.node(ROOT).text), style="bold") if tree.started else Text("")
        drawn = Tree(title, guide_style="dim")
        ends = {sequence.leaf: END_MARKS[sequence.finish_reason] for sequence in tree.sequences}
        stack = [(drawn, child) for child in reversed(self._root.children)]
        num_drawn = 0
        while stack and num_drawn < max_branches:
            twigs, branch = stack.pop()
            line = self._line(branch)
            line.append(ends.get(branch.nodes[-1], ""), style="dim")
            twig = twigs.add(line)
            stack.extend((twig, child) for child in reversed(branch.children))
            num_drawn += 1
        if stack:
            drawn.add(Text("… and more branches", style="dim"))
        return Group(drawn, ledger_line(tree))

    def _line(self, branch: _Branch) -> Text:
        line = Text("… " if len(branch.nodes) > _SHOWN_TOKENS else "", style="dim")
        for node_id in branch.nodes[-_SHOWN_TOKENS:]:
            node: Node = self.tree.node(node_id)
            line.append(visible(shown_text(node.text, node.token_bytes)), style=shade(node))
        return line


class LivePictures:
    """The picture of whichever tree grows now: a run begins a tree of its own."""

    def __init__(self) -> None:
        self._picture = LivePicture(TokenTree())

    def of(self, tree: TokenTree) -> LivePicture:
        """Return the picture of `tree`, the one of the last call where it is the same tree."""
        if self._picture.tree is not tree:
            self._picture = LivePicture(tree)
        return self._picture
