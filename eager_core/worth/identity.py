"""What makes two studies one, as JSON values; see `experiment.identity`."""

from dataclasses import asdict
from typing import Any

from eager_core.engine import Engine
from eager_core.experiment.fitting import FittingTasks
from eager_core.experiment.identity import common_identity
from eager_core.worth.plan import LEVELS, WorthPlan


def identity_of_study(engine: Engine, fitting: FittingTasks, plan: WorthPlan) -> dict[str, Any]:
    """Return what decides the records of a study; the difference is left out, because only the analysis reads it."""
    settings = asdict(plan.settings) | {
        "measures": list(plan.measures),
        "num_places": plan.num_places,
        "num_rollouts": plan.num_rollouts,
        "levels": list(LEVELS),
    }
    return {**common_identity(engine, fitting, plan.seed, plan.date), "settings": settings}
