"""What the page does with bundled trees. One `ExampleHandlers` serves all visitors."""

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from components.examples.bundled import BundledTrees
from components.files.opening import Reopened, put_on_page
from components.frame.controls import Controls, controls_from
from components.frame.notices import DEFAULT_MODEL
from components.visitors.asking import Asked, asked_of
from components.visitors.handlers import RunHandlers
from components.visitors.identity import visitor_of
from components.visitors.streaming import Update
from eager_core.errors import EagerError
from eager_core.traces import Trace
from eager_core.tree import ROOT, TokenTree

SENTENCE = f"Recorded with {DEFAULT_MODEL} at these settings. Press Run to grow your own."

_SKIP = gr.skip()
_NUM_CONTROLS = len(Controls.__dataclass_fields__)
_NUM_GROWN = 3


class ExampleHandlers:
    """The handlers of bundled trees, as Gradio calls them. Nothing here loads a model for a tree that is bundled."""

    def __init__(self, runs: RunHandlers, bundled: BundledTrees, first_prompt: str = "") -> None:
        """
        Args:
            runs: run what is not bundled.
            first_prompt: the one that the page opens with, where its link names none.
        """
        self._runs = runs
        self._bundled = bundled
        self._first_prompt = first_prompt

    def greet(self, request: gr.Request) -> tuple[Any, ...]:
        """Fill the page as its link says, and show its tree. Outputs: as `RunHandlers.greet`, then as `first_tree`."""
        return *self._runs.greet(request), *self.first_tree(request)

    def first_tree(self, request: gr.Request) -> tuple[Any, ...]:
        """Show the bundled tree of what the page opens with, if there is one and nothing was asked for yet. Outputs:
        the tree's delta, the problem line, the inspector."""
        query = dict(request.query_params)
        found = self._find(query.get("prompt", self._first_prompt), controls_from(query))
        return (_SKIP,) * _NUM_GROWN if found is None else self._show(request, *found, only_as_first=True)

    async def run(self, prompt: str, request: gr.Request, *values: Any) -> AsyncIterator[Update]:
        """Show the bundled tree of an example, or grow it. Inputs and outputs as those of `RunHandlers.run`."""
        found = self._find(prompt, Controls(*values[:_NUM_CONTROLS]))
        if found is None:
            async for update in self._runs.run(prompt, request, *values):
                yield update
        elif self._runs.visitors.session(visitor_of(request)).admit(*values[_NUM_CONTROLS:]):
            yield self._show(request, *found)

    async def load(self, prompt: str, *values: Any) -> AsyncIterator[Any]:
        """Load the model of an example that is to be grown. Inputs: the prompt, all controls. Output: the engine
        line."""
        controls = Controls(*values)
        if self._find(prompt, controls) is not None:
            yield _SKIP  # a handler that yields nothing would empty the line
            return
        async for line in self._runs.load(controls.model, controls.precision):
            yield line

    async def load_early(self, model: str, precision: str) -> AsyncIterator[Any]:
        """Load the packaged model before anyone asks for it; another one only when it is asked for, as a link that
        names it must not fetch it. Output: the engine line."""
        if model.strip():
            yield _SKIP
            return
        async for line in self._runs.load(model, precision):
            yield line

    def _find(self, prompt: str, controls: Controls) -> tuple[Trace, Asked] | None:
        try:
            asked = asked_of(prompt, controls)
            trace = self._bundled.find(asked)
        except EagerError:
            return None  # a run says what is wrong with the controls; without a readable file there is no tree
        return None if trace is None else (trace, asked)

    def _show(self, request: gr.Request, trace: Trace, asked: Asked, only_as_first: bool = False) -> Any:
        session = self._runs.visitors.session(visitor_of(request))
        reopened = Reopened(Controls(), asked, True, SENTENCE)
        return put_on_page(session, trace, reopened, look_at=_first_fork, only_as_first=only_as_first)[:_NUM_GROWN]


def _first_fork(tree: TokenTree) -> int:
    """Return the node that the inspector opens at: the most likely token of the first fork, or the first token."""
    return tree.children(tree.forks[0].node if tree.forks else ROOT)[0]
