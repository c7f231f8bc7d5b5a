"""Runs and Stop in whatever order they come: what happens is what would have, had they come as they were pressed."""

import asyncio
from dataclasses import astuple
from itertools import permutations
from types import SimpleNamespace

import pytest

from components.experiments.form import Form
from components.experiments.handlers import ExperimentHandlers
from components.frame.controls import Controls
from components.visitors.engines import Engines
from components.visitors.handlers import RunHandlers
from components.visitors.newest_wins import NewestWins
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

CONTROLS = astuple(Controls(theta=1.0, max_sequences=3, max_new_tokens=12))
ME = SimpleNamespace(session_hash="me")


class Page:
    """Sends askings and Stops to `NewestWins`, in an order of its own choice, and looks at what goes on in the end."""

    def __init__(self, presses: str) -> None:
        """Args: presses: what is pressed one after another, "r" for Run and "s" for Stop."""
        self.presses = [(press, presses[: at + 1].count("r")) for at, press in enumerate(presses)]

    def running(self, order: tuple[int, ...]) -> int | None:
        """Return the asking whose run goes on when all has come, pressed places `order` in this order; None: none."""
        turns, begun = NewestWins(), {}
        for at in order:
            press, number = self.presses[at]
            if press == "s":
                turns.stop(number)
            elif turns.admit(number):
                begun[number] = turns.begin()
        going = [number for number, run in begun.items() if not turns.is_over(run)]
        assert len(going) <= 1
        return going[0] if going else None


@pytest.mark.parametrize("presses", ["r", "rs", "rrs", "rsr", "rsrs", "srr", "rssr", "rrsr"])
def test_whatever_the_order_in_which_they_come_the_end_is_that_of_the_presses(presses):
    page = Page(presses)
    as_pressed = presses.count("r") if presses.endswith("r") else None
    for order in permutations(range(len(presses))):
        assert page.running(order) == as_pressed, order


def test_without_numbers_what_comes_first_is_first():
    turns = NewestWins()
    assert turns.admit() and turns.admit(0)
    run = turns.begin()
    turns.stop()
    assert turns.is_over(run)
    assert turns.admit() and not turns.is_over(turns.begin())


def test_what_adds_to_an_asking_may_be_late_but_not_stopped():
    turns = NewestWins()
    assert turns.admit(2)
    assert turns.admit(1, even_if_late=True) and not turns.admit(1)
    turns.stop(2)
    assert not turns.admit(2, even_if_late=True) and turns.admit(3, even_if_late=True)


def test_an_asking_that_is_refused_keeps_no_stop_from_the_run_under_way():
    turns = NewestWins()
    turns.admit(1)
    run = turns.begin()
    turns.admit(2)  # its prompt is empty, say: it begins nothing
    turns.stop(1)
    assert turns.is_over(run)


def updates_of(generator) -> list:
    async def gather():
        return [update async for update in generator]

    return asyncio.run(gather())


def scripted_room() -> Engines:
    return Engines(lambda name, precision: ScriptedEngine(hashed_logprobs(40)))


def test_a_stop_that_comes_before_its_run_leaves_the_page_as_it_is():
    handlers = RunHandlers(scripted_room())
    updates_of(handlers.run("hello", ME, *CONTROLS, 1))
    session = handlers.visitors.session("me")
    shown, newest = session.shown, session.newest
    asyncio.run(handlers.stop(ME, 2))
    assert updates_of(handlers.run("another", ME, *CONTROLS, 2)) == []
    assert session.shown is shown and session.newest is newest
    assert updates_of(handlers.run("another", ME, *CONTROLS, 3))
    assert session.tree.started.prompt == "another"


def test_a_stop_that_comes_before_a_branch_by_hand_grows_none():
    handlers = RunHandlers(scripted_room())
    updates_of(handlers.run("hello", ME, *CONTROLS, 1))
    session = handlers.visitors.session("me")
    pick = SimpleNamespace(parent=0, token_id=29, run=session.growth.run, request=1, order=2)
    asyncio.run(handlers.stop(ME, 2))
    assert updates_of(handlers.take(pick, ME)) == []
    assert session.by_hand == ()
    pick.order = 3
    assert updates_of(handlers.take(pick, ME)) and len(session.by_hand) == 1
    asyncio.run(handlers.stop(ME, 5))
    for order, undo in ((4, handlers.undo), (5, handlers.undo_all)):
        assert updates_of(undo(SimpleNamespace(request=2, order=order), ME)) == []
    assert len(session.by_hand) == 1
    assert updates_of(handlers.undo(SimpleNamespace(request=2, order=6), ME)) and session.by_hand == ()


def test_a_stop_that_comes_before_its_experiment_runs_none():
    room = scripted_room()
    handlers = ExperimentHandlers(room, RunHandlers(room).visitors)
    asked = (*astuple(Form(num_prompts=1, max_new_tokens=4)), *CONTROLS)
    handlers.stop(ME, 1)
    assert updates_of(handlers.run(ME, *asked, 1)) == []
    assert updates_of(handlers.run(ME, *asked, 2))
