"""What is kept of one prompt at all settings of a sweep: enough for every table without the model or the grader.

A sequence that several walks end in stands once, and is judged once:

    {"number": 0, ..., "sequences": [{"text": ..., "answer": "6", "is_correct": true, ...}, ...],
     "walks": [{"strategy": "paper", "theta": 1.8, "max_sequences": 4, "sequences": [0, 1, 1, 2], ...}, ...]}
"""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, with_config

from eager_core.events import FinishReason
from eager_core.grading import Grader, PromptScore, Task, majority
from eager_core.schema import STRICT, Count, checked
from eager_core.settings import STRATEGIES_WITH_THETA, Settings
from eager_core.walked import WalkedPaths, WalkedSequence

_Positive = Annotated[float, Field(ge=0)]
_Record = with_config(STRICT | {"extra": "forbid"})


@_Record
@dataclass(frozen=True)
class SweptSequence:
    """A sequence that one or more walks ended in."""

    text: str
    num_tokens: Count
    """After the prompt, an end-of-sequence token counted."""
    finish_reason: FinishReason
    answer: str | None
    is_correct: bool


@_Record
@dataclass(frozen=True)
class WalkRecord:
    """One prompt at one choice of settings."""

    strategy: str
    theta: _Positive | None
    """Nats; None where the strategy has none."""
    max_sequences: Count
    num_tokens: Count
    """#T: generated tokens; a prefix that sequences share counts once (not so under parallel sampling)."""
    num_forks: Count
    num_pruned: Count
    """Sequences that were paid and not kept."""
    full_tokens: Count
    """What M full samples of the same mean length would have cost."""
    num_nodes: Count
    """Nodes that this walk alone would have asked for."""
    sequences: tuple[Count, ...]
    """Its kept sequences by their ids, each as its place in `SweepRecord.sequences`; samples may be alike."""
    is_majority_correct: bool


@_Record
@dataclass(frozen=True)
class SweepRecord:
    """One prompt at all settings."""

    number: Count
    """Place of the prompt in its set, from 0."""
    task_id: str
    prompt: str
    target: str
    sequences: tuple[SweptSequence, ...]
    """The distinct ones of all walks."""
    walks: tuple[WalkRecord, ...]
    """In the order of `SweepPlan.walks`."""
    num_nodes: Count
    """Distinct nodes of all walks together."""
    forward_passes: Count
    seconds: _Positive

    def score(self, walk: int) -> PromptScore:
        """Return the score of one walk."""
        record = self.walks[walk]
        num_correct = sum(self.sequences[place].is_correct for place in record.sequences)
        return PromptScore(record.num_tokens, len(record.sequences), num_correct, record.is_majority_correct)

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, text: str, name: str = "The record") -> "SweepRecord":
        """Return the record whose `to_json` a text holds.

        Args:
            name: what to call it in errors.
        Raises:
            TraceError: these are not a record's values; the first wrong one is named.
        """
        return checked(_SCHEMA, text, name, "delete it, and it will be made again")


_SCHEMA = TypeAdapter(SweepRecord)


def theta_of(settings: Settings) -> float | None:
    """Return the theta that plays a part under `settings`, None where none does."""
    return float(settings.theta) if settings.strategy in STRATEGIES_WITH_THETA else None


def record_of(
    number: int, task: Task, grader: Grader, paths: WalkedPaths, num_walks: int, forward_passes: int, seconds: float
) -> SweepRecord:
    """Return the record of a joint walk that has ended."""
    place_of: dict[WalkedSequence, int] = {}
    sequences: list[SweptSequence] = []
    walks = []
    for walk in range(num_walks):
        run = paths.run(walk)
        for sequence in run.kept:
            if sequence not in place_of:
                place_of[sequence] = len(sequences)
                sequences.append(_judged(task, grader, paths, sequence))
        places = tuple(place_of[sequence] for sequence in run.kept)
        chosen = majority([sequences[place].answer for place in places], grader)
        is_right = any(sequences[place].is_correct and sequences[place].answer == chosen for place in places)
        walks.append(
            WalkRecord(
                run.settings.strategy, theta_of(run.settings), run.settings.max_sequences, run.num_tokens,
                run.num_forks, run.num_pruned, run.full_tokens, run.num_nodes, places,
                chosen is not None and is_right,
            )
        )  # fmt: skip
    return SweepRecord(
        number, task.id, task.prompt, task.answer, tuple(sequences), tuple(walks), paths.num_nodes, forward_passes,
        seconds,
    )  # fmt: skip


def _judged(task: Task, grader: Grader, paths: WalkedPaths, sequence: WalkedSequence) -> SweptSequence:
    text = paths.text(sequence)
    answer = grader.extract(text)
    num_tokens, reason = paths.num_sequence_tokens(sequence), sequence.finish_reason
    assert reason is not None  # the walk has ended
    return SweptSequence(text, num_tokens, reason, answer, grader.is_correct(task, answer))
