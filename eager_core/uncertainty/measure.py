"""What every measure of uncertainty is: a function of a prediction, with the words and the scale to show it."""

from collections.abc import Callable
from dataclasses import dataclass

from eager_core.prediction import Prediction


@dataclass(frozen=True)
class Measure:
    """One way to put a number on uncertainty: 0 or more, and higher where the model is less sure."""

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
    """Upper end of a colour scale, which begins at 0: the bound where there is one, else a value that ordinary tokens
    stay below."""
    of: Callable[[Prediction], float]
    """Returns the measure of the model's own distribution (temperature 1), NaN where it is unknown."""
