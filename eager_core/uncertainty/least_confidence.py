"""How much probability the most likely token leaves to all others."""

import math

from eager_core.prediction import Prediction
from eager_core.uncertainty.measure import Measure


def least_confidence(prediction: Prediction) -> float:
    """Return 1 minus the highest probability, in [0, 1).

    References:
        Lewis and Gale, "A sequential algorithm for training text classifiers" (1994); Hendrycks and Gimpel, "A baseline
        for detecting misclassified and out-of-distribution examples in neural networks" (arXiv 1610.02136).
    """
    return max(0.0, -math.expm1(prediction.logprobs[0]))


LEAST_CONFIDENCE = Measure(
    "least_confidence", "Doubt in the first", "the doubt in the first token", "1 - highest probability", "",
    1.0, least_confidence,
)  # fmt: skip
