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
    group, num_private, num_shared = heads // kv_heads, plan.num_private, len(plan.shared)
    query = query.reshape(batch, kv_heads, group, head_dim)

    # Scores, item by item: [num_items, kv_heads, group, block_rows], the last item -inf.
    num_items = num_private + num_shared * batch + 1
    items = plan.buffer("scores", (num_items, kv_heads, group, block_rows), query, float("-inf"))
    torch.bmm(
        query.index_select(0, plan.owners).flatten(0, 1),
        plan.read_private(key).flatten(0, 1).transpose(1, 2),
        out=items[:num_private].flatten(0, 1),
    )
    stacked = query.transpose(0, 1).reshape(1, kv_heads, batch * group, head_dim)
    shared_scores = torch.matmul(stacked, key.index_select(0, plan.shared).transpose(-1, -2))
    shared_scores = shared_scores.view(num_shared, kv_heads, batch, group, block_rows).transpose(1, 2)
    items[num_private:-1].view(num_shared, batch, kv_heads, group, block_rows).copy_(shared_scores)

    # Per leaf: [batch, kv_heads, group, num_slots * block_rows], and back.
    scores = items.index_select(0, plan.table).view(batch, -1, kv_heads, group, block_rows)
    num_slots = scores.shape[1]
    scores = scores.permute(0, 2, 3, 1, 4).reshape(batch, kv_heads, group, -1)
    weights = _weights(scores, plan.bias(window), softcap, sinks).to(value.dtype)
    weights = weights.view(batch, kv_heads, group, num_slots, block_rows).permute(0, 3, 1, 2, 4).flatten(0, 1)
    weights = weights.index_select(0, plan.places)

    # Values, item by item, summed per leaf.
    own = plan.buffer("own", (num_private + 1, kv_heads, group, value_dim), query, 0.0)
    torch.bmm(
        weights[:num_private].flatten(0, 1),
        plan.read_private(value).flatten(0, 1),
        out=own[:num_private].flatten(0, 1),
    )
    output = own.index_select(0, plan.private_table).view(batch, -1, kv_heads, group, value_dim).sum(1)
    weights = weights[num_private:].view(num_shared, batch, kv_heads, group, block_rows).transpose(1, 2)
    shared_values = value.index_select(0, plan.shared)
    common = torch.matmul(weights.reshape(num_shared, kv_heads, batch * group, block_rows), shared_values).sum(0)
    output += common.view(kv_heads, batch, group, value_dim).transpose(0, 1)
    return output.view(batch, 1, heads, value_dim)


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
