"""Normaliser, entropy and varentropy of whole distributions, in one go over the logits."""

import torch

_CHUNK_ROWS = 8
"""Rows at a time on a CPU: their scratch stays in the processor's cache."""


class Moments:
    """Measures logits. Keeps its scratch between calls: fresh memory of this size costs more than the sums."""

    def __init__(self) -> None:
        self._scratch: tuple[torch.Tensor, torch.Tensor] | None = None

    def of(self, logits: torch.Tensor) -> torch.Tensor:
        """Return [batch, 3] of [batch, vocabulary]: log normaliser, entropy (nats), varentropy (nats squared)."""
        if len(logits) == 1:
            # A lone row would be summed in as many parts as there are processors, and depend on their number.
            return self.of(logits.expand(2, -1))[:1]
        chunk_rows = _CHUNK_ROWS if logits.device.type == "cpu" else len(logits)
        return torch.cat([self._of_chunk(chunk.float()) for chunk in _chunks(logits, chunk_rows)])

    def _of_chunk(self, logits: torch.Tensor) -> torch.Tensor:
        below, weights = self._scratch_for(logits)
        highest = logits.amax(dim=-1, keepdim=True)
        torch.sub(logits, highest, out=below)
        below.clamp_min_(-1e4)  # a masked token's -inf would make 0 * inf
        torch.exp(below, out=weights)
        wide = widest(logits.device)
        normaliser = weights.sum(dim=-1).to(wide)
        # With x = logit - highest and E the mean under the softmax: H = ln Z - E[x], varentropy = E[x^2] - E[x]^2.
        mean = weights.mul_(below).sum(dim=-1).to(wide) / normaliser
        mean_square = weights.mul_(below).sum(dim=-1).to(wide) / normaliser
        log_normaliser = normaliser.log()
        entropy = (log_normaliser - mean).clamp_min_(0)
        varentropy = (mean_square - mean**2).clamp_min_(0)
        return torch.stack([log_normaliser + highest[:, 0].to(wide), entropy, varentropy], dim=-1)

    def _scratch_for(self, logits: torch.Tensor) -> list[torch.Tensor]:
        rows = len(logits)
        if self._scratch is None or len(self._scratch[0]) < rows:
            self._scratch = torch.empty_like(logits), torch.empty_like(logits)
        return [scratch[:rows] for scratch in self._scratch]


def _chunks(logits: torch.Tensor, chunk_rows: int) -> list[torch.Tensor]:
    """Return the rows in chunks of about the same size, none of them of one row alone."""
    return list(logits.tensor_split(-(-len(logits) // chunk_rows)))


def widest(device: torch.device) -> torch.dtype:
    """Return float64, or float32 on Apple's MPS, which has no wider type."""
    return torch.float32 if device.type == "mps" else torch.float64
