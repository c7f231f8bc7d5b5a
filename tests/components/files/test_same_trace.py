"""The page's download and the command line's `--trace` are the same file, byte for byte but for the measured time."""

import asyncio
import json
import re
from dataclasses import astuple
from types import SimpleNamespace

import pytest

import eager_core
from components.frame.controls import Controls
from components.visitors.engines import Engines
from components.visitors.handlers import RunHandlers
from eager_core.terminal import main
from tests.components.files.files_of import files_of
from tests.models.tiny import save_tiny_model

ME = SimpleNamespace(session_hash="me")


def without_seconds(trace: str) -> str:
    text, num_found = re.subn(r'("seconds": )[\d.e-]+', r"\g<1>0", trace)
    assert num_found == 1
    return text


@pytest.mark.parametrize("strategy", ["paper", "reference", "parallel"])
def test_page_and_command_line_save_the_same_bytes(tmp_path, strategy):
    model = str(save_tiny_model(tmp_path / "tiny"))
    path = tmp_path / "trace.json"
    asked = Controls(
        theta=2.0, max_sequences=3, max_new_tokens=8, seed=5, strategy=strategy, model=model, precision="float32"
    )
    options = ("--theta", 2.0, "--max-sequences", 3, "--max-new-tokens", 8, "--seed", 5, "--strategy", strategy,
               "--model", model, "--precision", "float32", "--trace", path)  # fmt: skip
    assert main(["run", "Hello there", *map(str, options)]) == 0

    handlers = RunHandlers(Engines(lambda name, precision: eager_core.load_engine(name, precision=precision)))

    async def grow():
        return [update async for update in handlers.run("Hello there", ME, *astuple(asked))]

    asyncio.run(grow())
    download = json.loads(files_of(handlers).save_trace(ME)[0])["text"]
    assert without_seconds(download) == without_seconds(path.read_text(encoding="utf-8"))
