"""How even the most likely tokens are, by their divergence from the uniform distribution."""

import numpy as np

from eager_core.prediction import Prediction
from eager_core.settings import TOP_K
from eager_core.uncertainty.measure import Measure


def flatness(prediction: Prediction) -> float:
    """Return exp(-KL(u, p)) in [0, 1], p being the 20 most likely tokens, renormalised, and u uniform over them.

    1 where all of them are equally probable. It is their geometric over their arithmetic mean. The divergence the other
    way round, KL(p, u) = ln 20 - H(p), would say what the entropy says; this one looks at how far the improbable ones
    fall. A token without any probability makes it 0.

    References:
        Kang, Zhao and Song, "Scalable best-of-N selection for large language models via self-certainty" (arXiv
        2502.18581): KL(u, p) over the whole vocabulary, as certainty.
    """
    logprobs = prediction.logprobs[:TOP_K]
    if len(logprobs) < 2:
        return 0.0
    relative = logprobs - logprobs[0]
    return float(min(1.0, np.exp(relative.mean()) / np.exp(relative).mean()))


FLATNESS = Measure(
    "flatness", "Flatness, top 20", "flatness", "exp(-divergence of the uniform from the top 20)", "", 1.0, flatness,
)  # fmt: skip
