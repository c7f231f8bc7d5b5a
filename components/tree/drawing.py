"""Where every token of an exploration is drawn, for good, whichever runs walk it.

A *place* is a token after a path: the same place in every run of one model, prompt and seed. Places are numbered in the
order in which runs first came by; 0 is the prompt. They form a tree, the union of all runs. A *limb* is a row of it: a
place goes on its parent's limb if it is the first to follow there, else it begins a limb of its own, in a lane of its
own. What the present run does not walk is a *ghost*: it stays where it is.

    run 1   the  light  house           limb 0: the light house
    run 2   the  light  shines          limb 1: shines, beside "house"; "house" is a ghost now
                 \\ keeper               limb 2: keeper
"""

import threading
import time
from itertools import count

from components.tree.lanes import Lanes
from eager_core.events import NodeAdded

PROMPT = 0
"""The prompt's place."""

_NUMBERS = count(time.time_ns() // 10**6)
"""In milliseconds of the clock at first, so that a page which outlives this process takes no drawing for an old one."""
_ROWS_A_SEQUENCE = 2
_FEWEST_KEPT_LIMBS = 64
_KEPT_LIMBS_A_SEQUENCE = 4


class Drawing:
    """The places of one exploration. Grows by `place`; forgets, from run to run, the limbs that were left longest ago.

    Holds a few numbers a place; `place` costs O(1), and O(limbs) where a limb begins. Whoever shares one between
    threads holds `lock` for as long as what is read must fit together.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.number = next(_NUMBERS)
        """Tells this drawing from every other in this process."""
        self.parents = [-1]
        """Of each place; the prompt has none."""
        self.limb_of = [0]
        """The limb that each place lies on."""
        self.first_places = [PROMPT]
        """Where each limb begins."""
        self.lanes_given = [0]
        """The lane that each limb was given; another may have it since, if this one is forgotten."""
        self.forgotten: list[int] = []
        """Limbs that are drawn no more, in the order in which they went."""
        self.tokens: list[NodeAdded | None] = [None]
        """What was told of each place when a run first came by; the prompt has none."""
        self._children: list[dict[tuple[int, int], int]] = [{}]
        self._tips = [PROMPT]
        self._lanes = Lanes()
        self._last_runs = [0]
        self._run = 0

    @property
    def num_places(self) -> int:
        """Places ever given, the prompt's and those of forgotten limbs counted."""
        return len(self.parents)

    def begin_run(self, max_sequences: int) -> None:
        """Take note that another run begins; from now on limbs that it does not walk may be forgotten, oldest first.

        Those of the run before it always stay: they are the ghosts that show what a change did.
        """
        self._forget(max(_FEWEST_KEPT_LIMBS, _KEPT_LIMBS_A_SEQUENCE * max_sequences))
        self._run += 1
        self._lanes.reach(_ROWS_A_SEQUENCE * max_sequences)

    def place(self, parent: int, token: NodeAdded, stream: int = 0) -> int:
        """Return the place of `token` after the place `parent`, a new one where no run came by yet.

        Args:
            token: where its id is unknown, it is never the same as another.
            stream: tells samples apart that begin at the prompt with dice of their own.
        """
        token_id = token.token_id
        place = self._children[parent].get((stream, token_id)) if token_id is not None else None
        if place is None:
            place = self._add(parent, token)
            self._children[parent][stream, token_id if token_id is not None else -place] = place
        self._last_runs[self.limb_of[place]] = self._run
        return place

    def copy(self) -> "Drawing":
        """Return a drawing of its own, of another number, in which everything has the place and lane that it has here.
        O(places)."""
        copy = Drawing()
        with self.lock:
            copy.parents, copy.limb_of = self.parents.copy(), self.limb_of.copy()
            copy.first_places, copy.lanes_given = self.first_places.copy(), self.lanes_given.copy()
            copy.forgotten, copy.tokens = self.forgotten.copy(), self.tokens.copy()
            copy._children = [children.copy() for children in self._children]
            copy._tips, copy._lanes = self._tips.copy(), self._lanes.copy()
            copy._last_runs, copy._run = self._last_runs.copy(), self._run
        return copy

    def path(self, place: int) -> list[NodeAdded]:
        """Return the tokens from the first generated one to that of `place`. O(depth)."""
        path = []
        while (token := self.tokens[place]) is not None:  # the prompt has none
            path.append(token)
            place = self.parents[place]
        return path[::-1]

    def _add(self, parent: int, token: NodeAdded) -> int:
        place = self.num_places
        limb = self.limb_of[parent]
        if self._tips[limb] != parent:
            limb = self._begin_limb(limb, place)
        self._tips[limb] = place
        self.parents.append(parent)
        self.limb_of.append(limb)
        self.tokens.append(token)
        self._children.append({})
        return place

    def _begin_limb(self, parent_limb: int, first_place: int) -> int:
        limb = len(self.first_places)
        self.lanes_given.append(self._lanes.fork(parent_limb, limb))
        self.first_places.append(first_place)
        self._tips.append(first_place)
        self._last_runs.append(self._run)
        return limb

    def _forget(self, num_kept: int) -> None:
        """Drop the limbs that were left longest ago until `num_kept` are left, but none of the last run."""
        gone = set(self.forgotten)
        kept = [limb for limb in range(1, len(self.first_places)) if limb not in gone]
        # A limb is walked at least as late as what grows on it, and begins before: so what grows on it goes first.
        oldest_first = sorted(kept, key=lambda limb: (self._last_runs[limb], -limb))
        for limb in oldest_first[: max(0, len(kept) - num_kept)]:
            if self._last_runs[limb] == self._run:
                return
            first = self.first_places[limb]
            siblings = self._children[self.parents[first]]
            del siblings[next(key for key, place in siblings.items() if place == first)]
            self._lanes.free(limb)
            self.forgotten.append(limb)
