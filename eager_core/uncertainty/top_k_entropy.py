"""The entropy of the most likely tokens: the method's own measure."""

from eager_core.prediction import Prediction, top_k_entropies
from eager_core.settings import LARGEST_ENTROPY_NATS
from eager_core.uncertainty.measure import Measure


def top_k_entropy(prediction: Prediction) -> float:
    """Return the Shannon entropy in nats of the 20 most likely tokens, renormalised, in [0, ln 20].

    References:
        EAGer (arXiv 2510.11170), section 3.1.
    """
    return prediction.top_k_entropy


def top_k_entropy_at(prediction: Prediction, temperature: float) -> float:
    """Return the same of the distribution at `temperature`; 0 gives 0."""
    return float(top_k_entropies(prediction.logprobs[None], temperature)[0]) if temperature > 0 else 0.0


TOP_K_ENTROPY = Measure(
    "top_k_entropy", "Entropy, top 20", "entropy", "entropy of the top 20, nats", "nats",
    LARGEST_ENTROPY_NATS, top_k_entropy,
)  # fmt: skip
