"""What was kept of the model's words in a saved run: enough for bars, dice and reasons, without the model."""

from collections.abc import Mapping
from dataclasses import dataclass

from eager_core.prediction import Prediction

HIGHEST_TEMPERATURE = 2.0
"""Up to here it is recorded at which temperatures a roll gives the same token."""


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """The tokens that could have followed one node, the most likely first."""

    prediction: Prediction
    """Its 20 most likely tokens, and its measures of uncertainty."""
    texts: tuple[str, ...]
    """What each of them adds to the text of the node's path."""
    token_bytes: tuple[bytes | None, ...]
    """Each one's own bytes where its text can't say them, else None."""
    nucleus_size: int
    """Number of tokens that the run's temperature and top-p leave to the dice; it may be more than were kept."""
    nucleus_weight: float
    """What those weigh together at that temperature, in units of the first one's weight: see `sampling.nucleus`."""


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """What was kept of a run's predictions; nodes by their ids in the run's tree."""

    offers: Mapping[int, Offer]
    """By the node after which they stand. Nodes of which nothing was kept are missing."""
    kept: Mapping[int, tuple[float, float]]
    """By the node that was drawn: the lowest and the highest temperature, in [0, 2], at which its roll gives its token.
    Missing where there is none, or where nothing was drawn."""
