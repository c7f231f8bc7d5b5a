"""From what a person names to a task set."""

from pathlib import Path

from eager_core.errors import SettingsError
from eager_core.grading.families import FAMILIES, family_tasks
from eager_core.grading.files import read_tasks
from eager_core.grading.hub import HUB_SETS, hub_tasks
from eager_core.grading.tasks import TaskSet


def load_tasks(name: str, num_prompts: int, seed: int = 0) -> TaskSet:
    """Return the task set of that name: an embedded family, one of the paper's sets, or a JSONL file.

    Args:
        num_prompts: of an embedded family exactly so many, of others the first ones.
        seed: another one gives other tasks of an embedded family.
    Raises:
        SettingsError: there is no such set or file, it is broken, or the number of prompts is below 1.
        ModelError: what the set needs is not installed, or the Hub can't be reached.
    """
    if name in FAMILIES:
        return family_tasks(name, num_prompts, seed)
    if name in HUB_SETS:
        return hub_tasks(name, num_prompts)
    if name.endswith((".jsonl", ".json")) or Path(name).is_file():
        return read_tasks(name, num_prompts)
    known = ", ".join([*FAMILIES, *HUB_SETS])
    raise SettingsError(f"There are no tasks named {name!r}; name one of {known}, or a .jsonl file.")
