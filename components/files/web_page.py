"""The tree as a page of its own: one HTML file that opens with no server, fetches nothing, and asks no model.

It holds plotly.js, the page's own scripts and styles, and as JSON the run's one delta and what the inspector says of
each node. Tokens are in that JSON only, where `<` is written as an escape, so no token can end the script element.
"""

import json
from html import escape
from string import Template
from typing import Any

from components.comparing.telling import told_of_pinned, told_of_two
from components.files.bundle import bundle
from components.frame.page_files import STANDALONE_HTML, STANDALONE_SCRIPT, plotly_source, style_sources
from components.frame.view import Facts
from components.inspector.inspection import told_of_node
from components.tree.graphemes import clip
from components.tree.growth import Growth
from components.visitors.answers import as_of_pinned
from components.visitors.session import Shown
from eager_core.traces import events_from_json, trace_of, trace_to_json
from eager_core.tree import Node, TokenTree


def web_page(tree: TokenTree, facts: Facts, pinned: Shown | None = None) -> str:
    """Return the HTML text of a page that shows `tree`.

    Args:
        facts: what the scripts must agree on with Python: `components.page_facts.PAGE_FACTS`.
        pinned: A, if the page shows it beside `tree`, which is B.

    Raises:
        TraceError: the tree holds no run.
    """
    growth = Growth(1)
    growth.take(events_from_json(trace_to_json(trace_of(tree))))
    growth.end()
    data = {
        "delta": json.loads(growth.delta()),
        "told": [_told(tree, node) for node in tree.nodes()],
        "facts": facts,
        **({} if pinned is None else _beside(pinned, tree)),
    }
    return Template(STANDALONE_HTML.read_text(encoding="utf-8")).substitute(
        title=escape(clip(tree.start.prompt, 80)),
        prompt=escape(tree.start.prompt),
        settings=escape(_settings_line(tree)),
        styles="\n".join(style_sources()),
        plotly=_in_script(plotly_source()),
        scripts=_in_script(bundle(STANDALONE_SCRIPT, STANDALONE_SCRIPT.parents[1])),
        data=_json_in_script(data),
    )


def _beside(pinned: Shown, tree: TokenTree) -> dict[str, Any]:
    """What the page is told of two trees, as the live page is, and of each node of A."""
    a = pinned.growth.tree
    message = {
        "pin": pinned.run,
        "run": 1,
        "running": False,
        "pinned": told_of_pinned(pinned),
        "compared": told_of_two(pinned, tree),
    }
    return {"comparing": message, "told_of_a": [as_of_pinned(pinned, told_of_node(a, node)) for node in a.nodes()]}


def _told(tree: TokenTree, node: Node) -> dict:
    """What the inspector says; the text before the token is left to the page, which has it already."""
    return told_of_node(tree, node) | {"run": 1, "num_by_hand": 0}


def _settings_line(tree: TokenTree) -> str:
    started = tree.start
    asked = started.known_settings()
    if started.seed is not None:
        asked["seed"] = started.seed
    named = [("strategy", ""), ("theta", "θ "), ("max_sequences", "M "), ("temperature", "τ "), ("top_p", "top-p "),
             ("seed", "seed ")]  # fmt: skip
    return " · ".join([started.model, *(f"{sign}{asked[name]}" for name, sign in named if name in asked)])


def _in_script(source: str) -> str:
    """Return JavaScript that can stand in a script element; `</script` occurs in string literals only."""
    return source.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _json_in_script(data: dict) -> str:
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")
