"""How uncertain a prediction is: several measures behind one interface, each higher where the model is less sure.

The method's own is `top_k_entropy`. The others are there for the paper's first open question, whether another measure
finds better places to fork; each has its own scale, so a theta must be chosen for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from eager_core.prediction import Prediction, top_k_entropies
from eager_core.settings import LARGEST_ENTROPY_NATS


@dataclass(frozen=True)
class Measure:
    """One way to put a number on uncertainty."""

    name: str
    title: str
    """For people: its name in a list of choices."""
    noun: str
    """For people: its name in a sentence."""
    label: str
    """For people: what it is, and its unit."""
    unit: str
    """What a sentence says after its value; empty where it has none, or is not read aloud."""
    highest: float
    """Upper end of a colour scale: the bound where there is one, else a value that ordinary tokens stay below."""
    of: Callable[[Prediction], float]
    """Returns the measure of the model's own distribution (temperature 1), NaN where it is unknown."""


def top_k_entropy(prediction: Prediction) -> float:
    """Return the Shannon entropy in nats of the 20 most probable tokens, renormalised, in [0, ln 20].

    References:
        EAGer (arXiv 2510.11170), section 3.1.
    """
    return prediction.top_k_entropy


def top_k_entropy_at(prediction: Prediction, temperature: float) -> float:
    """Return the same of the distribution at `temperature`; 0 gives 0."""
    return float(top_k_entropies(prediction.logprobs[None], temperature)[0]) if temperature > 0 else 0.0


def full_entropy(prediction: Prediction) -> float:
    """Return the Shannon entropy in nats of the whole vocabulary, in [0, ln vocabulary]."""
    return prediction.full_entropy


def varentropy(prediction: Prediction) -> float:
    """Return the variance of the surprisal in nats squared: 0 if all tokens are equally likely, high if torn.

    References:
        Kontoyiannis and Verdu, "Optimal lossless data compression: non-asymptotics and asymptotics" (2014).
    """
    return prediction.full_varentropy


def top_2_margin(prediction: Prediction) -> float:
    """Return 1 minus the gap of probability between the two most probable tokens, in [0, 1]; 1 for a tie.

    References:
        Scheffer, Decomain and Wrobel, "Active hidden Markov models for information extraction" (2001).
    """
    first, *others = np.exp(prediction.logprobs[:2])
    return float(1 - first + (others[0] if others else 0.0))


def layer_divergence(prediction: Prediction) -> float:
    """Return how far the last layers moved the prediction: a Jensen-Shannon divergence in nats, in [0, ln 2].

    Between the final distribution and the one read off before the last quarter of the layers (final norm and output
    weights applied early), both over the final top-20 tokens, renormalised. NaN where the engine can't tell.

    References:
        Chuang et al., "DoLa: decoding by contrasting layers" (arXiv 2309.03883), section 2: the same divergence of
        an early exit, over the whole vocabulary and the layer that maximises it; here one fixed layer, for its cost.
    """
    return prediction.layer_divergence


_MEASURES = (
    Measure(
        "top_k_entropy", "Entropy, top 20", "entropy", "entropy of the top 20, nats", "nats",
        LARGEST_ENTROPY_NATS, top_k_entropy,
    ),
    Measure(
        "full_entropy", "Entropy, all tokens", "entropy of the whole vocabulary",
        "entropy of the whole vocabulary, nats", "nats", 6.0, full_entropy,
    ),
    Measure(
        "top_2_margin", "Top-two margin", "the closeness of the top two", "1 - (first - second probability)", "",
        1.0, top_2_margin,
    ),
    Measure("varentropy", "Varentropy", "varentropy", "varentropy, nats squared", "", 8.0, varentropy),
    Measure(
        "layer_divergence", "Layer divergence", "the divergence of the last layers",
        "divergence of the last layers, nats", "nats", float(np.log(2)), layer_divergence,
    ),
)  # fmt: skip

MEASURE_OF_NAME: Mapping[str, Measure] = {measure.name: measure for measure in _MEASURES}
"""All measures by name."""
