"""Reading each block once gives what reading each path gives, whatever the tree and however scattered it lies."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core.local.attention import tree_attention
from eager_core.local.plan import plan_blocks, plan_paths
from eager_core.local.rows import BlockPool

BLOCK_ROWS, KV_HEADS, GROUP, HEAD_DIM = 4, 2, 3, 8


def grown_rows(num_blocks: int, growth: list[tuple[int, int]], num_others: int):
    """Return the last row of every leaf of a random tree; blocks of another exploration lie in between."""
    pool, owner, other = BlockPool(num_blocks, BLOCK_ROWS), {}, {}
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


@settings(max_examples=80, deadline=None)
@given(
    growth=st.lists(st.tuples(st.integers(0, 99), st.integers(1, 9)), min_size=1, max_size=9),
    num_others=st.integers(0, 3),
    picks=st.lists(st.integers(0, 99), min_size=1, max_size=8, unique=True),
    window=st.sampled_from([None, 1, 5]),
    has_sinks=st.booleans(),
    softcap=st.sampled_from([None, 2.0]),
)
def test_both_plans_and_the_plain_formula_agree(growth, num_others, picks, window, has_sinks, softcap):
    leaves, rows = grown_rows(200, growth, num_others)
    # Leaves, and now and then an inner row: a ghost's ancestor may be asked for beside its descendants.
    chosen = list(dict.fromkeys([*leaves, *(rows[pick % len(rows)] for pick in picks)]))
    torch.manual_seed(0)
    key = torch.randn(200, KV_HEADS, BLOCK_ROWS, HEAD_DIM)
    value = torch.randn(200, KV_HEADS, BLOCK_ROWS, HEAD_DIM)
    query = torch.randn(len(chosen), KV_HEADS * GROUP, 1, HEAD_DIM)
    sinks = torch.randn(KV_HEADS * GROUP) if has_sinks else None

    def attend(plan):
        return tree_attention(
            None, query, key, value, None, sliding_window=window, softcap=softcap, s_aux=sinks, tree_plan=plan
        )[0]

    by_paths = attend(plan_paths(chosen, BLOCK_ROWS, torch.device("cpu")))
    by_blocks = attend(plan_blocks(chosen, BLOCK_ROWS, torch.device("cpu")))
    # Float32: the same few dozen products summed in another order.
    torch.testing.assert_close(by_blocks, by_paths, atol=1e-5, rtol=1e-5)
    for leaf, row in enumerate(chosen):
        plain = plain_attention(query[leaf, :, 0], key, value, row, window, softcap, sinks)
        torch.testing.assert_close(by_paths[leaf, 0], plain, atol=1e-5, rtol=1e-5)


def plain_attention(query, key, value, row, window, softcap, sinks):
    """One leaf, one head after another, over its rows picked out one by one."""
    places = [(block.id, offset) for block, seen in list(row.visible())[::-1] for offset in range(seen)]
    if window is not None:
        places = places[-window:]
    output = torch.empty(KV_HEADS * GROUP, HEAD_DIM)
    for head in range(KV_HEADS * GROUP):
        keys = torch.stack([key[block, head // GROUP, offset] for block, offset in places])
        values = torch.stack([value[block, head // GROUP, offset] for block, offset in places])
        scores = keys @ query[head] * HEAD_DIM**-0.5
        if softcap is not None:
            scores = softcap * torch.tanh(scores / softcap)
        if sinks is not None:
            scores = torch.cat([scores, sinks[head : head + 1]])
        output[head] = torch.softmax(scores, 0)[: len(places)] @ values
    return output


@pytest.mark.parametrize("num_others", [0, 9])
def test_blocks_of_one_leaf_that_lie_together_are_read_where_they_are(num_others):
    leaves, _ = grown_rows(200, [(0, 9), (1, 9), (2, 9), (3, 9)], num_others)
    plan = plan_blocks(leaves, BLOCK_ROWS, torch.device("cpu"))
    (private,) = [group for group in plan.groups if group.most_viewers == 1]
    store = torch.zeros(200, 1, BLOCK_ROWS, 1)
    is_view = private.read(store).untyped_storage().data_ptr() == store.untyped_storage().data_ptr()
    assert is_view == (num_others == 0)
