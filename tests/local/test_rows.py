"""The books of the KV store, under random growth, against a plain record of every path."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from eager_core.local.rows import BlockPool, Row

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


class CountingPool(BlockPool):
    """Counts what went."""

    num_evictions = 0

    def _evict(self):
        is_evicted = super()._evict()
        self.num_evictions += is_evicted
        return is_evicted


def test_the_least_recently_walked_goes_first():
    pool, owner = CountingPool(3, 2), {}
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


class PlainPool(CountingPool):
    """The same rule written out: a walk, and a pin, is of every block of the path."""

    def touch(self, row):
        self._clock += 1
        for block, _ in row.visible():
            block.last_walked = self._clock

    def pin(self, row):
        for block, _ in row.visible():
            block.num_pins += 1

    def unpin(self, row):
        for block, _ in row.visible():
            block.num_pins -= 1


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(["grow", "start", "touch", "pin", "unpin"])), max_size=80)
)
@settings(deadline=None)
def test_the_blocks_that_go_are_those_that_go_where_every_block_of_a_path_is_noted(moves):
    pools, owners, pinned = [CountingPool(6, 2), PlainPool(6, 2)], [{}, {}], []
    for number, (pick, move) in enumerate(moves):
        held = sorted(owners[0])
        if move == "unpin" and pinned:
            rows = pinned.pop()
            for pool, row in zip(pools, rows, strict=True):
                pool.unpin(row)
        elif move in ("touch", "pin") and held:
            rows = [owner[held[pick % len(held)]] for owner in owners]
            for pool, row in zip(pools, rows, strict=True):
                (pool.touch if move == "touch" else pool.pin)(row)
            if move == "pin":
                pinned.append(rows)
        elif move in ("grow", "start"):
            key = held[pick % len(held)] if held and move == "grow" else None
            for pool, owner in zip(pools, owners, strict=True):
                row = pool.append(None if key is None else owner[key], owner, number)
                if row is not None:
                    pool.touch(row)
        assert sorted(owners[0]) == sorted(owners[1])
        assert pools[0].num_evictions == pools[1].num_evictions


def test_a_step_visits_no_block_but_the_one_it_goes_on_in(monkeypatch):
    pool, owner, visits = BlockPool(64, 4), {}, []
    visible = Row.visible
    monkeypatch.setattr(Row, "visible", lambda row: visits.append(row) or visible(row))
    row = grow_path(pool, owner, None, range(200))
    pool.pin(row)
    pool.unpin(row)
    assert row.length == 200 and visits == []
