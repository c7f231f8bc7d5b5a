"""Moments equal their definitions in float64, whatever the batch, and whatever was measured before."""

import pytest
import torch

from eager_core.local.moments import Moments


def plainly(logits: torch.Tensor) -> torch.Tensor:
    logprobs = torch.log_softmax(logits.double(), dim=-1)
    probabilities = logprobs.exp()
    surprisals = torch.where(probabilities > 0, -logprobs, 0)
    entropy = (probabilities * surprisals).sum(dim=-1)
    varentropy = (probabilities * (surprisals - entropy[:, None]) ** 2).sum(dim=-1)
    return torch.stack([torch.logsumexp(logits.double(), dim=-1), entropy, varentropy], dim=-1)


def test_batches_of_any_size_one_after_another():
    moments = Moments()
    for batch, spread in [(3, 1.0), (33, 8.0), (1, 0.0), (8, 40.0), (9, 3.0)]:
        logits = torch.randn(batch, 5000, generator=torch.Generator().manual_seed(batch)) * spread
        # Float32: 5,000 weights are summed, against float64.
        torch.testing.assert_close(moments.of(logits), plainly(logits), atol=2e-5, rtol=2e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_masked_tokens_and_certainty(dtype):
    logits = torch.tensor([[0.0, float("-inf"), 0.0], [300.0, 0.0, float("-inf")]]).to(dtype)
    measured = Moments().of(logits)
    assert measured[:, 1].tolist() == pytest.approx([0.6931472, 0.0], abs=1e-6)
    assert measured[:, 2].tolist() == pytest.approx([0.0, 0.0], abs=1e-6)
    assert not measured.isnan().any()
