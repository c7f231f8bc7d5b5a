"""Attention over a tree's rows equals the plain formula, whatever the tree and however scattered it lies."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core.local import attention
from eager_core.local.attention import tree_attention
from eager_core.local.plan import plan_decode
from eager_core.local.rows import BlockPool

NUM_BLOCKS, BLOCK_ROWS, KV_HEADS, GROUP, HEAD_DIM = 200, 4, 2, 3, 8
CPU = torch.device("cpu")


def grown_rows(growth: list[tuple[int, int]], num_others: int):
    """Return the last row of every leaf of a random tree; blocks of another exploration lie in between."""
    pool, owner, other = BlockPool(NUM_BLOCKS, BLOCK_ROWS), {}, {}
    rows = [pool.append(None, owner, 0)]
    for key, (pick, length) in enumerate(growth):
        row = rows[pick % len(rows)]
        for step in range(length):
            row = pool.append(row, owner, (key, step))
            rows.append(row)
        for number in range(num_others):
            pool.append(None, other, (key, number))
    inner = {id(block) for block in (row.block.parent for row in rows) if block is not None}
    leaves = [row for row in rows if id(row.block) not in inner and row.offset == row.block.num_rows - 1]
    return leaves, rows


@pytest.mark.parametrize("is_fused", [True, False], ids=["fused", "plain"])
@settings(max_examples=80, deadline=None)
@given(
    growth=st.lists(st.tuples(st.integers(0, 99), st.integers(1, 9)), min_size=1, max_size=9),
    num_others=st.integers(0, 3),
    picks=st.lists(st.integers(0, 99), min_size=1, max_size=8, unique=True),
    window=st.sampled_from([None, 1, 5]),
    has_sinks=st.booleans(),
    softcap=st.sampled_from([None, 2.0]),
    fewest_shared=st.sampled_from([0, 1, 20, 10**9]),
    most_reads=st.sampled_from([1, 30, 10**9]),
)
def test_decoding_equals_the_plain_formula(
    is_fused, growth, num_others, picks, window, has_sinks, softcap, fewest_shared, most_reads
):
    leaves, rows = grown_rows(growth, num_others)
    # Leaves, and now and then an inner row: a ghost's ancestor may be asked for beside its descendants.
    chosen = list(dict.fromkeys([*leaves, *(rows[pick % len(rows)] for pick in picks)]))
    torch.manual_seed(0)
    key = torch.randn(NUM_BLOCKS * BLOCK_ROWS, KV_HEADS, HEAD_DIM)
    value = torch.randn(NUM_BLOCKS * BLOCK_ROWS, KV_HEADS, HEAD_DIM)
    query = torch.randn(len(chosen), KV_HEADS * GROUP, 1, HEAD_DIM)
    sinks = torch.randn(KV_HEADS * GROUP) if has_sinks else None
    with pytest.MonkeyPatch.context() as patch:
        if not is_fused:
            patch.setattr(attention, "_FUSED", None)
        decoded, _ = tree_attention(
            None, query, key, value, None,
            sliding_window=window, softcap=softcap, s_aux=sinks,
            tree_plan=plan_decode(chosen, CPU, fewest_shared, most_reads),
        )  # fmt: skip
    for leaf, row in enumerate(chosen):
        plain = plain_attention(query[leaf, :, 0], key, value, row, window, softcap, sinks)
        # Float32: the same few dozen products summed in another order.
        torch.testing.assert_close(decoded[leaf, 0], plain, atol=1e-5, rtol=1e-5)


def plain_attention(query, key, value, row, window, softcap, sinks):
    """One leaf, one head after another, over its rows picked out one by one."""
    places = [block.id * BLOCK_ROWS + offset for block, seen in list(row.visible())[::-1] for offset in range(seen)]
    if window is not None:
        places = places[-window:]
    output = torch.empty(KV_HEADS * GROUP, HEAD_DIM)
    for head in range(KV_HEADS * GROUP):
        keys = torch.stack([key[place, head // GROUP] for place in places])
        values = torch.stack([value[place, head // GROUP] for place in places])
        scores = keys @ query[head] * HEAD_DIM**-0.5
        if softcap is not None:
            scores = softcap * torch.tanh(scores / softcap)
        if sinks is not None:
            scores = torch.cat([scores, sinks[head : head + 1]])
        output[head] = torch.softmax(scores, 0)[: len(places)] @ values
    return output


@pytest.mark.parametrize("num_others", [0, 9])
def test_rows_of_a_lone_leaf_without_gaps_are_read_where_they_are(num_others):
    leaves, _ = grown_rows([(0, 9), (9, 9)], num_others)
    (leaf,) = leaves
    (group,) = plan_decode([leaf], CPU).groups
    reading = group.reading(None)
    store = torch.zeros(NUM_BLOCKS * BLOCK_ROWS, 1, 1)
    is_view = reading.own.read(store).untyped_storage().data_ptr() == store.untyped_storage().data_ptr()
    assert is_view == (num_others == 0)


def test_what_all_leaves_see_is_read_once_where_that_pays():
    leaves, _ = grown_rows([(0, 9), (9, 5), (9, 5), (12, 3)], num_others=0)
    (group,) = plan_decode(sorted(leaves, key=lambda leaf: leaf.length), CPU, fewest_shared_reads=20).groups
    reading = group.reading(None)
    assert isinstance(reading.shared.where, slice) and reading.shared.where.stop - reading.shared.where.start == 10
    assert len(reading.own.where) == len(leaves) * max(len(leaf.path()) - 10 for leaf in leaves)
    assert plan_decode(leaves[:1], CPU, fewest_shared_reads=1).groups[0].reading(None).shared is None


def test_a_window_reads_no_more_than_the_shortest_path_needs():
    leaves, _ = grown_rows([(0, 19)], num_others=0)
    reading = plan_decode(leaves, CPU).groups[0].reading(5)
    assert reading.own.where.stop - reading.own.where.start == 5 and reading.bias is None


def explorations(*shapes):
    """Return the leaves of several explorations in one pool: for each (trunk, own rows of a leaf, number of leaves)."""
    pool, leaves = BlockPool(4000, BLOCK_ROWS), []
    for trunk, own, num_leaves in shapes:
        owner, stem = {}, None
        for key in range(trunk):
            stem = pool.append(stem, owner, key)
        for leaf in range(num_leaves):
            row = stem
            for step in range(own):
                row = pool.append(row, owner, (leaf, step))
            leaves.append(row)
    return leaves


def rows_read(plan):
    """Count the rows that a layer picks out of its store."""
    total = 0
    for group in plan.groups:
        reading = group.reading(None)
        for rows in filter(None, (reading.own, reading.shared)):
            where = rows.where
            total += where.stop - where.start if isinstance(where, slice) else len(where)
    return total


def test_two_explorations_in_a_pass_each_keep_their_trunk():
    shapes = [(600, 40, 8), (200, 25, 8)]
    plan = plan_decode(explorations(*shapes), CPU, fewest_shared_reads=1000)
    # By hand: each trunk once, and each leaf's own rows; a leaf always keeps its newest row for itself.
    assert rows_read(plan) == sum(trunk + own * num_leaves for trunk, own, num_leaves in shapes)
    assert [group.leaves for group in plan.groups] == [slice(0, 8), slice(8, 16)]
    assert all(group.reading(None).bias is None for group in plan.groups)


def test_a_short_leaf_is_not_filled_up_to_a_long_one_where_that_costs():
    shapes = [(3000, 5, 1), (10, 5, 6)]
    assert rows_read(plan_decode(explorations(*shapes), CPU)) == 3005 + 6 * 15
    # Six times 20 rows more are less than a product of their own.
    assert len(plan_decode(explorations((30, 5, 1), (10, 5, 6)), CPU).groups) == 1


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 9), st.integers(1, 6)), min_size=1, max_size=5),
    st.sampled_from([1, 50, 2048]),
    st.sampled_from([1, 40, 200]),
)
@settings(max_examples=60, deadline=None)
def test_groups_cover_all_leaves_in_order_and_copy_no_more_than_they_may(shapes, fewest_shared, most_reads):
    leaves = explorations(*shapes)
    plan = plan_decode(leaves, CPU, fewest_shared, most_reads)
    assert [leaf for group in plan.groups for leaf in range(group.leaves.start, group.leaves.stop)] == list(
        range(len(leaves))
    )
    for group in plan.groups:
        assert [path[:length].tolist() for path, length in zip(group.paths, group.lengths, strict=True)] == [
            leaf.path().tolist() for leaf in leaves[group.leaves]
        ]
        own = group.reading(None).own.where
        num_own = own.stop - own.start if isinstance(own, slice) else len(own)
        assert num_own <= most_reads or len(group.paths) == 1
