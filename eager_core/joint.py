"""Joint walks: runs with many settings over one possible tree, in lockstep, so that each node is predicted once.

    step 5   walk theta 1.8   wants  a b c        one pass:   a b c d
             walk theta 2.0   wants  a b   d      then each walk takes its own step
             walk theta 2.2   wants  a

Nothing of the method changes: a walk in company takes the tokens and forks that it takes alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from eager_core.by_hand import HandBranch
from eager_core.errors import SettingsError
from eager_core.events import Event
from eager_core.generation import Walk
from eager_core.knowledge import Knowledge
from eager_core.prediction import Prediction
from eager_core.settings import Settings
from eager_core.strategies import SequencesInterval, ThetaInterval
from eager_core.tree import TokenTree

LARGEST_NUM_WALKS = 4096
"""Settings in one sweep: the paper's whole grid has 60."""


class Tagged(NamedTuple):
    """An event of one of several walks."""

    walk: int
    """Number of its settings among those asked for."""
    event: Event


@dataclass(frozen=True)
class KnownWalk:
    """How far a run gets over what is known already."""

    tree: TokenTree
    """Its unfinished sequences, if it breaks off, have no finish reason."""
    open_leaves: tuple[int, ...]
    """Nodes of `tree` after which the model was never asked; none where the whole run is known."""
    theta_interval: ThetaInterval
    """The thetas at which the run is the same, as far as it is known."""
    sequences_interval: SequencesInterval | None
    """The values of M at which it is; None where this strategy can't tell without other runs."""
    tempered_decisions: Sequence[tuple[Prediction, bool]] | None
    """See `Strategy.tempered_decisions`."""

    @property
    def is_whole(self) -> bool:
        """Whether the run came to its end."""
        return not self.open_leaves


def sweep(
    knowledge: Knowledge,
    settings: Sequence[Settings],
    seed: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Tagged]:
    """Yield the events of one run for each of `settings`, in lockstep; those of one walk are in order.

    Args:
        should_stop: asked before each step; once true, all sequences of all walks finish as "stopped".
    Raises:
        SettingsError: no settings, or more than `LARGEST_NUM_WALKS`.
        ModelError: the model failed; events so far stand.
    """
    if not 1 <= len(settings) <= LARGEST_NUM_WALKS:
        raise SettingsError(
            f"A sweep of {len(settings):,} settings was asked for, but it must be of 1 to {LARGEST_NUM_WALKS:,}; "
            "choose fewer values for each setting."
        )
    walks = [Walk(knowledge, asked, seed) for asked in settings]
    num_passes = [0] * len(walks)
    for number, walk in enumerate(walks):
        yield from _tagged(number, walk.begin())
    growing = dict(enumerate(walks))
    while growing:
        if should_stop() or not _predict(knowledge, growing, num_passes, should_stop):
            for number, walk in growing.items():
                yield from _tagged(number, walk.stop())
                yield Tagged(number, walk.end(num_passes[number]))
            return
        for number, walk in list(growing.items()):
            yield from _tagged(number, walk.step())
            if walk.is_over:
                del growing[number]
                yield Tagged(number, walk.end(num_passes[number]))


def known_walk(
    knowledge: Knowledge, settings: Settings, seed: int, by_hand: Sequence[HandBranch] = ()
) -> KnownWalk:
    """Return the run of `settings` as far as what is known carries it; the model is not asked."""
    walk, tree = Walk(knowledge, settings, seed, by_hand), TokenTree()
    knowledge.use(tree)
    for event in walk.begin():
        tree.apply(event)
    while not walk.is_over:
        if not walk.can_step():
            break
        for event in walk.step():
            tree.apply(event)
    else:
        tree.apply(walk.end(0))
    strategy = walk.strategy
    return KnownWalk(
        tree, walk.open_leaves(), strategy.theta_interval, strategy.sequences_interval, strategy.tempered_decisions
    )


def _predict(
    knowledge: Knowledge, growing: dict[int, Walk], num_passes: list[int], should_stop: Callable[[], bool]
) -> bool:
    """Make known what all walks want, each node once, and count the passes for those that had to wait for them.

    Returns:
        False if `should_stop` stopped it.
    """
    before = knowledge.num_forward_passes
    wanted = {number: walk.wanted() for number, walk in growing.items()}
    waiting = [number for number, nodes in wanted.items() if any(node.prediction is None for node in nodes)]
    is_done = knowledge.predict(list(dict.fromkeys(node for nodes in wanted.values() for node in nodes)), should_stop)
    for number in waiting:
        num_passes[number] += knowledge.num_forward_passes - before
    return is_done


def _tagged(number: int, events: Iterator[Event]) -> Iterator[Tagged]:
    return (Tagged(number, event) for event in events)
