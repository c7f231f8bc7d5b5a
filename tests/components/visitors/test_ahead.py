"""A visitor's looking ahead: begun when a run has ended, over at anything that they do."""

import asyncio
import json
import threading
from dataclasses import astuple
from types import SimpleNamespace

import pytest

from components.experiments.form import Form
from components.experiments.handlers import ExperimentHandlers
from components.visitors.asking import Asked
from components.visitors.engines import Engines
from components.visitors.handlers import RunHandlers
from components.visitors.session import Session
from eager_core import Settings
from tests.components.visitors.test_handlers import CONTROLS, ME, run
from tests.components.visitors.test_session import ready
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

ASKED = Asked("hello", 0, Settings(theta=1.0, max_sequences=3, max_new_tokens=10))


def engine() -> ScriptedEngine:
    return ScriptedEngine(hashed_logprobs(30))


def ran(session: Session) -> int:
    number = session.begin(ASKED)
    list(session.walk(number, ASKED, ready(engine())))
    return number


def acting(session: Session, at: int, act) -> list[int]:
    """Have `act` done in the middle of spare pass number `at`, 1 for the first; return the passes as they come."""
    knowledge, passes = session.exploration.knowledge, []
    foretell = knowledge.foretell

    def foretold(nodes, patience_s):
        passes.append(len(passes) + 1)
        if len(passes) == at:
            act()
        return foretell(nodes, patience_s)

    knowledge.foretell = foretold
    return passes


@pytest.mark.parametrize(
    "act",
    [
        lambda session: session.begin(ASKED), lambda session: session.stop(), lambda session: session.close(),
        lambda session: session.show([], ASKED), lambda session: session.end_looking_ahead(),
        lambda session: session.look_ahead(session.shown.run, False),
    ],
    ids=["second run", "stop", "leave", "open a trace", "experiment", "switch off"],
)  # fmt: skip
def test_whatever_a_visitor_does_no_other_pass_follows(act):
    session = Session()
    ahead = session.look_ahead(ran(session), True)
    passes = acting(session, 3, lambda: act(session))
    list(ahead.news())
    assert passes == [1, 2, 3]


def test_another_visitor_s_goes_on():
    session, other = Session(), Session()
    ahead = session.look_ahead(ran(session), True)
    passes = acting(session, 3, other.stop)
    list(ahead.news())
    assert len(passes) > 3


def test_a_run_that_is_not_on_the_page_was_stopped_or_goes_on_is_not_looked_beyond():
    session = Session()
    assert session.look_ahead(0, True) is None
    first = ran(session)
    second = ran(session)
    assert session.look_ahead(first, True) is None
    session.stop()
    assert session.look_ahead(second, True) is None
    third = session.begin(ASKED)
    events = session.walk(third, ASKED, ready(session.exploration.engine))
    next(events)
    assert session.look_ahead(third, True) is None
    list(events)
    assert session.look_ahead(third, True) is not None


def test_an_asking_that_comes_late_ends_nothing():
    session = Session()
    first = ran(session)
    ahead = session.look_ahead(ran(session), True)
    assert session.look_ahead(first, True) is None
    (*_, last) = ahead.news()
    assert last.sliders


def test_while_something_is_asked_of_the_page_no_pass_is_made():
    session = Session()
    ahead = session.look_ahead(ran(session), True)
    knowledge = session.exploration.knowledge
    waits = threading.Event()
    wait = session._quiet.wait

    def waited(timeout):
        waits.set()
        return wait(timeout)

    session._quiet.wait = waited
    with session.asking():
        thread = threading.Thread(target=lambda: list(ahead.news()))
        thread.start()
        assert waits.wait(120)
        assert knowledge.num_spare_passes == 0
    thread.join(120)
    assert knowledge.num_spare_passes > 0


def told(handlers: RunHandlers, **asked) -> list[dict]:
    async def gather():
        return [json.loads(update) async for update in handlers.look_ahead(SimpleNamespace(**asked), ME)]

    return asyncio.run(gather())


@pytest.fixture
def handlers():
    return RunHandlers(Engines(lambda name, precision: engine()))


def test_what_is_told_is_of_the_run_and_numbered_and_ends_with_everything(handlers):
    run(handlers)
    number = handlers.visitors.session("me").shown.run
    updates = told(handlers, run=number, look_ahead=True)
    assert {update["run"] for update in updates} == {number}
    assert [update["number"] for update in updates] == list(range(1, len(updates) + 1))
    assert updates[-1]["explores"] is None
    assert all(len(place) > 1 for place in updates[-1]["sliders"]["theta"]["places"])
    assert told(handlers, run=number - 1, look_ahead=True) == []


@pytest.mark.parametrize(("wish", "variable"), [(True, "0"), (False, "1"), ("yes", "1")])
def test_by_the_switch_or_the_environment_nothing_is_asked(handlers, monkeypatch, wish, variable):
    monkeypatch.setenv("EAGER_EXPLORER_ANTICIPATE", variable)
    run(handlers)
    session = handlers.visitors.session("me")
    updates = told(handlers, run=session.shown.run, look_ahead=wish)
    assert session.exploration.knowledge.num_spare_passes == 0
    assert updates[-1]["sliders"]["theta"]["same"] is not None


def test_where_too_many_explore_the_page_is_told_to_ask_later(handlers, monkeypatch):
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr("components.visitors.ahead.EXPLORING", places)
    run(handlers)
    session = handlers.visitors.session("me")
    number = session.shown.run
    with places:
        updates = told(handlers, run=number, look_ahead=True)
        assert all(update["later"] for update in updates)
        assert session.exploration.knowledge.num_spare_passes == 0
        assert not any(update["later"] for update in told(handlers, run=number, look_ahead=False))
    assert not any(update["later"] for update in told(handlers, run=number, look_ahead=True))
    assert session.exploration.knowledge.num_spare_passes > 0
    assert places.acquire(blocking=False)  # given back


def test_an_experiment_ends_it():
    engines = Engines(lambda name, precision: engine())
    handlers = RunHandlers(engines)
    run(handlers)
    session = handlers.visitors.session("me")
    ahead = session.look_ahead(session.shown.run, True)
    experiments = ExperimentHandlers(engines, handlers.visitors)
    before = session._ahead

    async def begin():
        values = experiments_values()
        async for _ in experiments.run(ME, *values):
            break

    asyncio.run(begin())
    assert session._ahead > before
    assert list(ahead.news())[-1].sliders == {}


def experiments_values() -> tuple:
    return (*astuple(Form()), *CONTROLS)
