"""Lean norms give what the model's own give, and stay away from what is not an RMS norm."""

import pytest
import torch

from eager_core.local.norms import LeanRMSNorm, slim_norms
from tests.local.test_parity import FAMILIES
from tests.local.tiny_engine import random_model


@pytest.mark.parametrize("family", FAMILIES)
def test_every_norm_of_each_family_is_replaced_and_gives_the_same(family):
    model = random_model(FAMILIES[family])
    generator = torch.Generator().manual_seed(0)
    norms = {name: module for name, module in model.named_modules() if "RMSNorm" in type(module).__name__}
    for norm in norms.values():
        norm.weight.data.normal_(generator=generator)
    assert slim_norms(model) == len(norms) > 0
    for name, norm in norms.items():
        lean = model.get_submodule(name)
        assert isinstance(lean, LeanRMSNorm)
        for size in (1e-6, 1e-3, 1.0, 1e3):
            states = torch.randn(3, 5, norm.weight.numel(), generator=generator) * size
            expected = norm(states)
            # Float32: the same squares summed, scaled and rooted in another order, a few roundings of 6e-8.
            torch.testing.assert_close(lean(states), expected, rtol=2e-6, atol=1e-6 * float(expected.abs().max()))


class Holder(torch.nn.Module):
    def __init__(self, norm):
        super().__init__()
        self.norm = norm


class OtherRMSNorm(torch.nn.Module):
    """Carries the name, but divides by the mean absolute value."""

    def __init__(self):
        super().__init__()
        self.weight, self.eps = torch.nn.Parameter(torch.ones(8), requires_grad=False), 1e-6

    def forward(self, states):
        return states / (states.abs().mean(-1, keepdim=True) + self.eps) * self.weight


@pytest.mark.parametrize("norm", [torch.nn.LayerNorm(8), OtherRMSNorm(), OtherRMSNorm().bfloat16()])
def test_others_stay(norm):
    holder = Holder(norm)
    assert slim_norms(holder) == 0 and holder.norm is norm
