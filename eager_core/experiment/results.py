"""From records to a table's rows and to the data of the plots, as JSON values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from eager_core.budget import Allocation, CardAllocation
from eager_core.experiment.records import PromptRecord
from eager_core.grading import PromptScore, Scores, scores_of
from eager_core.settings import Settings


def score_of(record: PromptRecord) -> PromptScore:
    """Return a record's score."""
    num_correct = sum(sequence.is_correct for sequence in record.sequences)
    return PromptScore(record.num_tokens, len(record.sequences), num_correct, record.is_majority_correct)


def stage_scores(records: Sequence[PromptRecord], baseline: Sequence[PromptRecord] | None) -> Scores:
    """Return the scores of a stage's records; tokens saved count against the same prompts of `baseline`, if any."""
    prompts = [score_of(record) for record in records]
    if baseline is None or len(baseline) < len(records):
        return scores_of(prompts)
    return scores_of(prompts, [score_of(record) for record in baseline[: len(records)]])


def results_of(
    tasks: str,
    model: str,
    settings: Settings,
    records: Mapping[str, Sequence[PromptRecord]],
    allocations: Mapping[str, Allocation | CardAllocation],
) -> dict[str, Any]:
    """Return everything that is shown of an experiment, as far as it has come.

    Keys: tasks, model, settings; `stages`, a row of scores for each (#T, #S, Pass@k, Cons@k, pass rate, saved, passes,
    seconds); `allocations`; `prompts`, for each stage a list of tokens, sequences, correct ones, and tokens saved, and
    `pass_at_k_against_tokens`, a curve for each stage (see `tokens_curve`).
    """
    baseline = records.get("parallel")
    begun = {stage: done for stage, done in records.items() if done}
    return {
        "tasks": tasks,
        "model": model,
        "settings": asdict(settings),
        "stages": {stage: _row(done, baseline, settings.max_sequences) for stage, done in begun.items()},
        "allocations": {stage: asdict(allocation) for stage, allocation in allocations.items()},
        "prompts": {stage: _prompts(done, baseline) for stage, done in begun.items()},
        "pass_at_k_against_tokens": {stage: tokens_curve(done) for stage, done in begun.items()},
    }


def tokens_curve(records: Sequence[PromptRecord]) -> list[list[float]]:
    """Return points [tokens, Pass@k]: with the first 1, 2, 3 ... sequences of each prompt.

    Tokens are what those sequences hold, shared prefixes once, or each sample whole under parallel sampling; sequences
    that were generated and not kept are paid in the scores, not here.
    """
    most = max(len(record.sequences) for record in records)
    num_tokens, num_solved = [0] * most, [0] * most
    for record in records:
        costs = _costs(record)
        for count in range(most):
            num_tokens[count] += sum(costs[: count + 1])
            num_solved[count] += any(sequence.is_correct for sequence in record.sequences[: count + 1])
    return [[tokens, solved / len(records)] for tokens, solved in zip(num_tokens, num_solved, strict=True)]


def _costs(record: PromptRecord) -> list[int]:
    """Return the tokens that each sequence adds to those before it."""
    paths = [sequence.token_ids for sequence in record.sequences]
    if record.stage == "parallel":
        return [len(path) for path in paths]
    trie: dict[int, dict] = {}
    costs = []
    for path in paths:
        node, new = trie, 0
        for token_id in path:
            new += token_id not in node
            node = node.setdefault(token_id, {})
        costs.append(new)
    return costs


def _row(records: Sequence[PromptRecord], baseline: Sequence[PromptRecord] | None, max_sequences: int) -> dict:
    return {
        **asdict(stage_scores(records, baseline)),
        "num_over_budget": max(0, sum(len(record.sequences) for record in records) - max_sequences * len(records)),
        "forward_passes": sum(record.forward_passes for record in records),
        "seconds": sum(record.seconds for record in records),
    }


def _prompts(records: Sequence[PromptRecord], baseline: Sequence[PromptRecord] | None) -> list[dict]:
    return [
        {
            "number": record.number,
            "task_id": record.task_id,
            "num_tokens": record.num_tokens,
            "num_sequences": len(record.sequences),
            "num_correct": sum(sequence.is_correct for sequence in record.sequences),
            "saved_tokens": baseline[record.number].num_tokens - record.num_tokens
            if baseline is not None and record.number < len(baseline)
            else None,
        }
        for record in records
    ]
