"""The books of the KV store, under random growth, against a plain record of every path."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from eager_core.local.rows import BlockPool

NUM_BLOCKS, BLOCK_ROWS = 5, 3


class Growth(RuleBasedStateMachine):
    """Two explorations grow in one small pool; what is held must always read back as the whole path."""

    def __init__(self):
        super().__init__()
        self.pool = BlockPool(NUM_BLOCKS, BLOCK_ROWS)
        self.owners = [{}, {}]
        self.paths = {}
        """The plain record: key -> keys of its path, itself included."""
        self.next_key = 0

    @rule(owner=st.integers(0, 1), pick=st.integers(0, 10**6), from_start=st.booleans())
    def grow(self, owner, pick, from_start):
        held = list(self.owners[owner])
        parent_key = None if from_start or not held else held[pick % len(held)]
        parent = self.owners[owner][parent_key] if parent_key is not None else None
        key = self.next_key
        row = self.pool.append(parent, self.owners[owner], key)
        if row is None:
            # Refused only where nothing can go: no free block, and each is on the path, pinned, or branched from.
            assert self.pool.num_held == self.pool.most_held
            return
        self.next_key += 1
        self.paths[key] = (*(self.paths[parent_key] if parent_key is not None else ()), key)
        self.pool.touch(row)

    @rule(owner=st.integers(0, 1))
    def release(self, owner):
        self.pool.release(self.owners[owner])

    @rule(most_held=st.integers(0, NUM_BLOCKS + 1))
    def limit(self, most_held):
        self.pool.limit(most_held)
        assert self.pool.num_held <= self.pool.most_held <= NUM_BLOCKS

    @invariant()
    def every_held_row_sees_exactly_its_path(self):
        for owner in self.owners:
            for key, row in owner.items():
                blocks = list(row.visible())[::-1]
                seen = [block.keys[offset] for block, num_visible in blocks for offset in range(num_visible)]
                assert tuple(seen) == self.paths[key]
                rows = [block.id * BLOCK_ROWS + offset for block, seen in blocks for offset in range(seen)]
                assert row.path().tolist() == rows and row.index == rows[-1]

    @invariant()
    def no_two_rows_share_a_place(self):
        places = [(row.block.id, row.offset) for owner in self.owners for row in owner.values()]
        assert len(places) == len(set(places))
        assert self.pool.num_held <= self.pool.most_held <= NUM_BLOCKS


TestGrowth = Growth.TestCase
TestGrowth.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def grow_path(pool, owner, parent, keys):
    for key in keys:
        parent = pool.append(parent, owner, key)
        pool.touch(parent)
    return parent


def test_a_fork_copies_nothing_and_goes_on_in_its_block():
    pool, owner = BlockPool(4, 8), {}
    stem = grow_path(pool, owner, None, "abc")
    first = pool.append(stem, owner, "first")
    second = pool.append(stem, owner, "second")
    assert first.block is stem.block and second.block is not stem.block
    assert [(block.id, seen) for block, seen in second.visible()] == [(second.block.id, 1), (stem.block.id, 3)]
    assert pool.num_held == 2


def test_the_least_recently_walked_goes_first():
    pool, owner = BlockPool(3, 2), {}
    stem = grow_path(pool, owner, None, "ab")
    old = grow_path(pool, owner, stem, "cd")
    new = grow_path(pool, owner, stem, "ef")
    pool.touch(old)
    grow_path(pool, owner, old, "g")
    assert "e" not in owner and "f" not in owner and {"a", "b", "c", "d", "g"} <= set(owner)
    assert pool.num_evictions == 1 and new.block.id == owner["g"].block.id


def test_pinned_rows_stay_and_a_full_pool_says_so():
    pool, owner = BlockPool(1, 2), {}
    row = grow_path(pool, owner, None, "ab")
    pool.pin(row)
    assert pool.append(None, {}, "x") is None
    pool.unpin(row)
    other = {}
    assert pool.append(None, other, "x") is not None
    assert owner == {} and set(other) == {"x"}
