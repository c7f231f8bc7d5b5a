"""One visitor: their exploration, the run under way, and the tree on their page. Visitors share nothing but models."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass

from components.drawing import Drawing
from components.growth import Growth
from components.turns import Turns
from eager_core.by_hand import HandBranch
from eager_core.engine import Engine
from eager_core.events import Event
from eager_core.exploration import Exploration
from eager_core.prompt import DEFAULT_DATE
from eager_core.settings import Settings
from eager_core.tree import TokenTree

_POLL_S = 0.05


@dataclass(frozen=True)
class Asked:
    """What a run was asked for; asked again, it gives the same tree."""

    engine: "Future[Engine]"
    prompt: str
    seed: int
    settings: Settings
    date: str = DEFAULT_DATE


class Session(Turns):
    """Runs of one visitor, of which only the newest goes on.

    A run's own events come from the thread that iterates it, which waits its turn until the one before has ended, so
    that an exploration is never used by two at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.exploration: Exploration | None = None
        self.tree = TokenTree()
        """The tree on the page: of the newest run that has begun to walk."""
        self.growth = Growth(0)
        """How much of `tree` the page was sent."""
        self.drawing = Drawing()
        """Where all runs of the present exploration are drawn."""
        self.inspected: tuple[int, ...] | None = None
        """Token ids of the path to the node that the inspector shows."""
        self.by_hand: list[HandBranch] = []
        """Branches that the visitor added to the present exploration, the latest last; every run of it grows them."""
        self.asked: Asked | None = None
        """What the newest run that has begun to walk was asked for; None where the tree was opened from a file."""

    @property
    def explored(self) -> Exploration | None:
        """The exploration that `tree` is a run of; None for a tree from a file."""
        exploration = self.exploration
        return exploration if exploration is not None and exploration.tree is self.tree else None

    def walk(self, run: int, asked: Asked) -> Iterator[Event]:
        """Yield the events of run number `run`; nothing, if it is over before its turn or before the model is there.

        The exploration of the last run is used again where model, prompt, seed and date are the same, else closed, and
        its branches by hand are forgotten.

        Raises:
            EagerError: the model can't be loaded or fails, or the prompt is refused; the last tree stays.
        """
        loaded = _wait(asked.engine, lambda: self.is_over(run))
        with self._turn:
            if loaded is None or self.is_over(run):
                return
            exploration = self._explore(loaded, asked)
            events = exploration.run(asked.settings, lambda: self.is_over(run), tuple(self.by_hand))
            first = next(events)
            self.tree, self.growth, self.asked = exploration.tree, Growth(run, self.drawing), asked
            yield first
            yield from events

    def _explore(self, engine: Engine, asked: Asked) -> Exploration:
        """Return the exploration of what is asked for; a refused prompt leaves the old one as it is."""
        old = self.exploration
        same = (engine, asked.prompt, asked.seed, asked.date)
        if old is not None and (old.engine, old.prompt, old.seed, old.date) == same:
            return old
        self.exploration = Exploration(*same)
        self.drawing = Drawing()
        self.by_hand = []
        if old is not None:
            old.close()
        return self.exploration

    def show(self, tree: TokenTree, events: Iterable[Event]) -> None:
        """Put a tree from a file in the place of the present one, and end the run under way. Needs no model."""
        growth = Growth(self.begin())
        growth.take(events)
        growth.end()
        with self._turn:
            self.tree, self.growth, self.asked, self.inspected = tree, growth, None, None

    def close(self) -> None:
        """End everything and free the model's memory; waits for the step under way."""
        self.begin()
        self.stop()
        with self._turn:
            if self.exploration is not None:
                self.exploration.close()
                self.exploration = None


class Visitors:
    """The open pages' sessions, by the id that each page has. Safe to use from any thread."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def session(self, visitor: str) -> Session:
        """Return the visitor's session, a fresh one at first."""
        with self._lock:
            return self._sessions.setdefault(visitor, Session())

    def leave(self, visitor: str) -> None:
        """End the visitor's run and free its memory, if they had any."""
        with self._lock:
            session = self._sessions.pop(visitor, None)
        if session is not None:
            session.close()

    def __len__(self) -> int:
        return len(self._sessions)


def _wait(engine: "Future[Engine]", is_over: Callable[[], bool]) -> Engine | None:
    """Return the engine once it is loaded, or None once nobody wants it any more; raises what the loading raised."""
    while not is_over():
        if wait([engine], timeout=_POLL_S).done:
            return engine.result()
    return None
