"""The entropy of all tokens."""

from eager_core.prediction import Prediction
from eager_core.uncertainty.measure import Measure


def full_entropy(prediction: Prediction) -> float:
    """Return the Shannon entropy in nats of the whole vocabulary, in [0, ln vocabulary]."""
    return prediction.full_entropy


FULL_ENTROPY = Measure(
    "full_entropy", "Entropy, all tokens", "entropy of the whole vocabulary", "entropy of the whole vocabulary, nats",
    "nats", 6.0, full_entropy,
)  # fmt: skip
