"""A sweep of a task family for a benchmark: in a folder that is gone on with, and with an end that is known before."""

import time
from pathlib import Path

from eager_core.grading import family_tasks
from eager_core.local import LocalEngine
from eager_core.sweeps import Grew, PromptFinished, Sweep, SweepFolder, SweepPlan, SweepRecord, SweepStarted


class Deadline:
    """When to stop, for all sweeps of a benchmark together."""

    def __init__(self, minutes: float) -> None:
        self._end = time.monotonic() + 60 * minutes

    def is_past(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self._end


def swept(
    engine: LocalEngine, family: str, num_prompts: int, plan: SweepPlan, folder: Path, deadline: Deadline
) -> tuple[Sweep, list[SweepRecord]]:
    """Return a sweep as far as it came, and its records; says after each prompt how long the rest will take."""
    with family_tasks(family, num_prompts, plan.seed) as tasks:
        sweep = Sweep(engine, tasks, plan, SweepFolder(folder))
        left = float("nan")
        for told in sweep.run(deadline.is_past):
            match told:
                case SweepStarted(num_known=num_known):
                    print(f"{family}: {num_known} of {num_prompts} prompts are done in {folder}", flush=True)
                case Grew(seconds_left=left):
                    pass
                case PromptFinished(record=record, num_done=num_done):
                    left = record.seconds * (num_prompts - num_done) if num_done == 1 else left
                    rest = f"about {left / 60:.0f} min left of this family" if num_done < num_prompts else "done"
                    print(f"{family}: {num_done} of {num_prompts}, {record.seconds:.0f} s, {rest}", flush=True)
        with SweepFolder(folder) as stored:
            records = list(stored.load(sweep.tasks.tasks, plan.walks))
    return sweep, sorted(records, key=lambda record: record.number)
