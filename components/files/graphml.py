"""A tree as GraphML, for yEd, Gephi, Cytoscape or networkx."""

import re
from dataclasses import asdict
from io import BytesIO

import networkx as nx

from eager_core.tree import Node, TokenTree

_FORBIDDEN_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 can't hold, not even escaped (https://www.w3.org/TR/xml/#charsets)."""


def graphml(tree: TokenTree) -> str:
    """Return the tree as GraphML text: a node a token with the fields of `Node`, edges from parent to child.

    What is unknown has no attribute; characters that XML can't hold stand as U+FFFD, and bytes in hexadecimal.
    """
    graph = nx.DiGraph()
    for node in tree.nodes():
        graph.add_node(node.id, **_attributes(node))
        if node.parent is not None:
            graph.add_edge(node.parent, node.id)
    for name in ("model", "prompt"):
        graph.graph[name] = _allowed(getattr(tree.started, name))
    out = BytesIO()
    nx.write_graphml(graph, out)
    return out.getvalue().decode("utf-8")


def _attributes(node: Node) -> dict[str, str | int | float]:
    fields = asdict(node)
    for name in ("id", "parent"):
        fields.pop(name)
    return {name: _allowed(value) for name, value in fields.items() if value is not None}


def _allowed(value: str | bytes | int | float) -> str | int | float:
    if isinstance(value, bytes):
        return value.hex()
    return _FORBIDDEN_IN_XML.sub("\ufffd", value) if isinstance(value, str) else value
