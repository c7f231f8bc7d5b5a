"""Linear layers with their weights laid out, once, as the processor's matrix kernels read them.

torch hands a plain weight to a kernel that is made for large batches; for the one to thirty rows of a decoding step it
runs far below what the memory gives. oneDNN's packed weights, by which torch's own compiler runs linear layers, are
quicker at every batch, and lose nothing: the products are the same, summed in another order.

Nothing here is asked of a model but that it calls `torch.nn.Linear`. What can't be packed, or comes out different when
tried, stays as it is.
"""

import platform
from collections.abc import Callable, Sequence
from typing import TypeGuard

import torch
from transformers import PreTrainedModel

_SIBLINGS = (("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj"))
"""Names of linear layers that read the same tensor: as one wide product they keep the memory busy without a pause."""

_TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 2e-2}
"""Most that a packed layer may differ from the plain one, relative to its largest output, to be used at all."""


class PackedLinear(torch.nn.Module):
    """In place of a `torch.nn.Linear`; the original's weight need not be kept."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None, keep_weight: bool = False) -> None:
        """
        Args:
            weight: [out_features, in_features]
            keep_weight: hold on to the plain weight too, for an owner that reads it often.
        Raises:
            RuntimeError, AttributeError: this torch or processor has no packed kernel for it.
        """
        super().__init__()
        self.out_features, self.in_features = weight.shape
        self.bias = bias
        self._plain = weight if keep_weight else None
        self._packed = torch.ops.mkldnn._reorder_linear_weight(weight.detach(), None)
        self._multiply = torch.ops.mkldnn._linear_pointwise.default

    @property
    def weight(self) -> torch.Tensor:
        """The plain weight [out_features, in_features]; unpacked at each call where it was not kept."""
        return self._packed.to_dense() if self._plain is None else self._plain

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return self._multiply(states, self._packed, self.bias, "none", [], "")


class _Siblings:
    """Several linear layers as one. Whoever is asked first computes for all; the others find their part ready."""

    def __init__(self, linears: list[torch.nn.Linear]) -> None:
        bias = None
        if any(linear.bias is not None for linear in linears):
            bias = torch.cat([
                linear.weight.new_zeros(linear.out_features) if linear.bias is None else linear.bias.detach()
                for linear in linears
            ])  # fmt: skip
        self.sizes = [linear.out_features for linear in linears]
        self.packed = PackedLinear(torch.cat([linear.weight.detach() for linear in linears]), bias)
        self._states: torch.Tensor | None = None
        self._waiting: list[torch.Tensor | None] = []
        self._num_waiting = 0

    def part(self, index: int, states: torch.Tensor) -> torch.Tensor:
        part = self._waiting[index] if self._states is states else None
        if part is None:
            self._states = states
            parts = torch.split_with_sizes(self.packed(states), self.sizes, -1)
            self._waiting = list(parts)
            self._num_waiting = len(self.sizes)
            part = parts[index]
        self._waiting[index] = None
        self._num_waiting -= 1
        if not self._num_waiting:
            # Nothing is kept from pass to pass: the same tensor may come back with other numbers.
            self._states = None
        return part


class SiblingLinear(torch.nn.Module):
    """One of several linear layers that read the same tensor, in place of a `torch.nn.Linear`."""

    def __init__(self, siblings: _Siblings, index: int) -> None:
        super().__init__()
        self._siblings, self._index = siblings, index

    @property
    def weight(self) -> torch.Tensor:
        """The plain weight [out_features, in_features], unpacked at each call."""
        return self._siblings.packed.weight.split(self._siblings.sizes)[self._index]

    @property
    def bias(self) -> torch.Tensor | None:
        bias = self._siblings.packed.bias
        return None if bias is None else bias.split(self._siblings.sizes)[self._index]

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return self._siblings.part(self._index, states)


def pack_linears(model: PreTrainedModel) -> int:
    """Replace the linear layers of `model` by packed ones where this processor has kernels for them.

    The plain weights are given up, but for the output head's, whose rows the engine reads. The model keeps working
    with any attention, in one thread at a time.

    Returns:
        the number of layers replaced; 0 on a GPU, or where torch lacks the kernels.
    """
    if platform.machine().lower() not in ("x86_64", "amd64") or not torch.backends.mkldnn.is_available():
        return 0
    head, num_packed = model.get_output_embeddings(), 0
    for parent in list(model.modules()):
        children = {name: child for name, child in parent.named_children() if _is_packable(child)}
        for names in _SIBLINGS:
            if all(name in children for name in names) and len({children[name].in_features for name in names}) == 1:
                linears = [children.pop(name) for name in names]
                num_packed += _replace(parent, names, linears, _siblings_of)
        for name, child in children.items():
            num_packed += _replace(parent, [name], [child], lambda linears: [_alone(linears[0], linears[0] is head)])
    return num_packed


def _is_packable(module: torch.nn.Module) -> TypeGuard[torch.nn.Linear]:
    # A subclass, or a layer with hooks, may do more than multiply.
    if type(module) is not torch.nn.Linear or module._forward_hooks or module._forward_pre_hooks:
        return False
    return module.weight.device.type == "cpu" and module.weight.dtype in _TOLERANCE


def _alone(linear: torch.nn.Linear, keep_weight: bool) -> PackedLinear:
    return PackedLinear(linear.weight, linear.bias, keep_weight)


def _siblings_of(linears: list[torch.nn.Linear]) -> Sequence[torch.nn.Module]:
    siblings = _Siblings(linears)
    return [SiblingLinear(siblings, index) for index in range(len(linears))]


def _replace(
    parent: torch.nn.Module,
    names: Sequence[str],
    linears: list[torch.nn.Linear],
    pack: Callable[[list[torch.nn.Linear]], Sequence[torch.nn.Module]],
) -> int:
    """Pack and try; return how many layers of `parent` were exchanged, all or none."""
    try:
        packed = pack(linears)
        probe = torch.linspace(-1, 1, linears[0].in_features, dtype=linears[0].weight.dtype)[None]
        for linear, replacement in zip(linears, packed, strict=True):
            expected = linear(probe)
            allowed = _TOLERANCE[probe.dtype] * expected.abs().max().clamp_min(1)
            if not (replacement(probe) - expected).abs().max() <= allowed:
                return 0
    except (RuntimeError, AttributeError):
        return 0
    for name, replacement in zip(names, packed, strict=True):
        setattr(parent, name, replacement)
    return len(packed)
