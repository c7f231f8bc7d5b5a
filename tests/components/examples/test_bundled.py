"""The bundled trees: what they are, when they are shown, and that showing them needs no model."""

import asyncio
import json
import subprocess
import sys
from dataclasses import astuple, replace
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest

import app
from components.examples.bundled import BundledTrees
from components.examples.early import loads_early
from components.examples.handlers import SENTENCE, ExampleHandlers
from components.frame.controls import Controls
from components.visitors.asking import asked_of
from components.visitors.engines import Engines
from components.visitors.handlers import RunHandlers
from eager_core.events import start_of
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

ROOT = Path(app.__file__).parent
BUNDLED = BundledTrees(app.BUNDLED)
PROMPT = app.EXAMPLES["arithmetic"]
MOST_BYTES = 2**20


def me(**query):
    return SimpleNamespace(session_hash="me", query_params=query)


def handlers_of(loaded: list) -> ExampleHandlers:
    def load(name, precision):
        loaded.append(name)
        return ScriptedEngine(hashed_logprobs(40))

    return ExampleHandlers(RunHandlers(Engines(load)), BUNDLED, PROMPT)


def gathered(updates):
    async def gather():
        return [update async for update in updates]

    return asyncio.run(gather())


def test_every_example_has_its_tree_and_they_are_small():
    for prompt in app.EXAMPLES.values():
        trace = BUNDLED.find(asked_of(prompt, Controls()))
        assert trace is not None and trace.recorded is not None
        assert start_of(trace.events).precision == "float32"
    files = list(app.BUNDLED.glob("*.json"))
    assert len(files) == len(app.EXAMPLES) and sum(file.stat().st_size for file in files) < MOST_BYTES


@pytest.mark.parametrize(
    "controls", [Controls(theta=1.9), Controls(seed=1), Controls(precision="bfloat16"), Controls(model="other/model")]
)
def test_other_settings_are_not_the_bundled_ones(controls):
    assert BUNDLED.find(asked_of(PROMPT, controls)) is None
    assert BUNDLED.find(asked_of(PROMPT + " ", Controls())) is None


@pytest.mark.parametrize("prompt", [None, *app.EXAMPLES.values()])
def test_the_page_opens_with_a_tree_that_can_be_inspected_and_loads_nothing(prompt):
    loaded = []
    handlers = handlers_of(loaded)
    delta, problem, inspector = handlers.first_tree(me(**({} if prompt is None else {"prompt": prompt})))
    assert json.loads(inspector)["why"].startswith("Fork: ") and json.loads(inspector)["figure"]
    assert json.loads(delta)["start"]["prompt"] == (prompt or PROMPT) and SENTENCE in problem
    runs = handlers._runs
    session = runs.visitors.session("me")
    told = json.loads(runs.inspect(SimpleNamespace(id=5, run=session.shown.run, request=1), me()))
    assert told["figure"] and told["choices"] and told["can_grow"] and loaded == []


@pytest.mark.parametrize("query", [{"prompt": "Why?"}, {"theta": "1.5"}, {"prompt": PROMPT, "seed": "2"}])
def test_a_link_to_something_else_opens_on_an_empty_page(query):
    handlers = handlers_of([])
    assert not any(isinstance(value, str) for value in handlers.first_tree(me(**query)))


def test_nothing_that_was_asked_for_gives_way_to_a_bundled_tree():
    handlers = handlers_of([])
    gathered(handlers._runs.run("hello", me(), *astuple(Controls(max_new_tokens=3))))
    tree = handlers._runs.visitors.session("me").tree
    assert not any(isinstance(value, str) for value in handlers.first_tree(me()))
    assert handlers._runs.visitors.session("me").tree is tree


def test_the_packaged_model_is_loaded_early_and_no_other():
    loaded = []
    handlers = handlers_of(loaded)
    assert gathered(handlers.load_early("owner/name", "auto")) == [gr.skip()] and loaded == []
    assert "scripted" in gathered(handlers.load_early("", "auto"))[-1] and loaded == [None]


@pytest.mark.parametrize(
    ("asked", "free_gib", "early"),
    [("auto", 8, True), ("auto", 1, False), ("0", 8, False), ("1", 1, True), ("", 8, True)],
)
def test_loading_begins_early_where_memory_allows(monkeypatch, asked, free_gib, early):
    monkeypatch.setenv("EAGER_EXPLORER_LOAD_EARLY", asked)
    monkeypatch.setattr("components.examples.early.free_memory_bytes", lambda: free_gib * 2**30)
    assert loads_early() is early


def test_an_example_is_shown_and_one_with_other_settings_is_grown():
    loaded = []
    handlers = handlers_of(loaded)
    story = app.EXAMPLES["a story"]
    (shown,) = gathered(handlers.run(story, me(), *astuple(Controls())))
    assert json.loads(shown[0])["start"]["prompt"] == story and SENTENCE in shown[1]
    assert gathered(handlers.load(story, *astuple(Controls()))) == [gr.skip()] and loaded == []
    moved = astuple(replace(Controls(), theta=1.0, max_new_tokens=3))
    assert len(gathered(handlers.run(story, me(), *moved))) > 1 and loaded == [None]
    assert gathered(handlers.load(story, *moved))


def test_a_branch_by_hand_on_a_bundled_tree_is_a_run():
    loaded = []
    handlers = handlers_of(loaded)
    handlers.first_tree(me())
    runs = handlers._runs
    run = runs.visitors.session("me").shown.run
    pick = SimpleNamespace(parent=0, token_id=7, run=run, request=1, order=1)
    gathered(runs.take(pick, me()))
    assert loaded == [None] and runs.visitors.session("me").tree.start.by_hand[0].token_id == 7


def test_a_page_without_bundled_trees_opens_empty():
    handlers = ExampleHandlers(RunHandlers(Engines(lambda name, precision: None)), BundledTrees(), PROMPT)
    assert not any(isinstance(value, str) for value in handlers.first_tree(me()))


def test_a_tree_is_shown_and_inspected_with_no_torch():
    code = (
        "import sys; from tests.components.examples.test_bundled import *; import app\n"
        "for prompt in app.EXAMPLES.values():\n"
        "    test_the_page_opens_with_a_tree_that_can_be_inspected_and_loads_nothing(prompt)\n"
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip().endswith("[]")
