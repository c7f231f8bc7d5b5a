"""RMS norms in a third of their operations: between two layers of a small model they cost as much as the attention."""

import torch

_TOLERANCE = 1e-5
"""Most that a lean norm may differ from the model's own, relative to its largest output, to be used at all."""


class LeanRMSNorm(torch.nn.Module):
    """Scales the last dimension to a root mean square of 1, then by learned weights. Float32 only."""

    def __init__(self, scale: torch.Tensor, eps: float) -> None:
        """
        Args:
            scale: [size], what is multiplied at last.
            eps: added to the mean square.
        """
        super().__init__()
        size = scale.numel()
        # x / sqrt(sum / size + eps) is sqrt(size) x / sqrt(sum + size eps), whose root is a hypotenuse over the norm.
        self._scale = (scale * size**0.5).detach()
        self._root_eps = torch.tensor((size * eps) ** 0.5)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        norm = torch.linalg.vector_norm(states, dim=-1, keepdim=True)
        return (states * self._scale).div_(torch.hypot(norm, self._root_eps))


def slim_norms(model: torch.nn.Module) -> int:
    """Replace the RMS norms of a float32 model on a CPU by lean ones, where those give the same.

    Returns:
        the number of norms replaced.
    """
    num_replaced = 0
    for parent in list(model.modules()):
        for name, norm in list(parent.named_children()):
            lean = _lean_equal_of(norm)
            if lean is not None:
                setattr(parent, name, lean)
                num_replaced += 1
    return num_replaced


def _lean_equal_of(norm: torch.nn.Module) -> LeanRMSNorm | None:
    """Return what gives the same as `norm`, or None if it is no RMS norm of a kind that is known here."""
    weight, eps = getattr(norm, "weight", None), getattr(norm, "variance_epsilon", getattr(norm, "eps", None))
    if "RMSNorm" not in type(norm).__name__ or weight is None or not isinstance(eps, float):
        return None
    if weight.ndim != 1 or weight.dtype != torch.float32 or weight.device.type != "cpu":
        return None
    if norm._forward_hooks or norm._forward_pre_hooks:
        return None
    # Tried at sizes where eps is all, something and nothing. Gemma's weights are counted from 1.
    ramp = torch.linspace(-1, 1.5, weight.numel())
    probe = torch.stack([ramp * 1e-4, ramp * eps**0.5, ramp, ramp * 100])
    expected = norm(probe)
    for scale in (weight, 1 + weight):
        lean = LeanRMSNorm(scale, eps)
        if (lean(probe) - expected).abs().max() <= _TOLERANCE * expected.abs().max():
            return lean
    return None
