"""How uncertain a prediction is, in nats."""

import numpy as np

from eager_core.prediction import Prediction
from eager_core.settings import TOP_K


def top_k_entropy(prediction: Prediction, temperature: float = 1.0, k: int = TOP_K) -> float:
    """Return the Shannon entropy in nats of the k most probable tokens, renormalised to sum 1.

    Args:
        temperature: divides the log-probabilities first; 1 measures the model's own distribution, 0 gives entropy 0.
    Returns:
        a value in [0, ln k]; a vocabulary smaller than k is taken whole.
    References:
        EAGer (arXiv 2510.11170), section 3.1.
    """
    if temperature == 0:
        return 0.0
    logits = prediction.logprobs[:k]
    scaled = (logits - logits[0]) / temperature
    weights = np.exp(scaled)
    total = weights.sum()
    # H = ln Z - E[scaled]; a weight that underflowed to 0 (scaled may be -inf) adds nothing.
    expected = np.dot(weights, np.where(weights > 0, scaled, 0.0)) / total
    return max(0.0, float(np.log(total) - expected))
