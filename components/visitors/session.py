"""One visitor: their exploration, the run under way, and the tree on their page. Visitors share nothing but models."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace

from components.tree.drawing import Drawing
from components.tree.growth import Growth
from components.visitors.asking import Asked
from components.visitors.newest_wins import NewestWins
from components.what_if.looking_ahead import LookingAhead
from eager_core.by_hand import HandBranch
from eager_core.engine import Engine
from eager_core.events import Event
from eager_core.exploration import Exploration
from eager_core.tree import TokenTree

_POLL_S = 0.05


@dataclass(frozen=True)
class Shown:
    """What a page shows: one run. Whoever reads it once has things that belong together, whatever begins meanwhile."""

    growth: Growth
    """The run's tree, and how much of it the page was sent."""
    asked: Asked | None = None
    """What the run was asked for; None for the empty page."""
    exploration: Exploration | None = None
    """The one that it is a run of; None for a tree from a file."""

    @property
    def run(self) -> int:
        """The run's number."""
        return self.growth.run


@dataclass(frozen=True)
class Inspected:
    """What the inspector is to show: the node at the end of a path, over all runs that come by there."""

    request: int = 0
    """The number of the page's request that asked for it: an answer to an older one is late."""
    path: tuple[int | None, ...] | None = None
    """Token ids from the first generated one, None where an imported run does not tell them; None for nothing."""


class Session(NewestWins):
    """Runs of one visitor, of which only the newest goes on. Safe to use from any thread.

    A run's own events come from the thread that iterates it, which waits its turn until the one before has ended, so
    that an exploration is never used by two at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shown = Shown(Growth(0))
        """Of the newest run that has begun to walk. Replaced whole, never changed."""
        self.newest: Asked | None = None
        """What the newest run was asked for, which may not have begun to walk: the next one starts from it."""
        self.inspected = Inspected()
        self.exploration: Exploration | None = None
        self.drawing = Drawing()
        """Where all runs of the present exploration are drawn."""
        self.pinned: Shown | None = None
        """A, the run that the present one is compared with (see `components.comparing`): a copy, which stays as it is
        whatever runs come. Its exploration is there for as long as it is open."""
        self._ahead = 0
        """Counts lookings ahead: only the latest goes on."""
        self._quiet = threading.Condition()
        self._num_asking = 0
        """Answers under way that may ask the model of what is on the page."""

    @property
    def growth(self) -> Growth:
        """That of the run on the page."""
        return self.shown.growth

    @property
    def tree(self) -> TokenTree:
        """The tree on the page. It may grow while it is read: see `Growth.snapshot`."""
        return self.shown.growth.tree

    @property
    def by_hand(self) -> tuple[HandBranch, ...]:
        """Branches by hand of the newest run."""
        newest = self.newest
        return newest.by_hand if newest is not None else ()

    def begin(self, asked: Asked | None = None) -> int:
        """End the run under way, and return the number of the next one, which is asked for `asked`."""
        with self._lock:
            if asked is not None:
                self.newest = asked
            return super().begin()

    def look_at(self, request: int, path: tuple[int | None, ...] | None) -> None:
        """Take note of what the inspector is to show, if no newer request has said it already."""
        with self._lock:
            if request >= self.inspected.request:
                self.inspected = Inspected(request, path)

    def walk(self, run: int, asked: Asked, engine: "Future[Engine]") -> Iterator[Event]:
        """Yield the events of run number `run`; nothing, if it is over before its turn or before the model is there.

        Each event is on the page's growth before it is yielded. The exploration of the last run is used again where
        model, prompt, seed and date are the same, else closed.

        Raises:
            EagerError: the model can't be loaded or fails, or the prompt is refused; the last tree stays.
        """
        try:
            loaded = _wait(engine, lambda: self.is_over(run))
            with self._turn:
                if loaded is not None and not self.is_over(run):
                    yield from self._walk(run, asked, loaded)
        finally:
            self._forget_what_never_began(run)

    def _walk(self, run: int, asked: Asked, engine: Engine) -> Iterator[Event]:
        old, exploration = self.exploration, self._explore(engine, asked)
        drawing = self.drawing if exploration is old else Drawing()
        growth = Growth(run, drawing)
        events = exploration.run(asked.settings, lambda: self.is_over(run), asked.by_hand)
        try:
            for event in events:
                growth.take((event,))
                if self.shown.growth is not growth:
                    self.exploration, self.drawing = exploration, drawing
                    self.shown = Shown(growth, asked, exploration)
                    if old is not None and old is not exploration:
                        self._forget_exploration(old)
                        old.close()  # not before: who looks at the page's tree may still ask it
                yield event
        finally:
            growth.end()

    def _explore(self, engine: Engine, asked: Asked) -> Exploration:
        """Return the exploration of what is asked; a refused prompt leaves the old one as it is."""
        old = self.exploration
        same = (engine, asked.prompt, asked.seed, asked.date)
        if old is not None and (old.engine, old.prompt, old.seed, old.date) == same:
            return old
        return Exploration(*same)

    def pin(self, pinned: Shown | None) -> None:
        """Keep a copy of a run as A, or none any more."""
        with self._lock:
            if pinned is not None and pinned.exploration is not self.exploration:
                pinned = replace(pinned, exploration=None)
            self.pinned = pinned

    def _forget_exploration(self, old: Exploration) -> None:
        """The pinned tree outlives the exploration that it came from, which is to be closed."""
        with self._lock:
            if self.pinned is not None and self.pinned.exploration is old:
                self.pinned = replace(self.pinned, exploration=None)

    def _forget_what_never_began(self, run: int) -> None:
        """After a run that never began to walk, the next one starts from what is on the page."""
        with self._lock:
            if self.is_newest(run) and self.shown.run != run:
                self.newest = self.shown.asked

    def show(
        self,
        events: Iterable[Event],
        asked: Asked,
        exploration: Exploration | None = None,
        drawing: Drawing | None = None,
        is_right: Mapping[tuple[int | None, ...], bool] | None = None,
    ) -> Shown | None:
        """Put a tree that is there already in the place of the present one, and end the run under way. Needs no model.

        Args:
            exploration: the one that the tree is a run of; it counts only while it is the session's own.
            drawing: where it is drawn; None for a fresh one.
            is_right: whether the answer is right, by the token ids of each sequence that was judged.
        Returns:
            What the page is to show; None if a newer run has begun meanwhile, to which the page belongs.
        """
        run = self.begin(asked)
        growth = Growth(run, drawing)
        growth.take(events)
        if is_right:
            growth.judge(judged_leaves_by_path(growth.tree, is_right))
        growth.end()
        with self._turn, self._lock:
            if not self.is_newest(run):
                return None
            self.shown = Shown(growth, asked, exploration if exploration is self.exploration else None)
            self.inspected = Inspected(self.inspected.request)
            return self.shown

    def look_ahead(self, run: int, explores: bool) -> LookingAhead | None:
        """Return what tells of the neighbourhood of run number `run`, and end the one before it. It ends by itself as
        soon as anything else is asked for.

        Args:
            explores: whether to ask the model for what is not known, while nobody else asks it.
        Returns:
            None where that run is not the one on the page any more, or has not ended by itself.
        """
        shown = self.shown
        tree, asked, exploration = shown.growth.tree, shown.asked, shown.exploration
        if shown.run != run or self.is_over(run) or asked is None or exploration is None or tree.finished is None:
            return None
        number = self.end_looking_ahead()
        is_over = lambda: self.is_over(run) or number != self._ahead  # noqa: E731
        quiet = lambda: self._wait_until_quiet(is_over)  # noqa: E731
        return LookingAhead(exploration, asked.settings, asked.by_hand, explores, is_over, quiet)

    def end_looking_ahead(self) -> int:
        """End what looks ahead, within one pass, and return the number of the next."""
        with self._lock:
            self._ahead += 1
            return self._ahead

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While something is asked of what is on the page: nothing looks ahead meanwhile."""
        with self._quiet:
            self._num_asking += 1
        try:
            yield
        finally:
            with self._quiet:
                self._num_asking -= 1
                self._quiet.notify_all()

    def _wait_until_quiet(self, is_over: Callable[[], bool]) -> None:
        with self._quiet:
            while self._num_asking and not is_over():
                self._quiet.wait(_POLL_S)

    def close(self) -> None:
        """End everything and free the model's memory; waits for the step under way."""
        self.begin()
        self.stop()
        self.pin(None)
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


def judged_leaves_by_path(tree: TokenTree, is_right: Mapping[tuple[int | None, ...], bool]) -> dict[int, bool]:
    """Return whether answers are right by leaf, of the finished sequences whose token ids are in `is_right`."""
    found = {}
    for sequence in tree.sequences:
        path = tuple(node.token_id for node in tree.path(sequence.leaf))
        if sequence.finish_reason is not None and path in is_right:
            found[sequence.leaf] = is_right[path]
    return found


def _wait(engine: "Future[Engine]", is_over: Callable[[], bool]) -> Engine | None:
    """Return the engine once it is loaded, or None once nobody wants it any more; raises what the loading raised."""
    while not is_over():
        if wait([engine], timeout=_POLL_S).done:
            return engine.result()
    return None
