"""How far the page's sliders go, above the tree and under Budget. A number box may go beyond (`views.OpenSlider`)."""

import math
from dataclasses import dataclass

from eager_core.settings import LARGEST_ENTROPY_NATS


@dataclass(frozen=True)
class Scale:
    """The ends of a slider, and its steps."""

    lowest: float
    highest: float
    step: float


THETA = Scale(0, math.ceil(LARGEST_ENTROPY_NATS), 0.05)
"""In nats: to the first whole number that no top-20 entropy reaches."""
MAX_SEQUENCES = Scale(1, 32, 1)
TEMPERATURE = Scale(0, 2, 0.05)
