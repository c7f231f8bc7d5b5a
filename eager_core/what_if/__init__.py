"""What another theta, M or temperature would give: known without asking the model, from what was explored before."""

from eager_core.what_if.curve import Curve, Place
from eager_core.what_if.intervals import SameTree
from eager_core.what_if.scales import SETTINGS, Setting, limits_of, places_of, with_setting
from eager_core.what_if.steps import Step
from eager_core.what_if.what_if import WhatIf

__all__ = [
    "SETTINGS",
    "Curve",
    "Place",
    "SameTree",
    "Setting",
    "Step",
    "WhatIf",
    "limits_of",
    "places_of",
    "with_setting",
]
