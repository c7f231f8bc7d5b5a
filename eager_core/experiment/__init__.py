"""Many prompts: parallel sampling, EAGer-init and both kinds of stage 2, side by side, resumable."""

from eager_core.experiment.progress import (
    AllocationMade,
    Grew,
    Progress,
    PromptFinished,
    PromptStarted,
    StageFinished,
    StageStarted,
)
from eager_core.experiment.records import PromptRecord, SequenceRecord
from eager_core.experiment.results import results_of
from eager_core.experiment.runner import ALL_STAGES, Experiment, Plan
from eager_core.experiment.storage import ResultsFolder

__all__ = [
    "ALL_STAGES",
    "AllocationMade",
    "Experiment",
    "Grew",
    "Plan",
    "Progress",
    "PromptFinished",
    "PromptRecord",
    "PromptStarted",
    "ResultsFolder",
    "SequenceRecord",
    "StageFinished",
    "StageStarted",
    "results_of",
]
