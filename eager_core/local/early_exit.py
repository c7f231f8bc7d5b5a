"""What the model would have said a few layers earlier, over the tokens it says now."""

from collections.abc import Callable

import torch
from torch.utils.hooks import RemovableHandle
from transformers import PreTrainedModel

from eager_core.settings import TOP_K


class EarlyExit:
    """Reads the hidden state before the last quarter of the layers, and measures how far the rest moved the prediction.

    Hooks itself into the model; keeps the state of the last pass only. A model whose decoder has no `layers` and
    `norm` to look at gives NaN.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        decoder = model.get_decoder()
        layers = getattr(decoder, "layers", None)
        self._norm = getattr(decoder, "norm", None)
        self._head = model.get_output_embeddings()
        self._hidden: torch.Tensor | None = None
        self._hook: RemovableHandle | None = None
        if layers is not None and self._norm is not None and len(layers) > 1:
            num_last = max(1, len(layers) // 4)
            self._hook = layers[len(layers) - num_last].register_forward_pre_hook(self._keep, with_kwargs=True)

    def let_go(self) -> None:
        """Leave the model without this hook."""
        if self._hook is not None:
            self._hook.remove()

    def divergence(
        self, top: torch.Tensor, token_ids: torch.Tensor, scale: Callable[[torch.Tensor], torch.Tensor]
    ) -> torch.Tensor:
        """Return [batch], the Jensen-Shannon divergence in nats; see `uncertainty.layer_divergence`.

        Args:
            top, token_ids: [batch, num_kept], the highest logits of the pass just run, falling, and their tokens.
            scale: what the model does to its head's output.
        """
        top, token_ids = top[:, :TOP_K], token_ids[:, :TOP_K]
        norm = self._norm
        if self._hidden is None or norm is None:
            return torch.full((len(top),), float("nan"), device=top.device)
        hidden = norm(self._hidden[:, -1])
        early = torch.bmm(self._head.weight[token_ids], hidden[:, :, None])[..., 0]
        if self._head.bias is not None:
            early = early + self._head.bias[token_ids]
        return _jensen_shannon(torch.softmax(top.float(), dim=-1), torch.softmax(scale(early).float(), dim=-1))

    def _keep(self, _module: torch.nn.Module, inputs: tuple, named: dict) -> None:
        self._hidden = inputs[0] if inputs else named["hidden_states"]


def _jensen_shannon(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Return the divergence [batch] of two distributions [batch, tokens], in nats."""
    middle = (first + second) / 2
    halves = torch.xlogy(first, first / middle) + torch.xlogy(second, second / middle)
    return (halves.sum(dim=-1) / 2).clamp_min_(0)
