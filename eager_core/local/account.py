"""One limit over all that an engine keeps: KV rows, hidden states and logits, and what was said of each node.

What goes first is what is cheapest to have again and changes nothing:

1. rows, the least recently walked first, until those of one whole sequence are left, or half the limit: they are
   computed again when a path grows on;
2. logits, then hidden states, of the exploration that was used least recently, its oldest first: they are computed
   again where a whole distribution is asked for;
3. the kept tokens of predictions beyond the first 20, which all measures and forks look at: a draw that lands beyond
   them asks for the whole distribution;
4. predictions of nodes that no tree in use has: their nodes are predicted again when a run comes by;
5. the rest of the rows. Where not even one path finds room, its run ends with an error, and the tree stays.

What was said of a node that a tree in use has stays as it was said, to the last bit. A node of step 4 may be said to
differ in the last bits, but nobody is there to notice. Results so never depend on the limit, only work does.
"""

import weakref
from collections.abc import Iterable

from eager_core.local.budget import Budget
from eager_core.local.memory import LocalMemory
from eager_core.local.rows import BlockPool

_SHARE_LEFT = 0.875
"""Where something has to go, it goes until this share of the room is taken, so that not every pass has to look."""


class MemoryAccount:
    """Keeps what an engine's memories hold below a limit. Used by whoever has the engine's turn.

    Knows the memories by weak references: what nobody uses any more counts no more.
    """

    def __init__(self, budget: Budget, pool: BlockPool) -> None:
        self._limit_bytes = budget.limit_bytes
        self._block_bytes = budget.row_bytes * budget.block_rows
        self._pool = pool
        self.memories: weakref.WeakSet[LocalMemory] = weakref.WeakSet()
        """Those that a pass has served."""
        self._clock = 0
        # Where one sequence as long as the context takes nearly all, half is left to the rest; should such a long one
        # come by, `make_room` has all of it.
        least_blocks = min(-(-budget.context_length // budget.block_rows), budget.num_blocks // 2)
        self._room = max(0, (self._limit_bytes or 0) - least_blocks * self._block_bytes)
        """What all but the rows may take before something of it goes, in bytes."""
        self._looked_bytes = 0
        """What was left when it was last looked for what can go."""
        self._step = (self._limit_bytes or 0) // 64
        """Where that was more than the room, how much has to be added before it is worth looking again."""

    @property
    def held_bytes(self) -> int:
        """What is kept now: rows, by whole blocks, and all else."""
        return self._pool.num_held * self._block_bytes + self._state_bytes

    @property
    def _state_bytes(self) -> int:
        return sum(memory.state_bytes for memory in list(self.memories))

    def settle(self, riders: Iterable[LocalMemory]) -> None:
        """Take in what the last pass brought, whose `riders` these were, and let go what is too much. May change any
        memory. O(memories) where all is well."""
        self._clock += 1
        for memory in riders:
            self.memories.add(memory)
            memory.last_used = self._clock
        state_bytes = self._state_bytes
        self._looked_bytes = min(self._looked_bytes, state_bytes)
        if self._limit_bytes is not None and state_bytes > max(self._room, self._looked_bytes + self._step):
            self._let_go(int(self._room * _SHARE_LEFT))
            self._looked_bytes = self._state_bytes
        self.give_rows_the_rest()

    def make_room(self) -> bool:
        """Let all go that can go, and return whether that leaves more for rows."""
        if self._limit_bytes is None:
            return False
        former = self._pool.most_held
        self._let_go(0)
        self.give_rows_the_rest()
        return self._pool.most_held > former

    def give_rows_the_rest(self) -> None:
        """Let rows take what is left beside all else."""
        if self._limit_bytes is not None:
            self._pool.limit(max(0, self._limit_bytes - self._state_bytes) // self._block_bytes)

    def _let_go(self, wanted_bytes: int) -> None:
        """Bring the states down to `wanted_bytes`, as far as they can go."""
        too_much = self._state_bytes - wanted_bytes
        memories = sorted(self.memories, key=lambda memory: memory.last_used)
        for let_go in (LocalMemory.drop_logits, LocalMemory.drop_hidden, LocalMemory.shorten, LocalMemory.forget):
            for memory in memories:
                if too_much <= 0:
                    return
                # The pass that has just ended is still being read.
                if let_go is not LocalMemory.drop_logits or memory.last_used < self._clock:
                    too_much -= let_go(memory, too_much)
