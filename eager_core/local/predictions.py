"""From logits on the device to predictions on the host, with one transfer a pass."""

import numpy as np
import torch

from eager_core.local.forward import Output
from eager_core.local.moments import widest
from eager_core.prediction import Prediction, top_k_entropies


def predictions_from_output(output: Output) -> list[Prediction]:
    """Return one prediction a row of a pass."""
    top, vocabulary_size = output.top, output.logits.shape[-1]
    columns = [output.moments, output.layer_divergences[:, None], top, output.top_ids]
    # One type for values and token ids (float32 holds ids up to 16 million), so that all crosses to the host at once.
    host = torch.cat([column.to(widest(top.device)) for column in columns], dim=-1).cpu().numpy().astype(np.float64)
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
            # Copies, for a view keeps the arrays of the whole pass alive.
            ids[row].copy(),
            logprobs[row].copy(),
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
