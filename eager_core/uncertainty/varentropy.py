"""How unequal the surprises are that a prediction holds."""

from eager_core.prediction import Prediction
from eager_core.uncertainty.measure import Measure


def varentropy(prediction: Prediction) -> float:
    """Return the variance of the surprisal in nats squared: 0 if all tokens are equally likely, high if torn.

    References:
        Kontoyiannis and Verdu, "Optimal lossless data compression: non-asymptotics and asymptotics" (2014).
    """
    return prediction.full_varentropy


VARENTROPY = Measure("varentropy", "Varentropy", "varentropy", "varentropy, nats squared", "", 8.0, varentropy)
