"""The page's one public endpoint: a run for a program, with no page and no session of its own.

    client = gradio_client.Client("http://127.0.0.1:7860")
    trace = client.predict("What is 17 + 25?", theta=1.5, max_sequences=4, api_name="/run")

Parameters have the names and defaults of `Controls`, which are those of `Settings` and what a prompt is framed with.
"""

import inspect
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import fields
from typing import Any

import gradio as gr

from components.frame.controls import Controls
from components.visitors.asking import asked_of
from components.visitors.engines import Engines
from components.visitors.pacing import batches, in_thread, in_waiting_thread
from components.visitors.session import Session
from components.visitors.streaming import sentence_for
from eager_core.errors import PromptError, SettingsError
from eager_core.traces import trace_of, trace_to_json
from eager_core.tree import TokenTree

PROGRESS_PERIOD_S = 0.5

_KIND_WORDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


class RunApi:
    """Runs for programs. Nothing is kept of a run when it is over, or when whoever asked for it has gone."""

    def __init__(self, engines: Engines) -> None:
        self.engines = engines
        parameters = [inspect.Parameter("prompt", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=str)]
        parameters += [
            inspect.Parameter(
                field.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=field.type, default=field.default
            )
            for field in fields(Controls)
        ]

        async def run(*values: Any) -> AsyncIterator[dict]:
            async for update in self.run(*values):
                yield update

        # Gradio reads an endpoint's parameters off its signature, so they are those of the controls for good.
        signature = inspect.Signature(parameters, return_annotation=dict)
        run.__signature__ = signature  # type: ignore[attr-defined]  # read by `inspect`, unknown to its types
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters} | {"return": dict}
        self.endpoint = run
        """What Gradio is given."""

    async def run(self, prompt: str, *values: Any) -> AsyncIterator[dict]:
        """Yield how far the run is, {"is_finished": false, "generated_tokens", "sequences"}, and at last its trace.

        Raises:
            gr.Error: what was asked for is refused, or the run failed; one sentence.
        """
        session = Session()
        try:
            check_types(prompt, values)
            if not prompt.strip():
                raise PromptError("The prompt is empty; pass some text.")
            asked = asked_of(prompt, Controls(*values))
            number = session.begin(asked)
            engine = self.engines.request(asked.model, asked.precision)
            async for _ in batches(session.walk(number, asked, engine), PROGRESS_PERIOD_S):
                yield progress(session.tree)
            tree = session.growth.snapshot()
            yield json.loads(await in_thread(lambda: trace_to_json(trace_of(tree))))
        except Exception as error:
            raise gr.Error(sentence_for(error), print_exception=False) from None
        finally:
            session.stop()
            await in_waiting_thread(session.close)


def progress(tree: TokenTree) -> dict:
    """Return how far a growing tree is."""
    return {"is_finished": False, "generated_tokens": tree.num_nodes - 1, "sequences": len(tree.sequences)}


def check_types(prompt: object, values: Sequence[object]) -> None:
    """Refuse what JSON can carry and no control can hold; whether a number is in range is for the settings to say.

    Raises:
        SettingsError: a value of another kind than its parameter's.
    """
    kinds: dict[str, Any] = {"prompt": str} | {field.name: field.type for field in fields(Controls)}
    for (name, kind), value in zip(kinds.items(), (prompt, *values), strict=True):
        is_right = type(value) is kind if kind in (str, bool) else value is None or type(value) in (int, float)
        if not is_right:
            raise SettingsError(f"{name} is {value!r:.60}, but must be {_KIND_WORDS[kind]}.")
