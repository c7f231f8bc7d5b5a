"""What forks were worth, where answers are known, and which measure of uncertainty tells it best.

    marks      leaves right or wrong, and what each fork of a tree changed
    plan       what a study does, and the most that it costs
    places     nodes spread over the quantiles of all measures
    rollouts   many draws from both most likely tokens, in lockstep
    probe      samples, measures and rollouts of one prompt
    triggers   each measure making the forks, at thetas of its own
    auc        how well a number tells two kinds of places apart
    records, identity, storage   what is kept, so that the analysis needs no model
    analysis   from records to the measures side by side
    study      all of it over a task set, resumable
"""

from eager_core.worth.analysis import worth_of
from eager_core.worth.marks import ForkOutcome, Mark, Side, TreeOutcomes, fork_outcomes, judged_leaves
from eager_core.worth.plan import WorthPlan, cost_words
from eager_core.worth.records import ProbeRecord, TriggerRecord
from eager_core.worth.storage import WorthFolder
from eager_core.worth.study import PromptDone, WorthStudy

__all__ = [
    "ForkOutcome",
    "Mark",
    "ProbeRecord",
    "PromptDone",
    "Side",
    "TreeOutcomes",
    "TriggerRecord",
    "WorthFolder",
    "WorthPlan",
    "WorthStudy",
    "cost_words",
    "fork_outcomes",
    "judged_leaves",
    "worth_of",
]
