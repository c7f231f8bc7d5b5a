"""From logits on the device to predictions on the host, with one transfer a pass."""

import numpy as np
import torch

from eager_core.prediction import NUM_KEPT_TOKENS, Prediction


def predictions_from_logits(logits: torch.Tensor) -> list[Prediction]:
    """Return one prediction a row.

    Args:
        logits: [batch, vocabulary], before temperature, any float dtype and device.
    """
    logits = logits.float()
    vocabulary_size = logits.shape[-1]
    top, token_ids = torch.topk(logits, min(NUM_KEPT_TOKENS, vocabulary_size), dim=-1)
    normaliser = torch.logsumexp(logits, dim=-1, keepdim=True)
    # float64 holds float32 values and token ids alike, so that all of it crosses to the host at once.
    host = torch.cat([normaliser.double(), top.double(), token_ids.double()], dim=-1).cpu().numpy()
    normalisers, tops = host[:, :1], host[:, 1 : 1 + top.shape[-1]]
    ids = host[:, 1 + top.shape[-1] :].astype(np.int64)
    # topk leaves equal logits in any order; a tree must not depend on it.
    for row in np.flatnonzero((tops[:, 1:] == tops[:, :-1]).any(axis=1)):
        order = np.lexsort((ids[row], -tops[row]))
        tops[row], ids[row] = tops[row, order], ids[row, order]
    logprobs = tops - normalisers
    return [Prediction(ids[row], logprobs[row], vocabulary_size) for row in range(len(ids))]


def logprobs_from_logits(logits: torch.Tensor) -> np.ndarray:
    """Return the float64 log-probabilities [vocabulary] of one row of logits [vocabulary]."""
    logits = logits.float()
    return (logits.double() - torch.logsumexp(logits, dim=-1).double()).cpu().numpy()
