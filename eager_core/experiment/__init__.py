"""Many prompts: parallel sampling, EAGer-init and both kinds of stage 2, side by side, resumable."""

from eager_core.experiment.fitting import LeftOut, left_out_words
from eager_core.experiment.plan import ALL_STAGES, Plan
from eager_core.experiment.progress import (
    AllocationMade,
    Grew,
    Progress,
    PromptFinished,
    PromptStarted,
    StageFinished,
    StageStarted,
    TasksLeftOut,
)
from eager_core.experiment.records import PromptRecord, SequenceRecord
from eager_core.experiment.results import results_of
from eager_core.experiment.runner import Experiment
from eager_core.experiment.storage import ResultsFolder

__all__ = [
    "ALL_STAGES",
    "AllocationMade",
    "Experiment",
    "Grew",
    "LeftOut",
    "Plan",
    "Progress",
    "PromptFinished",
    "PromptRecord",
    "PromptStarted",
    "ResultsFolder",
    "SequenceRecord",
    "StageFinished",
    "StageStarted",
    "TasksLeftOut",
    "left_out_words",
    "results_of",
]
