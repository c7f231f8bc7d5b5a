"""Engines that nobody uses make way, the least recently asked for first; those in use never do."""

import threading

import pytest

from components.visitors.engines import Engines
from eager_core import ModelError
from eager_core.errors import MemoryShortError
from tests.scripted_engine import ScriptedEngine, hashed_logprobs


class Sized(ScriptedEngine):
    """An engine that takes one unit of memory."""

    def __init__(self, name: str, machine: "Machine") -> None:
        super().__init__(hashed_logprobs(5))
        self.name, self.machine = name, machine
        self.num_bytes = 1

    def close(self) -> None:
        assert not self.is_used
        self.machine.held.remove(self.name)


class Machine:
    """Has room for so many engines, and remembers which it holds."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.held: list[str] = []
        self.num_tries = 0

    def load(self, name: str | None, precision: str) -> Sized:
        self.num_tries += 1
        if name == "broken":
            raise ModelError("no such model")
        if len(self.held) >= self.room:
            raise MemoryShortError("no room")
        self.held.append(name)
        return Sized(name, self)


def asked(engines: Engines, *names: str) -> Sized:
    """Ask for engines one after another, and return the last; each is tidied up after before the next is asked for."""
    for name in names:
        engine = engines.request(name).result(timeout=120)
        for thread in [thread for thread in threading.enumerate() if thread.name == f"load {name}"]:
            thread.join(120)
    return engine


def test_what_is_over_the_share_goes_least_recently_asked_for_first():
    machine = Machine(room=99)
    engines = Engines(machine.load, most_bytes=2)
    asked(engines, "a", "b", "a", "c")
    assert machine.held == ["a", "c"]
    assert engines.loaded("b") is None and engines.loaded("a") is not None
    asked(engines, "b")
    assert machine.held == ["c", "b"] and machine.num_tries == 4


def test_one_in_use_stays_whatever_the_share():
    machine = Machine(room=99)
    engines = Engines(machine.load, most_bytes=1)
    used = asked(engines, "a")
    used.is_used = True
    asked(engines, "b", "c")
    assert machine.held == ["a", "c"]
    used.is_used = False
    asked(engines, "b")
    assert machine.held == ["b"]


def test_a_model_that_finds_no_room_is_given_that_of_unused_ones():
    machine = Machine(room=2)
    engines = Engines(machine.load, most_bytes=99)
    asked(engines, "a", "b").is_used = True
    asked(engines, "c")
    assert machine.held == ["b", "c"]
    engines.loaded("c").is_used = True
    with pytest.raises(MemoryShortError):
        asked(engines, "d")
    assert machine.held == ["b", "c"]
    engines.loaded("b").is_used = False
    assert asked(engines, "d").name == "d"
    assert machine.held == ["c", "d"]


def test_another_failure_makes_no_one_go():
    machine = Machine(room=2)
    engines = Engines(machine.load, most_bytes=99)
    asked(engines, "a", "b")
    with pytest.raises(ModelError):
        asked(engines, "broken")
    assert machine.held == ["a", "b"]
