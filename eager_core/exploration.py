"""One prompt's tree of possible continuations, and the runs that walk it."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from eager_core.by_hand import HandBranch
from eager_core.engine import Engine
from eager_core.errors import EagerError
from eager_core.events import Event, RunFinished, SequenceFinished
from eager_core.failures import sentence_of
from eager_core.generation import walk
from eager_core.joint import KnownWalk, Tagged, known_walk, sweep
from eager_core.knowledge import Knowledge
from eager_core.prompt import DEFAULT_DATE, check_date
from eager_core.settings import Settings, check_seed
from eager_core.tree import TokenTree


class Exploration:
    """Runs over the one tree that a model, a prompt and a seed have.

        with Exploration(load_engine(), "What is 17 + 25?", seed=0) as exploration:
            for event in exploration.run(Settings(theta=1.5)):
                print(event)
        exploration.tree.ledger()

    What a run learns, later runs know. Runs of one exploration take turns: a second one waits until the first has
    ended, so stop the first (`should_stop`, or close its iterator) before you start another.

    The engine keeps rows for it until `close`, the end of its `with`, or until nobody holds it any more.
    """

    def __init__(self, engine: Engine, prompt: str, seed: int = 0, date: str = DEFAULT_DATE) -> None:
        """
        Args:
            date: YYYY-MM-DD, or "today": what the chat template tells the model, if it tells it a date at all.
        Raises:
            PromptError: empty, or longer than the context.
            SettingsError: seed or date.
        """
        self.engine = engine
        self.prompt = prompt
        self.seed = check_seed(seed)
        self.date = check_date(date)
        self.knowledge = Knowledge(engine, prompt, self.date)
        self.tree = TokenTree()
        """The tree of the last run, also while it runs. Replaced, never rewound, by the next one."""
        self._turn = threading.Lock()

    def run(
        self,
        settings: Settings,
        should_stop: Callable[[], bool] = lambda: False,
        by_hand: Sequence[HandBranch] = (),
    ) -> Iterator[Event]:
        """Yield the events of one run as they happen; `tree` has taken each in before it is yielded.

        Args:
            by_hand: branches that a person asked for, grown beside those of the strategy.
            should_stop: asked before each step; once true, the run ends with what it has, as "stopped".
        Raises:
            ModelError: the model failed, or this is closed. What there is stays: all sequences are told to have ended
                as "stopped" and the run to have finished before it is raised, so that `tree` is whole; after a failure
                another run may follow.
            EagerError: anything else went wrong on the way, in the same manner.
        """
        with self._turn:
            tree = self.tree = TokenTree()
            self.knowledge.use(tree)
            began, passes_before = time.perf_counter(), self.knowledge.num_forward_passes
            try:
                for event in walk(self.knowledge, settings, self.seed, should_stop, by_hand):
                    tree.apply(event)
                    yield event
            except Exception as error:
                passes = self.knowledge.num_forward_passes - passes_before
                for event in _endings(tree, RunFinished(passes, time.perf_counter() - began)):
                    tree.apply(event)
                    yield event
                if isinstance(error, EagerError):
                    raise
                raise EagerError(sentence_of(error, "The run failed")) from error

    def sweep(
        self, settings: Sequence[Settings], should_stop: Callable[[], bool] = lambda: False
    ) -> Iterator[Tagged]:
        """Yield the events of a run for each of `settings`, walked in lockstep, so that each node is predicted once.

        Every run is the one that `run` gives. `tree` is not touched: fold the events of a walk to have its tree.

            for walk, event in exploration.sweep([Settings(theta=theta) for theta in (1.8, 2.0, 2.2)]):
                trees[walk].apply(event)

        Raises:
            SettingsError: no settings, or too many.
            ModelError: the model failed.
        """
        with self._turn:
            yield from sweep(self.knowledge, settings, self.seed, should_stop)

    def known_walk(self, settings: Settings, by_hand: Sequence[HandBranch] = ()) -> KnownWalk:
        """Return the run of `settings` as far as earlier runs made it known: at once, without asking the model.

        Waits for a run under way to end.
        """
        with self._turn:
            return known_walk(self.knowledge, settings, self.seed, by_hand)

    @contextmanager
    def spare_turn(self, patience_s: float) -> Iterator[bool]:
        """Have the turn for a moment, if it is free within `patience_s`; else give False. No run waits any longer for
        it than until the `with` ends, so nothing that takes a pass belongs in there."""
        has_turn = self._turn.acquire(timeout=patience_s)
        try:
            yield has_turn
        finally:
            if has_turn:
                self._turn.release()

    def close(self) -> None:
        """Free the model's memory of this prompt. `tree` stays; nothing new can be asked. Again, it does nothing."""
        self.knowledge.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _endings(tree: TokenTree, finished: RunFinished) -> Iterator[Event]:
    """Yield the events that end a run where it stands; none for one that has not begun, or has ended."""
    if tree.started is None or tree.finished is not None:
        return
    for sequence in tree.sequences:
        if sequence.finish_reason is None:
            yield SequenceFinished(sequence.id, "stopped")
    yield finished
