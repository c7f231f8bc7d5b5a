"""Records of a sweep as pilots of a calibration: what was swept need not be walked again to choose a theta from it."""

from collections.abc import Iterable

from eager_core.calibration import Pilot
from eager_core.errors import SettingsError
from eager_core.outcomes import Outcome
from eager_core.settings import Settings
from eager_core.sweeps.plan import SweepPlan
from eager_core.sweeps.records import SweepRecord


def pilots_of(plan: SweepPlan, records: Iterable[SweepRecord], max_sequences: int) -> list[Pilot]:
    """Return a pilot for each record, with its outcomes at all thetas and one M of `plan`.

    Raises:
        SettingsError: the sweep has no such M.
    """
    if max_sequences not in plan.max_sequences:
        swept = ", ".join(map(str, plan.max_sequences))
        raise SettingsError(f"max_sequences (M) is {max_sequences}, but was swept at {swept}; choose one of these.")
    walks = [
        (walk, settings)
        for walk, settings in enumerate(plan.walks[: plan.num_settings])
        if settings.max_sequences == max_sequences
    ]
    return [
        Pilot(record.prompt, tuple(_outcome(record, walk, settings) for walk, settings in walks)) for record in records
    ]


def _outcome(record: SweepRecord, walk: int, settings: Settings) -> Outcome:
    walked, score = record.walks[walk], record.score(walk)
    return Outcome(
        settings, walked.num_tokens, score.num_sequences, walked.num_forks, walked.full_tokens, score.is_solved
    )
