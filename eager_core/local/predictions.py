"""From logits on the device to predictions on the host, with one transfer a pass."""

import numpy as np
import torch

from eager_core.local.forward import Output
from eager_core.prediction import Prediction, top_k_entropies


def predictions_from_output(output: Output) -> list[Prediction]:
    """Return one prediction a row of a pass."""
    top, vocabulary_size = output.top, output.logits.shape[-1]
    columns = [_moments(output.logits.float()), output.layer_divergences[:, None], top, output.top_ids]
    # One type for values and token ids (float32 holds ids up to 16 million), so that all crosses to the host at once.
    host = torch.cat([column.to(_widest(top.device)) for column in columns], dim=-1).cpu().numpy().astype(np.float64)
    normalisers, entropies, varentropies, divergences = host[:, :4].T
    tops = host[:, 4 : 4 + top.shape[-1]]
    ids = host[:, 4 + top.shape[-1] :].astype(np.int64)
    # topk leaves equal logits in any order; a tree must not depend on it.
    for row in np.flatnonzero((tops[:, 1:] == tops[:, :-1]).any(axis=1)):
        order = np.lexsort((ids[row], -tops[row]))
        tops[row], ids[row] = tops[row, order], ids[row, order]
    logprobs = tops - normalisers[:, None]
    top_k = top_k_entropies(logprobs)
    return [
        Prediction(
            ids[row],
            logprobs[row],
            vocabulary_size,
            float(top_k[row]),
            float(entropies[row]),
            float(varentropies[row]),
            float(divergences[row]),
        )
        for row in range(len(ids))
    ]


def logprobs_from_logits(logits: torch.Tensor) -> np.ndarray:
    """Return the float64 log-probabilities [..., vocabulary] of logits [..., vocabulary]."""
    logits = logits.float().cpu()
    return (logits.double() - torch.logsumexp(logits, dim=-1, keepdim=True).double()).numpy()


def _widest(device: torch.device) -> torch.dtype:
    """Return float64, or float32 on Apple's MPS, which has no wider type."""
    return torch.float32 if device.type == "mps" else torch.float64


def _moments(logits: torch.Tensor) -> torch.Tensor:
    """Return [batch, 3]: log normaliser, entropy (nats) and varentropy (nats squared) of every row."""
    # On a CPU row by row: one row's temporaries stay in the cache, a batch's are pages fetched from the system.
    pieces = logits.split(1) if logits.device.type == "cpu" else (logits,)
    return torch.cat([_moments_of_piece(piece) for piece in pieces])


def _moments_of_piece(logits: torch.Tensor) -> torch.Tensor:
    highest = logits.amax(dim=-1, keepdim=True)
    below = (logits - highest).clamp_min_(-1e4)  # a masked token's -inf would make 0 * inf
    weights = below.exp()
    wide = _widest(logits.device)
    normaliser = weights.sum(dim=-1).to(wide)
    # With x = logit - highest and E the mean under the softmax: H = ln Z - E[x], varentropy = E[x^2] - E[x]^2.
    mean = torch.linalg.vecdot(weights, below).to(wide) / normaliser
    mean_square = torch.linalg.vecdot(weights.mul_(below), below).to(wide) / normaliser
    log_normaliser = normaliser.log()
    entropy = (log_normaliser - mean).clamp_min_(0)
    varentropy = (mean_square - mean**2).clamp_min_(0)
    return torch.stack([log_normaliser + highest[:, 0].to(wide), entropy, varentropy], dim=-1)
