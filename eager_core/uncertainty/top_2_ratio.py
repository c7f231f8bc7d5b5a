"""How close the two most likely tokens are, by the difference of their log-probabilities."""

import math

from eager_core.prediction import Prediction
from eager_core.uncertainty.measure import Measure


def top_2_ratio(prediction: Prediction) -> float:
    """Return the second highest probability over the highest, in [0, 1]; 1 for a tie.

    That is exp(-d), where d is their margin in log-probability, so that it falls as d grows. Other than the margin of
    probabilities it does not care what share the two have together.

    References:
        Scheffer, Decomain and Wrobel, "Active hidden Markov models for information extraction" (2001), for the margin
        of the first two; in log-probability it is the log-odds between them.
    """
    if prediction.num_kept < 2:
        return 0.0
    first, second = prediction.logprobs[:2]
    return math.exp(second - first)


TOP_2_RATIO = Measure(
    "top_2_ratio", "Top-two ratio", "the ratio of the top two", "second over first probability", "", 1.0, top_2_ratio,
)  # fmt: skip
