"""How close the two most likely tokens are, by the difference of their probabilities."""

import numpy as np

from eager_core.prediction import Prediction
from eager_core.uncertainty.measure import Measure


def top_2_margin(prediction: Prediction) -> float:
    """Return 1 minus the gap of probability between the two most likely tokens, in [0, 1]; 1 for a tie.

    References:
        Scheffer, Decomain and Wrobel, "Active hidden Markov models for information extraction" (2001).
    """
    first, *others = np.exp(prediction.logprobs[:2])
    return float(1 - first + (others[0] if others else 0.0))


TOP_2_MARGIN = Measure(
    "top_2_margin", "Top-two margin", "the closeness of the top two", "1 - (first - second probability)", "",
    1.0, top_2_margin,
)  # fmt: skip
