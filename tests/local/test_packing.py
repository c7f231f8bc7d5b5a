"""Packed linear layers give what the plain ones give, and stay away where they would not."""

from copy import deepcopy

import pytest
import torch
from transformers import LlamaConfig

from eager_core.local import packing
from eager_core.local.packing import PackedLinear, SiblingLinear, pack_linears
from tests.local.test_parity import SIZES
from tests.local.tiny_engine import random_model

needs_kernels = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available() or packing.platform.machine().lower() not in ("x86_64", "amd64"),
    reason="torch packs weights on x86 only",
)


class Attention(torch.nn.Module):
    """Three siblings and one other, as decoders name them."""

    def __init__(self, bias: bool) -> None:
        super().__init__()
        self.q_proj = torch.nn.Linear(24, 40, bias=bias)
        self.k_proj = torch.nn.Linear(24, 8, bias=False)
        self.v_proj = torch.nn.Linear(24, 9, bias=bias)
        self.o_proj = torch.nn.Linear(24, 7, bias=bias)
        self.requires_grad_(False)

    def get_output_embeddings(self):
        return self.o_proj


NAMES = ("q_proj", "k_proj", "v_proj", "o_proj")


@pytest.fixture(params=[True, False], ids=["bias", "no-bias"])
def layers(request):
    torch.manual_seed(0)
    return Attention(request.param)


@needs_kernels
@pytest.mark.parametrize("shape", [(1, 24), (3, 1, 24), (2, 5, 24), (0, 24), (33, 24)])
def test_packed_layers_equal_plain_ones_and_keep_their_weights(layers, shape):
    plain = deepcopy(layers)
    assert pack_linears(layers) == 4
    assert isinstance(layers.q_proj, SiblingLinear) and isinstance(layers.o_proj, PackedLinear)
    states = torch.randn(shape)
    for name in NAMES:
        packed, linear = getattr(layers, name), getattr(plain, name)
        torch.testing.assert_close(packed(states), linear(states))
        assert torch.equal(packed.weight, linear.weight)
        if linear.bias is not None:
            assert torch.equal(packed.bias, linear.bias)


@needs_kernels
def test_siblings_may_be_asked_in_any_order_and_for_different_tensors(layers):
    plain = deepcopy(layers)
    pack_linears(layers)
    first, second = torch.randn(2, 24), torch.randn(2, 24)
    for name, states in [
        ("v_proj", first),
        ("q_proj", first),
        ("q_proj", first),
        ("k_proj", second),
        ("v_proj", second),
    ]:
        torch.testing.assert_close(getattr(layers, name)(states), getattr(plain, name)(states))
    # The same tensor with other numbers, as a buffer that is used again.
    for _ in range(2):
        for name in NAMES:
            torch.testing.assert_close(getattr(layers, name)(first), getattr(plain, name)(first))
        first.normal_()


@needs_kernels
def test_every_linear_layer_of_a_model_is_packed_and_its_logits_stay():
    model = random_model(LlamaConfig(**SIZES, tie_word_embeddings=True))
    ids = torch.tensor([[5, 17, 3]])
    before = model(ids).logits
    assert pack_linears(model) == 4 * 7 + 1
    assert not any(type(module) is torch.nn.Linear for module in model.modules())
    # Float32: every product of four layers is summed in another order.
    torch.testing.assert_close(model(ids).logits, before, atol=1e-4, rtol=1e-4)
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    assert pack_linears(model) == 0


def test_what_fails_or_comes_out_different_stays_as_it_is(layers, monkeypatch):
    plain = deepcopy(layers)

    def refuse(weight, bias, keep_weight=False):
        raise RuntimeError("no kernel")

    monkeypatch.setattr(packing, "PackedLinear", refuse)
    assert pack_linears(layers) == 0

    class Wrong(torch.nn.Module):
        def __init__(self, weight, bias, keep_weight=False):
            super().__init__()
            self.weight, self.bias = weight, bias

        def forward(self, states):
            return torch.nn.functional.linear(states, self.weight, self.bias) * 1.001

    monkeypatch.setattr(packing, "PackedLinear", Wrong)
    assert pack_linears(layers) == 0
    states = torch.randn(2, 24)
    for name in NAMES:
        assert torch.equal(getattr(layers, name)(states), getattr(plain, name)(states))


def test_layers_that_do_more_than_multiply_are_left_alone():
    class Scaled(torch.nn.Linear):
        pass

    layers = Attention(bias=True)
    layers.o_proj = Scaled(24, 7)
    layers.k_proj.register_forward_hook(lambda *_: None)
    layers.v_proj.double()
    pack_linears(layers)
    kept = [type(getattr(layers, name)) for name in NAMES[1:]]
    assert kept == [torch.nn.Linear, torch.nn.Linear, Scaled]
