"""Attention over the tree's rows, registered with transformers as an attention implementation of its own.

The query heads that share a key head are laid beside each other as query rows ([batch, kv_heads, group, head_dim]), so
keys and values are never repeated.
"""

import torch
from transformers import AttentionInterface

from eager_core.local.plan import DecodePlan, ExtendPlan

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
    attend = _decode if isinstance(tree_plan, DecodePlan) else _extend
    return attend(query * scaling, key, value, tree_plan, sliding_window, softcap, s_aux), None


def _decode(query, key, value, plan: DecodePlan, window, softcap, sinks) -> torch.Tensor:
    batch, heads, _, head_dim = query.shape
    kv_heads, block_rows = key.shape[1:3]
    num_slots = plan.blocks.shape[1]
    grouped = query.reshape(batch, 1, kv_heads, heads // kv_heads, head_dim)
    keys = key.index_select(0, plan.blocks.flatten()).view(batch, num_slots, *key.shape[1:])
    scores = torch.matmul(grouped, keys.transpose(-1, -2))
    scores = scores.permute(0, 2, 3, 1, 4).reshape(batch, kv_heads, -1, num_slots * block_rows)
    weights = _weights(scores, plan.bias(window, torch.float32), softcap, sinks).to(value.dtype)
    weights = weights.view(batch, kv_heads, -1, num_slots, block_rows).permute(0, 3, 1, 2, 4)
    values = value.index_select(0, plan.blocks.flatten()).view(batch, num_slots, *value.shape[1:])
    output = torch.matmul(weights, values).sum(1)
    return output.reshape(batch, 1, heads, value.shape[-1])


def _extend(query, key, value, plan: ExtendPlan, window, softcap, sinks) -> torch.Tensor:
    _, heads, num_new, head_dim = query.shape
    kv_heads = key.shape[1]
    grouped = query.reshape(1, kv_heads, -1, head_dim)
    scores = torch.matmul(grouped, key.transpose(-1, -2)).view(1, kv_heads, heads // kv_heads, num_new, -1)
    weights = _weights(scores, plan.bias(window, torch.float32), softcap, sinks).to(value.dtype)
    output = torch.matmul(weights.flatten(2, 3), value).view(1, heads, num_new, -1)
    return output.transpose(1, 2)


def _weights(scores: torch.Tensor, bias: torch.Tensor, softcap: float | None, sinks: torch.Tensor | None):
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
