"""What the buttons that open and save trees do. One `FileHandlers` serves all visitors."""

from collections.abc import Callable
from dataclasses import astuple
from typing import Any

import gradio as gr

from components.files.comparison import comparison_json
from components.files.download import download
from components.files.graphml import graphml
from components.files.opening import opened, put_on_page, reopen
from components.files.web_page import web_page
from components.frame.controls import Controls
from components.frame.notices import problem_html
from components.frame.view import Facts
from components.visitors.engines import Engines
from components.visitors.identity import visitor_of
from components.visitors.session import Visitors
from eager_core.errors import EagerError, TraceError
from eager_core.events import start_of
from eager_core.traces import trace_of, trace_to_json
from eager_core.tree import TokenTree

_SKIP = gr.skip()


class FileHandlers:
    """The handlers of files, as Gradio calls them."""

    def __init__(self, engines: Engines, visitors: Visitors, facts: Facts) -> None:
        self.engines = engines
        self.visitors = visitors
        self._facts = facts

    def open_trace(self, path: str, request: gr.Request, prompt: str = "", *controls: Any) -> tuple[Any, ...]:
        """Show a saved tree; no model is loaded. Inputs: the file, the prompt and all controls. Outputs as `run`, then
        the prompt and all controls."""
        try:
            events = opened(path)
            reopened = reopen(start_of(events), Controls(*controls), self.engines)
        except EagerError as error:
            return _SKIP, problem_html(str(error)), *[_SKIP] * (2 + len(astuple(Controls())))
        return put_on_page(self.visitors.session(visitor_of(request)), events, reopened)

    def save_trace(self, request: gr.Request) -> tuple[Any, Any]:
        """Give the tree on the page as a trace. Outputs: the download, the problem line."""
        return self._save(request, "eager-trace.json", lambda tree: trace_to_json(trace_of(tree)))

    def save_graphml(self, request: gr.Request) -> tuple[Any, Any]:
        """Give the tree on the page as GraphML. Outputs as `save_trace`."""
        return self._save(request, "eager-tree.graphml", graphml)

    def save_page(self, request: gr.Request) -> tuple[Any, Any]:
        """Give the tree on the page, and the pinned one if there is any, as a page of its own. Outputs as
        `save_trace`."""
        pinned = self.visitors.session(visitor_of(request)).pinned
        return self._save(request, "eager-tree.html", lambda tree: web_page(tree, self._facts, pinned))

    def save_comparison(self, request: gr.Request) -> tuple[Any, Any]:
        """Give the pinned tree and the one on the page, compared, as JSON. Outputs as `save_trace`."""
        pinned = self.visitors.session(visitor_of(request)).pinned
        if pinned is None:
            return _SKIP, problem_html("There is nothing to compare with yet; pin a tree as A first.")
        return self._save(request, "eager-comparison.json", lambda tree: comparison_json(pinned, tree))

    def _save(self, request: gr.Request, name: str, text_of: Callable[[TokenTree], str]) -> tuple[Any, Any]:
        tree = self.visitors.session(visitor_of(request)).growth.snapshot()
        try:
            if tree.started is None:
                raise TraceError("There is no run to save yet; run one first.")
            text = text_of(tree)
        except EagerError as error:
            return _SKIP, problem_html(str(error))
        return download(name, text), ""
