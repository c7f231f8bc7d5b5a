"""How far the last layers of the model moved what it says."""

import math

from eager_core.prediction import Prediction
from eager_core.uncertainty.measure import Measure


def layer_divergence(prediction: Prediction) -> float:
    """Return how far the last layers moved the prediction: a Jensen-Shannon divergence in nats, in [0, ln 2].

    Between the final distribution and the one read off before the last quarter of the layers (final norm and output
    weights applied early), both over the final top-20 tokens, renormalised. NaN where the engine can't tell.

    References:
        Chuang et al., "DoLa: decoding by contrasting layers" (arXiv 2309.03883), section 2: the same divergence of
        an early exit, over the whole vocabulary and the layer that maximises it; here one fixed layer, for its cost.
    """
    return prediction.layer_divergence


LAYER_DIVERGENCE = Measure(
    "layer_divergence", "Layer divergence", "the divergence of the last layers",
    "divergence of the last layers, nats", "nats", math.log(2), layer_divergence,
)  # fmt: skip
