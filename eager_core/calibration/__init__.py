"""Choosing theta for a model and a kind of prompts, from pilot prompts at every theta at once.

    goals     what is wanted: a mean number of sequences, a share of full sampling's tokens, ...
    pilots    the prompts, walked at all thetas in one joint walk each
    choice    the theta that comes nearest, with an interval over prompts, tested on prompts held back
    storage   what was chosen, by model, measure and task
"""

from eager_core.calibration.choice import HELD_BACK, Calibration, HeldBack, check_held_back, choose, curve_of
from eager_core.calibration.goals import GOALS, Goal, check_goal, goal_of
from eager_core.calibration.pilots import Pilot, check_pilots, walk_pilots
from eager_core.calibration.storage import StoredCalibration, calibrations_of, load_calibration, save_calibration

__all__ = [
    "GOALS",
    "HELD_BACK",
    "Calibration",
    "Goal",
    "HeldBack",
    "Pilot",
    "StoredCalibration",
    "calibrations_of",
    "check_goal",
    "check_held_back",
    "check_pilots",
    "choose",
    "curve_of",
    "goal_of",
    "load_calibration",
    "save_calibration",
    "walk_pilots",
]
