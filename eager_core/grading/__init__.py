"""Tasks with answers, and who says whether an answer is right. Nothing that a model wrote is ever evaluated."""

from eager_core.grading.answers import gold_answer, last_boxed, last_number
from eager_core.grading.families import FAMILIES, family_tasks
from eager_core.grading.files import read_tasks
from eager_core.grading.hub import HUB_SETS, hub_tasks
from eager_core.grading.loading import load_tasks
from eager_core.grading.mathematics import MathGrader
from eager_core.grading.scores import Interval, PromptScore, Scores, mean_interval, scores_of
from eager_core.grading.tasks import ComparesAnswers, Grader, Task, TaskSet, has_half_character
from eager_core.grading.voting import majority

__all__ = [
    "FAMILIES",
    "HUB_SETS",
    "ComparesAnswers",
    "Grader",
    "Interval",
    "MathGrader",
    "PromptScore",
    "Scores",
    "Task",
    "TaskSet",
    "family_tasks",
    "gold_answer",
    "has_half_character",
    "hub_tasks",
    "last_boxed",
    "last_number",
    "load_tasks",
    "majority",
    "mean_interval",
    "read_tasks",
    "scores_of",
]
