"""How uncertain a prediction is: several measures behind one interface, each higher where the model is less sure.

The method's own is `top_k_entropy`. The others are there for the paper's first open question, whether another measure
finds better places to fork (see `eager_core.worth`); each has its own scale, so a theta must be chosen for it. One file
a measure: a function of a prediction, and a `Measure` that says what it is; a new one is added here and in
`settings.MEASURES`.
"""

from collections.abc import Mapping

from eager_core.uncertainty.flatness import FLATNESS, flatness
from eager_core.uncertainty.full_entropy import FULL_ENTROPY, full_entropy
from eager_core.uncertainty.layer_divergence import LAYER_DIVERGENCE, layer_divergence
from eager_core.uncertainty.least_confidence import LEAST_CONFIDENCE, least_confidence
from eager_core.uncertainty.measure import Measure
from eager_core.uncertainty.sharp_entropy import SHARP_ENTROPY, sharp_entropy
from eager_core.uncertainty.top_2_margin import TOP_2_MARGIN, top_2_margin
from eager_core.uncertainty.top_2_ratio import TOP_2_RATIO, top_2_ratio
from eager_core.uncertainty.top_k_entropy import TOP_K_ENTROPY, top_k_entropy, top_k_entropy_at
from eager_core.uncertainty.varentropy import VARENTROPY, varentropy

__all__ = [
    "MEASURE_OF_NAME",
    "Measure",
    "flatness",
    "full_entropy",
    "layer_divergence",
    "least_confidence",
    "sharp_entropy",
    "top_2_margin",
    "top_2_ratio",
    "top_k_entropy",
    "top_k_entropy_at",
    "varentropy",
]

_MEASURES = (
    TOP_K_ENTROPY, FULL_ENTROPY, SHARP_ENTROPY, TOP_2_MARGIN, TOP_2_RATIO, LEAST_CONFIDENCE, FLATNESS, VARENTROPY,
    LAYER_DIVERGENCE,
)  # fmt: skip

MEASURE_OF_NAME: Mapping[str, Measure] = {measure.name: measure for measure in _MEASURES}
"""All measures by name."""
