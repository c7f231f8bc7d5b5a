"""What is read while a run grows is of one moment, belongs together, and is never another run's."""

import asyncio
import json
import sys
import threading
from dataclasses import astuple
from types import SimpleNamespace

import pytest
from hypothesis import given, settings

from components.frame.controls import Controls
from components.tree.growth import Growth, Known
from components.visitors.asking import Asked
from components.visitors.engines import Engines
from components.visitors.handlers import RunHandlers
from components.visitors.session import Session
from eager_core import Exploration, Settings, fold
from eager_core.traces import events_from_json, trace_of, trace_to_json
from eager_core.tree import TokenTree
from tests.core.some_runs import any_settings, some_engines
from tests.scripted_engine import ScriptedEngine, ScriptedMemory, hashed_logprobs

CONTROLS = astuple(Controls(theta=1.0, max_sequences=3, max_new_tokens=12))
ME, OTHER = SimpleNamespace(session_hash="me"), SimpleNamespace(session_hash="other")
LONG_S = 240
"""No test waits so long unless it fails."""


class GatedEngine(ScriptedEngine):
    """Every pass, or every look at a distribution, of prompts that begin with "slow" waits for a gate."""

    def __init__(self, gates_predictions: bool = True) -> None:
        super().__init__(hashed_logprobs(40, eos_logit=-9))
        self.gates_predictions = gates_predictions
        self.gate, self.is_waited_for = threading.Event(), threading.Event()

    def open(self, prompt_ids):
        return GatedMemory(self, "".join(map(chr, prompt_ids)).startswith("slow"))


class GatedMemory(ScriptedMemory):
    def __init__(self, engine: GatedEngine, is_slow: bool) -> None:
        super().__init__(engine)
        self.is_slow = is_slow

    def _wait(self) -> None:
        self.engine.is_waited_for.set()
        assert self.engine.gate.wait(LONG_S)

    def predict(self, nodes):
        if self.is_slow and self.engine.gates_predictions and self.num_forward_passes == 3:
            self._wait()
        is_slow, self.is_slow = self.is_slow, False  # the scripted model looks at distributions to predict
        predictions = super().predict(nodes)
        self.is_slow = is_slow
        return predictions

    def logprobs(self, node):
        if self.is_slow and not self.engine.gates_predictions:
            self._wait()
        return super().logprobs(node)


def handlers_of(engine: ScriptedEngine) -> RunHandlers:
    return RunHandlers(Engines(lambda name, precision: engine))


async def updates_of(handlers: RunHandlers, prompt: str, visitor=ME) -> list[tuple]:
    return [update async for update in handlers.run(prompt, visitor, *CONTROLS)]


def deltas_in(updates: list[tuple]) -> list[dict]:
    return [json.loads(delta) for delta, _, _ in updates if isinstance(delta, str)]


async def until(event: threading.Event) -> None:
    """Wait for a thread without holding up the event loop."""
    assert await asyncio.get_running_loop().run_in_executor(None, event.wait, LONG_S)


# Snapshots


@settings(max_examples=40, deadline=None)
@given(engine=some_engines, run_settings=any_settings)
def test_what_is_saved_at_any_event_opens_as_the_tree_of_the_events_so_far(engine, run_settings):
    growth, events = Growth(1), []
    for event in Exploration(engine, "p").run(run_settings):
        events.append(event)
        growth.take([event])
        tree, expected = growth.snapshot(), fold(events)
        assert tree == expected
        opened = fold(events_from_json(trace_to_json(trace_of(tree))))
        assert (list(opened.nodes()), opened.sequences, opened.forks) == (
            list(expected.nodes()), expected.sequences, expected.forks,
        )  # fmt: skip


@pytest.fixture
def eager_switching():
    """Threads take turns after nearly every step, so that what can come between does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("strategy", ["paper", "parallel", "percentile"])
def test_what_is_read_while_another_thread_takes_an_event_in_is_from_before_or_after_it(strategy, eager_switching):
    run = Settings(theta=1.0, max_sequences=6, max_new_tokens=14, strategy=strategy)
    events = list(Exploration(ScriptedEngine(hashed_logprobs(40)), "hello").run(run))
    growth, before = Growth(1), TokenTree()
    both_ready = threading.Barrier(2, timeout=LONG_S)

    def grow():
        for event in events:
            both_ready.wait()
            growth.take([event])
            both_ready.wait()

    grower = threading.Thread(target=grow, daemon=True)
    grower.start()
    for event in events:
        both_ready.wait()
        tree = growth.snapshot()
        answer = json.loads(growth.catch_up(Known(1, 1, 1, growth.drawing.number, 1)))
        both_ready.wait()
        after = before.snapshot()
        after.apply(event)
        assert tree in (before, after)
        if answer["start"] is not None:
            check_belongs_together(answer)
        before = after
    grower.join(LONG_S)
    assert growth.snapshot() == before


def check_belongs_together(message: dict) -> None:
    """A message that holds a whole run: nodes, places, sequences, endings and ledger fit each other."""
    num_nodes = len(message["s"])
    assert len(message["w"]) == sum(number for _, number in message["at"]) == num_nodes
    assert len(message["t"]) == len(message["a"]) == len(message["e"]) == num_nodes  # each has a place of its own
    assert message["ledger"][0] == num_nodes
    begun = [0, *(new for _, _, new in message["forks"])]
    assert begun == list(range(len(begun))) and set(message["s"]) <= set(begun)
    assert {sequence for sequence, _ in message["done"]} <= set(begun)
    if not message["running"]:
        assert len(message["done"]) == len(begun)


def test_every_delta_has_the_ledger_of_the_nodes_told_so_far():
    deltas = deltas_in(asyncio.run(updates_of(handlers_of(GatedEngine()), "hello")))
    told = 0
    for delta in deltas:
        told += len(delta["s"])
        assert delta["ledger"][0] == told


# Whose page it is


def test_a_trace_that_comes_to_its_turn_after_a_newer_run_began_is_not_shown():
    session, asked = Session(), Asked("hello", 0, Settings(max_new_tokens=4))
    events = list(Exploration(ScriptedEngine(hashed_logprobs(40)), "hello").run(asked.settings))
    before, shown = session.shown, []
    with session._turn:  # a run is under way
        opening = threading.Thread(target=lambda: shown.append(session.show(events, asked)))
        opening.start()
        while session.newest is not asked:  # until it has begun; it then waits for its turn
            pass
        session.begin(Asked("newer", 0, asked.settings))
    opening.join(LONG_S)
    assert shown == [None] and session.shown is before
    assert session.show(events, asked) is session.shown


def test_a_run_that_is_superseded_by_a_refused_one_tells_its_end():
    engine = GatedEngine()
    engine.encode_prompt = lambda prompt, *_: ScriptedEngine.encode_prompt(engine, "" if prompt == "no" else prompt)
    handlers = handlers_of(engine)

    async def both():
        first = asyncio.create_task(updates_of(handlers, "slow one"))
        await until(engine.is_waited_for)
        second = asyncio.create_task(updates_of(handlers, "no"))
        while handlers.visitors.session("me").newest.prompt != "no":
            await asyncio.sleep(0)
        engine.gate.set()
        return await first, await second

    first, second = asyncio.run(both())
    deltas = deltas_in(first)
    assert not deltas[-1]["running"] and {reason for _, reason in deltas[-1]["done"]} == {"stopped"}
    assert "The prompt is empty" in [problem for _, problem, _ in second if isinstance(problem, str)][-1]
    assert deltas_in(second) == []
    # And what is asked for next starts from what is on the page.
    assert handlers.visitors.session("me").newest.prompt == "slow one"


def test_a_stop_ends_the_runs_so_far_and_no_later_one():
    session = Session()
    first = session.begin()
    session.stop()
    second = session.begin()
    assert session.is_over(first) and not session.is_over(second)
    session.stop()
    assert session.is_over(second)


def test_runs_and_drawings_are_numbered_on_over_sessions():
    handlers = handlers_of(GatedEngine())
    first = deltas_in(asyncio.run(updates_of(handlers, "hello")))[0]
    handlers.leave(ME)  # the connection was lost for a moment: the page is still there, and knows its numbers
    second = deltas_in(asyncio.run(updates_of(handlers, "hello")))[0]
    assert second["run"] > first["run"] and second["start"]["drawing"] > first["start"]["drawing"]


def test_an_older_look_does_not_take_the_inspector_from_a_newer_one():
    session = Session()
    session.look_at(7, (1, 2))
    session.look_at(6, (3,))
    assert session.inspected.path == (1, 2)
    session.look_at(8, (3,))
    assert session.inspected.path == (3,)


def test_what_the_inspector_is_told_names_the_run_and_the_request():
    handlers = handlers_of(GatedEngine())
    asyncio.run(updates_of(handlers, "hello"))
    run = handlers.visitors.session("me").shown.run
    told = json.loads(handlers.inspect(SimpleNamespace(id=2, run=run, request=4), ME))
    assert (told["id"], told["of"], told["request"]) == (2, run, 4)
    again = [told for _, _, told in asyncio.run(updates_of(handlers, "hello")) if isinstance(told, str)][-1]
    again = json.loads(again)
    assert (again["id"], again["of"], again["request"]) == (2, handlers.visitors.session("me").shown.run, 4)


def test_a_branch_by_hand_is_grown_with_the_newest_settings_though_these_have_not_walked_yet():
    handlers = handlers_of(GatedEngine())
    asyncio.run(updates_of(handlers, "hello"))
    session = handlers.visitors.session("me")
    newer = Asked("hello", 0, Settings(theta=2.5, max_sequences=3, max_new_tokens=5))
    session.begin(newer)  # a slider was moved, and its run waits for its turn
    pick = SimpleNamespace(parent=0, token_id=39, run=session.shown.run, request=1)

    async def taken():
        return [update async for update in handlers.take(pick, ME)]

    asyncio.run(taken())
    assert session.shown.asked.settings == newer.settings
    assert [branch.token_id for branch in session.shown.asked.by_hand] == [39]


# Nobody waits for another's model


def test_a_model_that_keeps_one_inspector_waiting_keeps_nobody_else_waiting():
    engine = GatedEngine(gates_predictions=False)
    handlers = handlers_of(engine)

    async def both():
        mine = await updates_of(handlers, "slow one")
        session = handlers.visitors.session("me")
        session.look_at(1, tuple(node.token_id for node in session.tree.path(3)))
        # It tells the inspector again, which asks the model.
        waiting = asyncio.create_task(updates_of(handlers, "slow one"))
        await until(engine.is_waited_for)
        theirs = await asyncio.wait_for(updates_of(handlers, "hello", OTHER), LONG_S / 2)
        assert not waiting.done()
        engine.gate.set()
        return mine, await waiting, theirs

    _, again, theirs = asyncio.run(both())
    assert not deltas_in(theirs)[-1]["running"]
    assert json.loads([told for _, _, told in again if isinstance(told, str)][-1])["id"] == 3


def test_a_run_that_waits_for_a_pass_keeps_no_other_handler_waiting():
    engine = GatedEngine()
    handlers = handlers_of(engine)

    async def both():
        waiting = asyncio.create_task(updates_of(handlers, "slow one"))
        await until(engine.is_waited_for)
        theirs = await asyncio.wait_for(updates_of(handlers, "hello", OTHER), LONG_S / 2)
        await handlers.stop(ME)
        engine.gate.set()
        return await waiting, theirs

    mine, theirs = asyncio.run(both())
    assert {reason for delta in deltas_in(mine) for _, reason in delta["done"]} == {"stopped"}
    assert any(delta["done"] for delta in deltas_in(theirs)) and not deltas_in(theirs)[-1]["running"]


def test_no_message_is_made_on_the_event_loop(monkeypatch):
    made_in = []
    for name in ("delta", "catch_up", "snapshot", "take"):
        made = getattr(Growth, name)
        noted = lambda self, *args, made=made: made_in.append(threading.current_thread()) or made(self, *args)  # noqa: E731
        monkeypatch.setattr(Growth, name, noted)
    handlers = handlers_of(GatedEngine())

    async def run_and_look():
        await updates_of(handlers, "hello")
        session = handlers.visitors.session("me")
        session.look_at(1, tuple(node.token_id for node in session.tree.path(3)))
        await updates_of(handlers, "hello")
        return threading.current_thread()

    loop_thread = asyncio.run(run_and_look())
    assert len(made_in) > 10 and loop_thread not in made_in
