"""Attention over the tree's rows, registered with transformers as an attention implementation of its own.

The query heads that share a key head are laid beside each other as query rows ([batch, kv_heads, group, head_dim]), so
keys and values are never repeated.

Attention over a part of the rows gives an output and the log of its softmax's normaliser; two parts, or a part and a
learned sink, are joined by these alone.
"""

from typing import Any

import torch
from transformers import AttentionInterface

from eager_core.local.masks import register, window_of
from eager_core.local.plan import DecodePlan, ExtendPlan, Reading

TREE_ATTENTION = "eager_tree"
"""Name under which transformers' models find `tree_attention`."""

_FUSED: Any = getattr(torch.ops.aten, "_scaled_dot_product_flash_attention_for_cpu", None)
"""torch's flash attention for CPUs, asked for by the name that also gives the normaliser; slower without it, None.
torch's operators have no types."""


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
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Return ([batch, num_new, heads, head_dim], None) as transformers expects of an attention function.

    Args:
        query: [batch, heads, num_new, head_dim], rotated as the model does.
        key, value: what `TreeLayer.update` returned.
        scaling, softcap: of the scores, None for 1 / sqrt(head_dim) and for no cap.
        attention_mask: the layer's mark, see `eager_core.local.masks`.
        sliding_window: positions along the path that a query sees, its own counted, where there is no mark.
        s_aux: [heads], learned sinks (GPT-OSS): one more score a head that takes probability and gives no value.
        tree_plan: of this pass, given to the model's forward by the engine.
    """
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    window = window_of(attention_mask, sliding_window)
    if isinstance(tree_plan, DecodePlan):
        return _decode(query, key, value, tree_plan, window, scaling, softcap, s_aux), None
    assert tree_plan is not None  # the engine gives every pass its plan
    return _extend(query, key, value, tree_plan, window, scaling, softcap, s_aux), None


def _decode(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    plan: DecodePlan,
    window: int | None,
    scaling: float,
    softcap: float | None,
    sinks: torch.Tensor | None,
) -> torch.Tensor:
    batch, heads, _, head_dim = query.shape
    kv_heads = key.shape[1]
    query = query.reshape(batch, kv_heads, heads // kv_heads, head_dim)
    outputs = [
        _decode_group(query[group.leaves], key, value, group.reading(window), scaling, softcap, sinks)
        for group in plan.groups
    ]
    output = outputs[0] if len(outputs) == 1 else torch.cat(outputs)
    return output.reshape(batch, 1, heads, -1)


def _decode_group(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    reading: Reading,
    scaling: float,
    softcap: float | None,
    sinks: torch.Tensor | None,
) -> torch.Tensor:
    """Return [leaves, kv_heads, group, head_dim] for queries of that shape and the leaves of one group."""
    batch, kv_heads, _, head_dim = query.shape
    is_fused = _FUSED is not None and softcap is None and key.device.type == "cpu" and key.shape == value.shape
    part = fused_part if is_fused else plain_part
    output, normaliser = part(query, reading.own.read(key), reading.own.read(value), reading.bias, scaling, softcap)
    if reading.shared is not None:
        # All leaves' queries as those of one: [1, kv_heads, leaves * group, head_dim].
        stacked = query.transpose(0, 1).reshape(1, kv_heads, -1, head_dim)
        rows = reading.shared.read(key), reading.shared.read(value)
        shared, shared_normaliser = part(stacked, *rows, None, scaling, softcap)
        shared = shared.view(kv_heads, batch, -1, value.shape[-1]).transpose(0, 1)
        gap = shared_normaliser.view(kv_heads, batch, -1).transpose(0, 1) - normaliser
        output = torch.lerp(output, shared, torch.sigmoid(gap)[..., None].to(output.dtype))
        if sinks is not None:
            normaliser = torch.logaddexp(normaliser, normaliser + gap)
    if sinks is not None:
        output = output * torch.sigmoid(normaliser - sinks.float().view(kv_heads, -1))[..., None].to(output.dtype)
    return output


def _extend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    plan: ExtendPlan,
    window: int | None,
    scaling: float,
    softcap: float | None,
    sinks: torch.Tensor | None,
) -> torch.Tensor:
    _, heads, num_new, head_dim = query.shape
    kv_heads = key.shape[1]
    query = query.reshape(kv_heads, heads // kv_heads, num_new, head_dim)
    output, normaliser = plain_part(query, key[0][:, None], value[0][:, None], plan.bias(window), scaling, softcap)
    if sinks is not None:
        output = output * torch.sigmoid(normaliser - sinks.float().view(kv_heads, -1, 1))[..., None].to(output.dtype)
    return output.reshape(1, heads, num_new, -1).transpose(1, 2)


def plain_part(
    query: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    bias: torch.Tensor | None,
    scaling: float,
    softcap: float | None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the attention of some rows alone: (output [..., queries, head_dim], log normaliser [..., queries]).

    Args:
        query, keys, values: [..., queries or rows, head_dim]
        bias: added to the scores [..., queries, rows]; None adds nothing.
    """
    scores = (torch.matmul(query, keys.transpose(-1, -2)) * scaling).float()
    if softcap is not None:
        scores = torch.tanh(scores / softcap) * softcap
    if bias is not None:
        scores = scores + bias
    output = torch.matmul(torch.softmax(scores, dim=-1).to(values.dtype), values)
    return output, torch.logsumexp(scores, dim=-1)


def fused_part(
    query: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    bias: torch.Tensor | None,
    scaling: float,
    softcap: float | None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """As `plain_part`, for [batch, kv_heads, queries or rows, head_dim] on a CPU and without a softcap."""
    bias = None if bias is None else bias.to(query.dtype)
    return _FUSED(query, keys, values, 0.0, False, attn_mask=bias, scale=scaling)


AttentionInterface.register(TREE_ATTENTION, tree_attention)
register(TREE_ATTENTION)
