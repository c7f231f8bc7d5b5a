"""The bundled trees, and which of them a prompt and its settings ask for."""

from functools import cached_property
from pathlib import Path

from components.frame.notices import DEFAULT_MODEL_ID
from components.visitors.asking import Asked
from components.visitors.engines import DEFAULT
from eager_core.events import RunStarted, start_of
from eager_core.prompt import DEFAULT_DATE
from eager_core.traces import Trace, load_whole_trace

_PRECISIONS = ("auto", "float32")
"""Bundled trees are recorded in float32: who asks for another precision by name gets a run."""


class BundledTrees:
    """Recorded trees in a folder, one a prompt. Read when first asked for, once; safe to use from any thread."""

    def __init__(self, folder: Path | None = None) -> None:
        """
        Args:
            folder: of trace files; None has no trees.
        """
        self._folder = folder

    def find(self, asked: Asked) -> Trace | None:
        """Return the tree of what is asked for; None where none is bundled.

        Raises:
            TraceError: a bundled file is broken.
        """
        trace = self._by_prompt.get(asked.prompt)
        return trace if trace is not None and _is_of(start_of(trace.events), asked) else None

    @cached_property
    def _by_prompt(self) -> dict[str, Trace]:
        files = sorted(self._folder.glob("*.json")) if self._folder is not None else []
        traces = [load_whole_trace(file) for file in files]
        return {start_of(trace.events).prompt: trace for trace in traces}


def _is_of(started: RunStarted, asked: Asked) -> bool:
    return (
        asked.model in (DEFAULT, DEFAULT_MODEL_ID)
        and asked.precision in _PRECISIONS
        and not asked.by_hand
        and (asked.settings, asked.seed, asked.date) == (started.settings, started.seed, started.date or DEFAULT_DATE)
    )
