"""The entropy of the most likely tokens at a low temperature: how undecided the leaders are among themselves."""

from eager_core.prediction import Prediction
from eager_core.settings import LARGEST_ENTROPY_NATS
from eager_core.uncertainty.measure import Measure
from eager_core.uncertainty.top_k_entropy import top_k_entropy_at

TEMPERATURE = 0.5
"""Squares the probabilities: a long tail of improbable tokens hardly counts any more."""


def sharp_entropy(prediction: Prediction) -> float:
    """Return the Shannon entropy in nats of the 20 most likely tokens at temperature 0.5, in [0, ln 20].

    The temperature is fixed, so that a moved temperature of the draw moves no fork.

    References:
        Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks" (arXiv 1706.04599), section 4:
        temperature scaling, there fitted to data; here one fixed temperature.
    """
    return top_k_entropy_at(prediction, TEMPERATURE)


SHARP_ENTROPY = Measure(
    "sharp_entropy", "Sharpened entropy", "sharpened entropy", "entropy of the top 20 at temperature 0.5, nats",
    "nats", LARGEST_ENTROPY_NATS, sharp_entropy,
)  # fmt: skip
