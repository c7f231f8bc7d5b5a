"""From records to a table's rows and to the data of the plots, as JSON values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from eager_core.budget import Allocation, CardAllocation
from eager_core.experiment.records import PromptRecord
from eager_core.experiment.tally import StageTally
from eager_core.grading import Scores
from eager_core.settings import Settings


class Results:
    """What is shown of an experiment, as far as it has come. Takes in each record once."""

    def __init__(self, tasks: str, model: str, settings: Settings) -> None:
        self._tasks = tasks
        self._model = model
        self._settings = settings
        self._stages: dict[str, StageTally] = {}

    def begin(self, stage: str) -> None:
        """A stage begins, without any record."""
        self._stages[stage] = StageTally()

    def add(self, record: PromptRecord) -> None:
        """Take in the next record of a stage that has begun."""
        self._stages[record.stage].add(record)

    def scores(self, stage: str) -> Scores:
        """Return the scores of a stage that has records, with their intervals."""
        return self._stages[stage].scores(self._baseline)

    @property
    def _baseline(self) -> StageTally | None:
        return self._stages.get("parallel")

    def to_json(
        self, allocations: Mapping[str, Allocation | CardAllocation], intervals: bool = True
    ) -> dict[str, Any]:
        """Return everything that is shown.

        Keys: tasks, model, settings; `stages`, a row of scores for each (#T, #S, Pass@k, Cons@k, pass rate, saved,
        passes, seconds); `allocations`; `prompts`, for each stage a list of tokens, sequences, correct ones, and tokens
        saved, and `pass_at_k_against_tokens`, a curve for each stage (see `StageTally.curve`).

        Args:
            intervals: whether to compute the bootstrap intervals that are not known yet, which takes a tenth of a
                second for a thousand prompts; otherwise their ends are None.
        """
        begun = {stage: tally for stage, tally in self._stages.items() if tally.prompts}
        baseline, most = self._baseline, self._settings.max_sequences
        return {
            "tasks": self._tasks,
            "model": self._model,
            "settings": asdict(self._settings),
            "stages": {stage: tally.row(baseline, most, intervals) for stage, tally in begun.items()},
            "allocations": {stage: asdict(allocation) for stage, allocation in allocations.items()},
            "prompts": {stage: tally.prompt_rows(baseline) for stage, tally in begun.items()},
            "pass_at_k_against_tokens": {stage: tally.curve() for stage, tally in begun.items()},
        }


def results_of(
    tasks: str,
    model: str,
    settings: Settings,
    records: Mapping[str, Sequence[PromptRecord]],
    allocations: Mapping[str, Allocation | CardAllocation],
) -> dict[str, Any]:
    """Return everything that is shown of an experiment with these records; see `Results.to_json`."""
    results = Results(tasks, model, settings)
    for stage, done in records.items():
        results.begin(stage)
        for record in done:
            results.add(record)
    return results.to_json(allocations)
