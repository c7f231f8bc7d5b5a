"""RunHandlers, called as Gradio calls them: what they send to the page when things go well, and when they fail."""

import asyncio
import json
from dataclasses import astuple
from types import SimpleNamespace

import gradio as gr
import pytest

from components.frame.controls import Controls
from components.visitors.engines import Engines
from components.visitors.handlers import RunHandlers
from eager_core import ModelError
from eager_core.by_hand import HandBranch
from eager_core.recording import record
from eager_core.traces import trace_of, trace_to_json
from tests.components.files.files_of import files_of
from tests.scripted_engine import ScriptedEngine, ScriptedMemory, hashed_logprobs

CONTROLS = astuple(Controls(theta=1.0, max_sequences=3, max_new_tokens=12))
ME = SimpleNamespace(session_hash="me")
PRESS = SimpleNamespace(request=0)


class FailingEngine(ScriptedEngine):
    """Fails at its fifth pass, as a model does that runs out of memory."""

    def open(self, prompt_ids):
        return FailingMemory(self)


class FailingMemory(ScriptedMemory):
    def predict(self, nodes):
        if self.num_forward_passes == 4:
            raise ModelError("The model ran out of memory.")
        return super().predict(nodes)


def handlers_of(engine_class=ScriptedEngine) -> RunHandlers:
    return RunHandlers(Engines(lambda name, precision: engine_class(hashed_logprobs(40))))


def run(handlers: RunHandlers, prompt: str = "hello", controls: tuple = CONTROLS) -> tuple[list[dict], list[str]]:
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
        ("hello", (-1, *CONTROLS[1:]), "θ threshold is -1.0"),
        ("hello", (float("nan"), *CONTROLS[1:]), "θ threshold is nan"),
        ("hello", (None, *CONTROLS[1:]), "θ threshold is empty"),
        ("hello", (*CONTROLS[:5], -4, *CONTROLS[6:]), "Seed is -4"),
    ]:
        deltas, problems = run(handlers, prompt, controls)
        assert deltas == []
        assert sentence in problems[-1] and problems[-1].startswith('<p class="eager-problem"')
    assert handlers.visitors.session("me").tree is tree


def test_the_download_is_the_trace_of_the_tree():
    handlers = handlers_of()
    assert "There is no run to save yet" in files_of(handlers).save_trace(ME)[1]
    run(handlers)
    download = json.loads(files_of(handlers).save_trace(ME)[0])
    session = handlers.visitors.session("me")
    assert download["text"] == trace_to_json(trace_of(session.tree, record(session.tree, session.exploration)))


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


def updates_of(generator) -> list[tuple]:
    async def gather():
        return [update async for update in generator]

    return asyncio.run(gather())


def test_a_token_taken_by_hand_grows_stays_over_sliders_and_can_be_undone():
    handlers = handlers_of()
    run(handlers)
    session = handlers.visitors.session("me")
    plain = list(session.tree.nodes())
    free = next(choice for choice in told_of(handlers, 1)["choices"] if choice["node"] is None)
    pick = SimpleNamespace(parent=0, token_id=free["token_id"], run=session.growth.run)
    updates = updates_of(handlers.take(pick, ME))
    last = json.loads(updates[-1][2])
    assert (last["num_by_hand"], session.tree.node(last["id"]).rule) == (1, "by_hand")
    assert session.tree.started.by_hand == (HandBranch((), free["token_id"]),)
    run(handlers, controls=(3.0, *CONTROLS[1:]))
    assert [node.token_id for node in session.tree.nodes() if node.rule == "by_hand"] == [free["token_id"]]
    updates_of(handlers.undo(PRESS, ME))
    run(handlers)
    assert list(session.tree.nodes()) == plain
    assert updates_of(handlers.undo(PRESS, ME)) == []


def test_all_branches_by_hand_go_at_once():
    handlers = handlers_of()
    run(handlers)
    session = handlers.visitors.session("me")
    num_nodes = session.tree.num_nodes
    for _ in range(2):
        free = next(choice for choice in told_of(handlers, 1)["choices"] if choice["node"] is None)
        updates_of(handlers.take(SimpleNamespace(parent=0, token_id=free["token_id"], run=session.growth.run), ME))
    assert len(session.by_hand) == 2
    updates_of(handlers.undo_all(PRESS, ME))
    assert (session.by_hand, session.tree.num_nodes) == ((), num_nodes)


def told_of(handlers: RunHandlers, node_id: int) -> dict:
    run_number = handlers.visitors.session("me").growth.run
    return json.loads(handlers.inspect(SimpleNamespace(id=node_id, run=run_number), ME))


def test_opening_a_trace_needs_no_model_and_a_bad_file_loses_nothing(tmp_path):
    writer = handlers_of()
    run(writer)
    trace = tmp_path / "trace.json"
    trace.write_text(json.loads(files_of(writer).save_trace(ME)[0])["text"], encoding="utf-8")
    loads = []
    reader = RunHandlers(Engines(lambda *asked: loads.append(asked)))
    delta, problem, inspector, prompt, *controls = files_of(reader).open_trace(str(trace), ME)
    session = reader.visitors.session("me")
    tree = session.tree
    assert tree == writer.visitors.session("me").tree
    assert (prompt, tuple(controls)) == ("hello", CONTROLS)
    assert "Recorded with scripted, which is not available here, so Run will use SmolLM2-135M-Instruct." in problem
    assert not json.loads(delta)["running"] and json.loads(inspector)["id"] == 0
    told = told_of(reader, 1)
    assert told["why"] == told_of(writer, 1)["why"]
    assert told["figure"]["data"][0]["x"] == pytest.approx(told_of(writer, 1)["figure"]["data"][0]["x"], abs=1e-4)
    assert not told["can_grow"]  # its model is not here, and another would not know its tokens
    bad = tmp_path / "bad.json"
    without_theta = trace.read_text(encoding="utf-8").replace('"theta"', '"eta"')
    for text in ("", "{}", "[1]", '{"schema_version": 1}', without_theta):
        bad.write_text(text, encoding="utf-8")
        delta, problem, *rest = files_of(reader).open_trace(str(bad), ME)
        assert problem.startswith('<p class="eager-problem"') and not any(isinstance(part, str) for part in rest)
    bad.write_bytes(b"\xff\xfe")
    assert "UTF-8" in files_of(reader).open_trace(str(bad), ME)[1]
    assert session.tree is tree
    assert json.loads(files_of(reader).save_trace(ME)[0])["text"] == trace.read_text(encoding="utf-8")
    assert loads == []


def test_a_link_fills_the_controls_and_nonsense_in_it_is_left_out():
    handlers = handlers_of()
    page = SimpleNamespace(query_params={"prompt": "Why?", "theta": "1.5", "seed": "x", "dynamic_threshold": "false"})
    line, prompt, *controls = handlers.greet(page)
    assert "loads when" in line and prompt == "Why?"
    assert Controls(*controls) == Controls(theta=1.5, dynamic_threshold=False)


def test_a_button_pressed_twice_saves_twice():
    handlers = handlers_of()
    run(handlers)
    for save in (files_of(handlers).save_trace, files_of(handlers).save_graphml, files_of(handlers).save_page):
        first, second = (save(ME)[0] for _ in range(2))
        assert first != second  # Gradio hands on a value only where it differs from the last
        assert json.loads(first)["name"] == json.loads(second)["name"]


def test_what_the_page_asked_for_last_wins_in_whatever_order_it_comes():
    handlers = handlers_of()
    one, three = (astuple(Controls(theta=3.0, max_sequences=most, max_new_tokens=5)) for most in (1, 3))
    assert run(handlers, controls=(*three, 2))[0]
    assert run(handlers, controls=(*one, 1)) == ([], [])  # was asked for before, and came after
    assert handlers.visitors.session("me").tree.started.settings.max_sequences == 3
    assert run(handlers, controls=(*one, 3))[0]
    assert run(handlers, controls=three)[0]  # over the programming interface nothing is numbered
    assert run(handlers, controls=(*one, 0))[0]
    assert handlers.visitors.session("me").tree.started.settings.max_sequences == 1


def test_a_branch_by_hand_with_a_token_that_the_model_has_not_is_refused_in_words():
    handlers = handlers_of()
    run(handlers)
    session = handlers.visitors.session("me")
    shown = session.shown
    for token_id in (40, -1):
        pick = SimpleNamespace(parent=0, token_id=token_id, run=session.growth.run)
        problems = [problem for _, problem, _ in updates_of(handlers.take(pick, ME)) if isinstance(problem, str)]
        assert f"has token {token_id}, but this model" in problems[-1]
        assert session.shown is shown and session.by_hand == ()
    assert not run(handlers)[0][-1]["running"]  # and the next run is none the worse


def test_a_trace_with_a_branch_that_the_model_can_not_begin_is_shown_and_its_run_refused(tmp_path):
    handlers = handlers_of()
    run(handlers)
    trace = trace_of(handlers.visitors.session("me").tree)
    trace["by_hand"] = [{"path": [], "token_id": 999_999}]
    file = tmp_path / "trace.json"
    file.write_text(trace_to_json(trace), encoding="utf-8")
    assert isinstance(files_of(handlers).open_trace(str(file), ME, "hello", *CONTROLS)[0], str)
    deltas, problems = run(handlers)
    assert deltas == [] and "The branch :999999 has token 999999" in problems[-1]
    updates_of(handlers.undo_all(PRESS, ME))
    assert not run(handlers)[0][-1]["running"]


def test_a_request_that_names_no_page_is_refused():
    nobody = SimpleNamespace(session_hash=None)
    handlers = handlers_of()
    with pytest.raises(gr.Error, match="names no page"):
        asyncio.run(handlers.stop(nobody))
    assert len(handlers.visitors) == 0
