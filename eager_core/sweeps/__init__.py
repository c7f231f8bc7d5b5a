"""Many settings over many prompts: one joint walk a prompt over a whole grid, resumable after a kill.

    plan        the grid of theta and M, and full sampling at each M
    runner      the prompts, one after another; yields what happens, prints nothing
    progress    what it yields, and the time left
    records     what is kept of a prompt: enough for every table without the model
    storage     the folder, a line a prompt
    results     rows with intervals, the front of Pass@k against tokens, what sharing saved
    pilots      a sweep's records, for a calibration
    csv_tables  the same for a spreadsheet
"""

from eager_core.sweeps.pilots import pilots_of
from eager_core.sweeps.plan import PAPER_MAX_SEQUENCES, PAPER_THETAS, SweepPlan
from eager_core.sweeps.progress import Grew, PromptFinished, PromptStarted, SweepProgress, SweepStarted, TimeLeft
from eager_core.sweeps.records import SweepRecord, SweptSequence, WalkRecord
from eager_core.sweeps.results import SweepTally, front_of, results_of
from eager_core.sweeps.runner import Sweep
from eager_core.sweeps.storage import SweepFolder

__all__ = [
    "PAPER_MAX_SEQUENCES",
    "PAPER_THETAS",
    "Grew",
    "PromptFinished",
    "PromptStarted",
    "Sweep",
    "SweepFolder",
    "SweepPlan",
    "SweepProgress",
    "SweepRecord",
    "SweepStarted",
    "SweepTally",
    "SweptSequence",
    "TimeLeft",
    "WalkRecord",
    "front_of",
    "pilots_of",
    "results_of",
]
