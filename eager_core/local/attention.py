"""Attention over the tree's rows, registered with transformers as an attention implementation of its own.

The query heads that share a key head are laid beside each other as query rows ([batch, kv_heads, group, head_dim]), so
keys and values are never repeated.
"""

import torch
from transformers import AttentionInterface

from eager_core.local.plan import BlocksPlan, DecodePlan, ExtendPlan, PathsPlan

TREE_ATTENTION = "eager_tree"
"""Name under which transformers' models find `tree_attention`."""


def tree_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    s_aux: torch.Tensor | None = None,
    tree_plan: DecodePlan | ExtendPlan | None = None,
    **kwargs,
) -> tuple[torch.Tensor, None]:
    """Return ([batch, num_new, heads, head_dim], None) as transformers expects of an attention function.

    Args:
        query: [batch, heads, num_new, head_dim], rotated as the model does.
        key, value: what `TreeLayer.update` returned.
        scaling, softcap: of the scores, None for 1 / sqrt(head_dim) and for no cap.
        sliding_window: positions along the path that a query sees, its own counted; None sees all.
        s_aux: [heads], learned sinks (GPT-OSS): one more score a head that takes probability and gives no value.
        tree_plan: of this pass, given to the model's forward by the engine.
    """
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    attend = _ATTEND_OF_PLAN[type(tree_plan)]
    return attend(query * scaling, key, value, tree_plan, sliding_window, softcap, s_aux), None


def _attend_paths(query, key, value, plan: PathsPlan, window, softcap, sinks) -> torch.Tensor:
    batch, heads, _, head_dim = query.shape
    _, kv_heads, block_rows, value_dim = value.shape
    keys, values = plan.read(key), plan.read(value)
    scores = torch.matmul(query.reshape(batch, 1, kv_heads, -1, head_dim), keys.transpose(-1, -2))
    scores = scores.permute(0, 2, 3, 1, 4).reshape(batch, kv_heads, heads // kv_heads, -1)
    weights = _weights(scores, plan.bias(window), softcap, sinks).to(value.dtype)
    weights = weights.view(batch, kv_heads, -1, keys.shape[1], block_rows).permute(0, 3, 1, 2, 4)
    return torch.matmul(weights, values).sum(1).view(batch, 1, heads, value_dim)


def _attend_blocks(query, key, value, plan: BlocksPlan, window, softcap, sinks) -> torch.Tensor:
    batch, heads, _, head_dim = query.shape
    _, kv_heads, block_rows, value_dim = value.shape
    group, num_wide, num_slots = heads // kv_heads, len(plan.wide), plan.num_slots
    query = query.reshape(batch, kv_heads, group, head_dim)

    # Scores of the items, [num_items + 1, kv_heads, group, block_rows]; the last one, "none", stays as it is.
    items = plan.buffer("scores", (plan.num_items + 1, kv_heads, group, block_rows), query)
    for blocks in plan.groups:
        queries = _by_block(query.index_select(0, blocks.viewers), blocks.most_viewers)
        scores = torch.bmm(queries, blocks.read(key).transpose(1, 2))
        _write_by_viewer(items[blocks.items], scores, blocks.most_viewers)

    # Scores of the leaves: those of the wide blocks, then those of its slots.
    scores = query.new_empty((batch, kv_heads, group, num_wide + num_slots, block_rows))
    by_slot = items.index_select(0, plan.table).view(batch, num_slots, kv_heads, group, block_rows)
    scores[:, :, :, num_wide:] = by_slot.permute(0, 2, 3, 1, 4)
    if num_wide:
        stacked = query.transpose(0, 1).reshape(kv_heads, batch * group, head_dim)
        wide = torch.bmm(stacked, _wide_rows(key, plan).transpose(1, 2))
        scores[:, :, :, :num_wide] = wide.view(kv_heads, batch, group, num_wide, block_rows).transpose(0, 1)
    weights = _weights(scores.flatten(3), plan.bias(window), softcap, sinks).to(value.dtype)
    weights = weights.view(batch, kv_heads, group, -1, block_rows)

    # Values of the items, summed per leaf; the last item is 0.
    by_item = weights[:, :, :, num_wide:].permute(0, 3, 1, 2, 4).flatten(0, 1).index_select(0, plan.places)
    values = plan.buffer("values", (plan.num_items + 1, kv_heads, group, value_dim), query)
    for blocks in plan.groups:
        summed = torch.bmm(_by_block(by_item[blocks.items], blocks.most_viewers), blocks.read(value))
        _write_by_viewer(values[blocks.items], summed, blocks.most_viewers)
    output = values.index_select(0, plan.table).view(batch, num_slots, kv_heads, group, value_dim).sum(1)
    if num_wide:
        wide = weights[:, :, :, :num_wide].transpose(0, 1).reshape(kv_heads, batch * group, -1)
        output += torch.bmm(wide, _wide_rows(value, plan)).view(kv_heads, batch, group, value_dim).transpose(0, 1)
    return output.view(batch, 1, heads, value_dim)


def _wide_rows(store: torch.Tensor, plan: BlocksPlan) -> torch.Tensor:
    """Return [kv_heads, num_wide * block_rows, head_dim]."""
    # Picked before it is turned: picking from a turned store would make torch copy all of it.
    return store.index_select(0, plan.wide).transpose(0, 1).flatten(1, 2)


def _by_block(items: torch.Tensor, most_viewers: int) -> torch.Tensor:
    """Return [num_blocks * kv_heads, most_viewers * group, n] of [num_blocks * most_viewers, kv_heads, group, n]."""
    if most_viewers == 1:
        return items.flatten(0, 1)
    items = items.unflatten(0, (-1, most_viewers)).transpose(1, 2)
    return items.flatten(2, 3).flatten(0, 1)


def _write_by_viewer(items: torch.Tensor, by_block: torch.Tensor, most_viewers: int) -> None:
    """Undo `_by_block` into `items`."""
    num_blocks, kv_heads, group = len(items) // most_viewers, *items.shape[1:3]
    viewed = by_block.view(num_blocks, kv_heads, most_viewers, group, -1).transpose(1, 2)
    items.view(num_blocks, most_viewers, kv_heads, group, -1).copy_(viewed)


def _attend_extension(query, key, value, plan: ExtendPlan, window, softcap, sinks) -> torch.Tensor:
    _, heads, num_new, head_dim = query.shape
    kv_heads = key.shape[1]
    grouped = query.reshape(1, kv_heads, -1, head_dim)
    scores = torch.matmul(grouped, key.transpose(-1, -2)).view(1, kv_heads, heads // kv_heads, num_new, -1)
    weights = _weights(scores, plan.bias(window), softcap, sinks).to(value.dtype)
    output = torch.matmul(weights.flatten(2, 3), value).view(1, heads, num_new, -1)
    return output.transpose(1, 2)


_ATTEND_OF_PLAN = {PathsPlan: _attend_paths, BlocksPlan: _attend_blocks, ExtendPlan: _attend_extension}


def _weights(
    scores: torch.Tensor, bias: torch.Tensor, softcap: float | None, sinks: torch.Tensor | None
) -> torch.Tensor:
    """Return the softmax in float32 of [1 or batch, kv_heads, group, ..., keys]; a sink takes its share and is cut."""
    scores = scores.float()
    if softcap is not None:
        scores = torch.tanh(scores / softcap) * softcap
    scores = scores + bias
    if sinks is None:
        return torch.softmax(scores, dim=-1)
    shape = (1, *scores.shape[1:3], *[1] * (scores.ndim - 3))
    sink_scores = sinks.float().view(shape).expand(*scores.shape[:-1], 1)
    return torch.softmax(torch.cat([scores, sink_scores], dim=-1), dim=-1)[..., :-1]


AttentionInterface.register(TREE_ATTENTION, tree_attention)
