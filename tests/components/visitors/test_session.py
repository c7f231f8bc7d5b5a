"""Sessions: the newest run wins, visitors are apart, what is closed is freed; engines load once."""

import asyncio
import threading
from concurrent.futures import Future
from dataclasses import replace

import pytest

from components.inspector.inspection import find_path
from components.visitors.asking import Asked
from components.visitors.engines import Engines
from components.visitors.pacing import batches
from components.visitors.session import Session, Visitors
from eager_core import ModelError, PromptError, Settings
from eager_core.by_hand import HandBranch
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

SETTINGS = Settings(theta=1.0, max_sequences=3, max_new_tokens=10)


def ready(engine) -> Future:
    future = Future()
    future.set_result(engine)
    return future


@pytest.fixture
def engine():
    return ready(ScriptedEngine(hashed_logprobs(30)))


def test_a_second_run_of_the_same_prompt_knows_what_the_first_learnt(engine):
    session = Session()
    list(session.walk(session.begin(), Asked("hello", 0, SETTINGS), engine))
    first, exploration = session.tree, session.exploration
    list(session.walk(session.begin(), Asked("hello", 0, SETTINGS), engine))
    assert session.exploration is exploration
    assert session.tree.finished.forward_passes == 0
    assert list(session.tree.nodes()) == list(first.nodes())


def test_another_seed_is_another_exploration(engine):
    session = Session()
    list(session.walk(session.begin(), Asked("hello", 0, SETTINGS), engine))
    old = session.exploration
    list(session.walk(session.begin(), Asked("hello", 1, SETTINGS), engine))
    assert session.exploration is not old


def test_another_date_is_another_exploration_and_a_run_tells_its_date(engine):
    session = Session()
    list(session.walk(session.begin(), Asked("hello", 0, SETTINGS), engine))
    old = session.exploration
    list(session.walk(session.begin(), Asked("hello", 0, SETTINGS, date="2026-01-02"), engine))
    assert session.exploration is not old and session.tree.started.date == "2026-01-02"


def test_a_newer_run_ends_the_older_at_its_next_step(engine):
    session = Session()
    number = session.begin()
    events = session.walk(number, Asked("hello", 0, SETTINGS), engine)
    next(events)
    session.begin()
    assert [event.kind for event in events] == ["sequence_finished", "run_finished"]
    assert not session.is_newest(number)


def test_a_refused_prompt_leaves_the_tree_as_it_was(engine):
    session = Session()
    list(session.walk(session.begin(), Asked("hello", 0, SETTINGS), engine))
    tree = session.tree
    with pytest.raises(PromptError):
        list(session.walk(session.begin(), Asked(" ", 0, SETTINGS), engine))
    assert session.tree is tree
    assert session.exploration.prompt == "hello"


def test_a_run_that_waits_for_its_model_can_be_stopped():
    session = Session()
    number = session.begin()
    session.stop()
    assert list(session.walk(number, Asked("hello", 0, SETTINGS), Future())) == []


def test_a_visitor_who_leaves_takes_their_memory_along(engine):
    visitors = Visitors()
    one, other = visitors.session("one"), visitors.session("other")
    assert one is visitors.session("one") and one is not other
    list(one.walk(one.begin(), Asked("hello", 0, SETTINGS), engine))
    visitors.leave("one")
    assert one.exploration is None
    assert len(visitors) == 1
    visitors.leave("never came")


def test_branches_by_hand_stay_while_the_exploration_does(engine):
    session = Session()
    list(session.walk(session.begin(), Asked("hello", 0, SETTINGS), engine))
    branch = HandBranch((), 29)
    for theta in (1.0, 3.0):
        asked = Asked("hello", 0, replace(SETTINGS, theta=theta), by_hand=(branch,))
        list(session.walk(session.begin(asked), asked, engine))
        assert find_path(session.tree, (29,)) is not None
        assert session.by_hand == (branch,)
    other = Asked("hello", 1, SETTINGS)
    list(session.walk(session.begin(other), other, engine))
    assert session.by_hand == ()
    assert find_path(session.tree, (29,)) is None


def test_a_tree_from_a_file_is_no_run_of_the_exploration(engine):
    session = Session()
    asked = Asked("hello", 0, SETTINGS)
    events = list(session.walk(session.begin(asked), asked, engine))
    tree = session.tree
    assert session.shown.exploration is session.exploration
    assert session.show(events, asked) is session.shown
    assert session.tree == tree and session.tree is not tree
    assert (session.shown.exploration, session.shown.asked, session.growth.running) == (None, asked, False)


def test_a_model_is_loaded_once_and_a_failure_is_tried_again():
    loads = []

    def load(name, precision):
        loads.append((name, precision))
        if len(loads) == 1:
            raise ModelError("no such model")
        return ScriptedEngine(hashed_logprobs(5))

    engines = Engines(load)
    assert engines.loaded("x") is None and loads == []  # a look loads nothing
    with pytest.raises(ModelError):
        engines.request("x").result(timeout=120)
    engine = engines.request("x").result(timeout=120)
    assert engine is engines.request(" x ").result(timeout=120) is engines.loaded("x")
    assert engine is not engines.request("x", "float32").result(timeout=120)
    assert loads == [("x", "auto"), ("x", "auto"), ("x", "float32")]


def test_batches_tell_everything_in_order_and_then_the_error():
    def items():
        yield from range(50)
        raise ModelError("lost")

    async def gather():
        seen = []
        with pytest.raises(ModelError):
            async for batch in batches(items(), 0.001):
                assert batch
                seen += batch
        return seen

    assert asyncio.run(gather()) == list(range(50))


def test_batches_do_not_hold_up_the_event_loop():
    release = threading.Event()

    def items():
        release.wait(120)
        yield 1

    async def gather():
        async def tick():
            await asyncio.sleep(0.01)
            release.set()

        ticking = asyncio.create_task(tick())
        seen = [batch async for batch in batches(items(), 0.001)]
        await ticking
        return seen

    assert asyncio.run(gather()) == [[1]]
