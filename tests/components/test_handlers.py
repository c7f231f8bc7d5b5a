"""Handlers, called as Gradio calls them: what they send to the page when things go well, and when they fail."""

import asyncio
import json
from types import SimpleNamespace

import pytest

from components.engine_room import EngineRoom
from components.handlers import Handlers, settings_of
from eager_core import ModelError, SettingsError
from eager_core.traces import trace_of, trace_to_json
from tests.scripted_engine import ScriptedEngine, ScriptedMemory, hashed_logprobs

CONTROLS = (1.0, 3, 0.6, 0.95, 12, 0, "")
ME = SimpleNamespace(session_hash="me")


class FailingEngine(ScriptedEngine):
    """Fails at its fifth pass, as a model does that runs out of memory."""

    def open(self, prompt_ids):
        return FailingMemory(self)


class FailingMemory(ScriptedMemory):
    def predict(self, nodes):
        if self.num_forward_passes == 4:
            raise ModelError("The model ran out of memory.")
        return super().predict(nodes)


def handlers_of(engine_class=ScriptedEngine) -> Handlers:
    return Handlers(EngineRoom(lambda name: engine_class(hashed_logprobs(40))))


def run(handlers: Handlers, prompt: str = "hello", controls: tuple = CONTROLS) -> tuple[list[dict], list[str]]:
    """Return the deltas and the problem lines of a run."""

    async def gather():
        return [update async for update in handlers.run(prompt, ME, *controls)]

    updates = asyncio.run(gather())
    return (
        [json.loads(delta) for delta, _, _ in updates if isinstance(delta, str)],
        [problem for _, problem, _ in updates if isinstance(problem, str)],
    )


def test_a_run_tells_its_tree_and_clears_the_problem():
    handlers = handlers_of()
    deltas, problems = run(handlers)
    tree = handlers.visitors.session("me").tree
    assert sum(len(delta["s"]) for delta in deltas) == tree.num_nodes - 1
    assert not deltas[-1]["running"]
    assert problems == [""]


def test_a_model_that_fails_on_the_way_leaves_the_partial_tree_and_says_so():
    deltas, problems = run(handlers_of(FailingEngine))
    assert sum(len(delta["s"]) for delta in deltas) >= 4
    assert not deltas[-1]["running"]
    assert "ran out of memory" in problems[-1]


def test_refusals_are_one_escaped_sentence_and_leave_the_tree():
    handlers = handlers_of()
    run(handlers)
    tree = handlers.visitors.session("me").tree
    for prompt, controls, sentence in [
        (" ", CONTROLS, "The prompt is empty"),
        ("hello", (-1, *CONTROLS[1:]), "theta is -1.0"),
        ("hello", (float("nan"), *CONTROLS[1:]), "theta is nan"),
        ("hello", (None, *CONTROLS[1:]), "theta is empty"),
        ("hello", (*CONTROLS[:5], -4, ""), "seed is -4"),
    ]:
        deltas, problems = run(handlers, prompt, controls)
        assert deltas == []
        assert sentence in problems[-1] and problems[-1].startswith('<p class="eager-problem"')
    assert handlers.visitors.session("me").tree is tree


def test_the_download_is_the_trace_of_the_tree():
    handlers = handlers_of()
    assert "There is no run to save yet" in handlers.trace(ME)[1]
    run(handlers)
    download = json.loads(handlers.trace(ME)[0])
    assert download["text"] == trace_to_json(trace_of(handlers.visitors.session("me").tree))


def test_a_click_on_a_tree_that_is_gone_is_ignored():
    handlers = handlers_of()
    run(handlers)
    number = handlers.visitors.session("me").growth.run
    assert isinstance(handlers.inspect(SimpleNamespace(id=1, run=number), ME), str)
    assert not isinstance(handlers.inspect(SimpleNamespace(id=1, run=number - 1), ME), str)
    assert not isinstance(handlers.inspect(SimpleNamespace(id=10**9, run=number), ME), str)


def test_an_inspected_token_is_told_again_after_the_next_run_or_said_to_be_gone():
    handlers = handlers_of()
    run(handlers)
    session = handlers.visitors.session("me")
    handlers.inspect(SimpleNamespace(id=session.tree.num_nodes - 1, run=session.growth.run), ME)

    async def last_told(controls):
        return [update[2] async for update in handlers.run("hello", ME, *controls)][-1]

    assert json.loads(asyncio.run(last_told(CONTROLS)))["id"] == session.tree.num_nodes - 1
    shorter = (*CONTROLS[:4], 1, *CONTROLS[5:])
    assert json.loads(asyncio.run(last_told(shorter)))["gone"]


def test_whole_numbers_count_as_floats_where_one_is_meant():
    assert settings_of(2, 8, 0, 1, 96).theta == 2.0
    assert isinstance(settings_of(2, 8, 0, 1, 96).temperature, float)
    with pytest.raises(SettingsError):
        settings_of(2, None, 0, 1, 96)
