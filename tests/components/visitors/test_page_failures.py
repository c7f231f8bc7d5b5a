"""Whatever goes wrong in a run ends it on the page too: one sentence, the tree so far, and the next run works."""

import asyncio
import json
import logging
from dataclasses import astuple
from types import SimpleNamespace

import pytest

from components.experiments.form import Form
from components.experiments.handlers import ExperimentHandlers
from components.frame.controls import Controls
from components.tree.growth import stretches
from components.visitors.engines import Engines
from components.visitors.handlers import RunHandlers
from components.visitors.session import Visitors
from eager_core import ModelError
from tests.components.files.files_of import files_of
from tests.failing_engine import FailingEngine, OutOfMemoryError

CONTROLS = astuple(Controls(theta=1.0, max_sequences=3, max_new_tokens=12))
ME = SimpleNamespace(session_hash="me")
ERRORS = [RuntimeError("shapes"), OutOfMemoryError("gone"), MemoryError(), KeyError("row"), ModelError("It failed.")]


def handlers_of(engine: FailingEngine) -> RunHandlers:
    return RunHandlers(Engines(lambda name, precision: engine))


def run(handlers: RunHandlers) -> tuple[list[dict], list[str], list[dict]]:
    """Return the deltas, the problem lines and what the inspector was told."""

    async def gather():
        return [update async for update in handlers.run("hello", ME, *CONTROLS)]

    updates = asyncio.run(gather())
    columns = zip(*updates, strict=True)
    deltas, problems, told = ([part for part in column if isinstance(part, str)] for column in columns)
    return [json.loads(delta) for delta in deltas], problems, [json.loads(one) for one in told]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_an_error_inside_a_run_ends_it_in_one_sentence_and_the_next_one_works(error):
    handlers = handlers_of(FailingEngine(error))
    deltas, problems, _ = run(handlers)
    assert sum(len(delta["s"]) for delta in deltas) >= 4
    assert not deltas[-1]["running"]
    assert {reason for delta in deltas for _, reason in delta["done"]} == {"stopped"}
    cleared, problem = problems
    assert cleared == "" and problem.count("<p") == 1 and problem.startswith('<p class="eager-problem"')
    assert json.loads(files_of(handlers).save_trace(ME)[0])["text"]
    deltas, problems, _ = run(handlers)
    assert problems == [""] and not deltas[-1]["running"]
    assert {reason for delta in deltas for _, reason in delta["done"]} <= {"eos", "length"}


def test_a_model_that_can_not_be_loaded_for_whatever_reason_is_one_sentence():
    def load(name, precision):
        raise MemoryError

    handlers = RunHandlers(Engines(load))
    deltas, problems, _ = run(handlers)
    assert deltas == [] and "The model can&#x27;t be loaded: out of memory; " in problems[-1]

    async def loaded():
        return [line async for line in handlers.load("", "auto")]

    assert "out of memory" in asyncio.run(loaded())[-1]


def test_an_inspector_whose_model_fails_tells_what_the_tree_tells_and_why_not_more():
    engine = FailingEngine(RuntimeError("lost the device"), "distribution", at=10**9)
    handlers = handlers_of(engine)
    run(handlers)
    shown = handlers.visitors.session("me").shown
    engine.at = engine.num_calls + 1
    told = json.loads(handlers.inspect(SimpleNamespace(id=2, run=shown.run, request=1), ME))
    assert "lost the device" in told["note"] and told["figure"] is None and told["facts"]
    assert json.loads(handlers.inspect(SimpleNamespace(id=2, run=shown.run, request=2), ME))["figure"]
    place = shown.growth.drawing.num_places - 1
    engine.at = engine.num_calls + 1
    ghost = SimpleNamespace(place=place, drawing=shown.growth.drawing.number, request=3)
    assert "lost the device" in json.loads(handlers.inspect_ghost(ghost, ME))["note"]


def test_an_error_of_this_program_is_one_sentence_and_stands_in_the_log(monkeypatch, caplog):
    broken = [stretches]

    def breaks_once(places):
        return (broken.pop() and {}["no such key"]) if broken else stretches(places)

    monkeypatch.setattr("components.tree.growth.stretches", breaks_once)
    handlers = handlers_of(FailingEngine(KeyError(), "nowhere"))
    with caplog.at_level(logging.ERROR):
        _, problems, _ = run(handlers)
    assert "This program failed: KeyError" in problems[-1] and "no such key" in caplog.text
    # Its run has been ended, and the next one is whole.
    assert run(handlers)[0][-1]["running"] is False


def test_an_experiment_on_the_page_ends_in_one_sentence_too():
    engine = FailingEngine(MemoryError(), at=30)
    handlers = ExperimentHandlers(Engines(lambda name, precision: engine), Visitors())
    form = Form(num_prompts=3, theta=1.2, max_sequences=4, temperature=1.0, max_new_tokens=8)

    async def gather():
        return [update async for update in handlers.run(ME, *astuple(form), *astuple(Controls()))]

    for state, problem in (("failed", "The model failed: out of memory; "), ("done", "")):
        updates = asyncio.run(gather())
        assert json.loads([delta for delta, _ in updates if isinstance(delta, str)][-1])["progress"]["state"] == state
        assert problem in [line for _, line in updates if isinstance(line, str)][-1]
