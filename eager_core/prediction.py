"""What a model says after a node: the most likely next tokens with exact log-probabilities, and its uncertainty."""

from dataclasses import dataclass, replace

import numpy as np

from eager_core.settings import TOP_K

NUM_KEPT_TOKENS = 64
"""Tokens kept of each prediction: enough to decide nearly every draw without the model (see `sampling.draw`)."""

_OBJECT_BYTES = 450
"""What a prediction takes beside the numbers in its arrays: itself, the heads of two arrays, four floats; measured."""

LARGEST_PREDICTION_BYTES = _OBJECT_BYTES + NUM_KEPT_TOKENS * (8 + 8)


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The next-token distribution after one node, before temperature and top-p.

    Shared by all who read it: the arrays must not be written to.
    """

    token_ids: np.ndarray
    """int64 [num_kept], the most likely tokens in falling order; equal ones by rising token id."""
    logprobs: np.ndarray
    """float64 [num_kept], natural logs of their probabilities among the whole vocabulary."""
    vocabulary_size: int
    top_k_entropy: float
    """Shannon entropy in nats of the 20 most likely tokens, renormalised: the method's own measure."""
    full_entropy: float
    """Shannon entropy of the whole distribution, in nats."""
    full_varentropy: float
    """Variance of the surprisal -ln p under the whole distribution, in nats squared."""
    layer_divergence: float
    """See `uncertainty.layer_divergence`; NaN where the engine can't look between layers."""

    @property
    def num_kept(self) -> int:
        """Number of tokens kept, at most `NUM_KEPT_TOKENS`."""
        return len(self.token_ids)

    def shortened(self) -> "Prediction":
        """Return the same with only the tokens kept that all measures and forks look at."""
        if self.num_kept <= TOP_K:
            return self
        # Copies, for a view would keep the whole arrays.
        return replace(self, token_ids=self.token_ids[:TOP_K].copy(), logprobs=self.logprobs[:TOP_K].copy())

    @property
    def num_bytes(self) -> int:
        """What it takes in memory."""
        return _OBJECT_BYTES + self.token_ids.nbytes + self.logprobs.nbytes


def prediction_from_logprobs(
    logprobs: np.ndarray, num_kept: int = NUM_KEPT_TOKENS, layer_divergence: float = float("nan")
) -> Prediction:
    """Return the prediction that a whole distribution gives.

    Args:
        logprobs: [vocabulary], natural logs of probabilities that sum to 1; -inf where there is none.
    """
    logprobs = np.asarray(logprobs, dtype=np.float64)
    order = most_probable_first(logprobs)[:num_kept]
    probabilities = np.exp(logprobs)
    surprisals = np.where(probabilities > 0, -logprobs, 0.0)
    entropy = float(probabilities @ surprisals)
    varentropy = max(0.0, float(probabilities @ surprisals**2) - entropy**2)
    top_k = float(top_k_entropies(logprobs[order][None])[0])
    return Prediction(order, logprobs[order], len(logprobs), top_k, entropy, varentropy, layer_divergence)


def agreeing(logprobs: np.ndarray, prediction: Prediction) -> np.ndarray:
    """Return a whole distribution [vocabulary], its most likely tokens as `prediction` has them and no other above.

    A distribution that was computed in another pass differs in the last bits from what was said of it.
    """
    agreed = np.minimum(logprobs, prediction.logprobs[-1])
    agreed[prediction.token_ids] = prediction.logprobs
    return agreed


def top_k_entropies(logprobs: np.ndarray, temperature: float = 1.0, k: int = TOP_K) -> np.ndarray:
    """Return the Shannon entropies [batch] in nats of the k most likely tokens, renormalised to sum 1.

    Args:
        logprobs: [batch, num_kept], falling; fewer than k are taken whole.
        temperature: above 0; divides the log-probabilities first.
    References:
        EAGer (arXiv 2510.11170), section 3.1.
    """
    scaled = (logprobs[:, :k] - logprobs[:, :1]) / temperature
    weights = np.exp(scaled)
    total = weights.sum(axis=1)
    # H = ln Z - E[scaled]; a weight that underflowed to 0 (scaled may be -inf) adds nothing.
    expected = (weights * np.where(weights > 0, scaled, 0.0)).sum(axis=1) / total
    return np.maximum(0.0, np.log(total) - expected)


def most_probable_first(logprobs: np.ndarray) -> np.ndarray:
    """Return the token ids [vocabulary] in falling order of probability, equal ones by rising id."""
    return np.argsort(-np.asarray(logprobs, dtype=np.float64), kind="stable")
