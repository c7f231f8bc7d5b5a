"""One stage's records added up, one at a time, so that what is shown of it costs what is new."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from eager_core.experiment.records import PromptRecord
from eager_core.grading import PromptScore, Scores, scores_of


class StageTally:
    """Sums over the records of one stage. `add` costs O(what the record holds), whatever came before.

    `scores` with intervals resamples all prompts, and is kept until another record comes.
    """

    def __init__(self) -> None:
        self.prompts: list[PromptScore] = []
        self._rows: list[dict[str, Any]] = []
        self._forward_passes = 0
        self._seconds = 0.0
        self._curve_tokens: list[int] = []
        self._curve_solved: list[int] = []
        self._kept_tokens = 0
        self._num_solved = 0
        self._scores: tuple[tuple[int, bool], Scores] | None = None

    def add(self, record: PromptRecord) -> None:
        """Take in one more record."""
        score = score_of(record)
        self.prompts.append(score)
        self._rows.append(
            {
                "number": record.number,
                "task_id": record.task_id,
                "num_tokens": record.num_tokens,
                "num_sequences": len(record.sequences),
                "num_correct": score.num_correct,
            }
        )
        self._forward_passes += record.forward_passes
        self._seconds += record.seconds
        self._add_to_curve(record)

    def _add_to_curve(self, record: PromptRecord) -> None:
        costs = _costs(record)
        # Of prompts with fewer sequences than the others, all count at every further point.
        num_new = max(0, len(costs) - len(self._curve_tokens))
        self._curve_tokens += [self._kept_tokens] * num_new
        self._curve_solved += [self._num_solved] * num_new
        tokens, is_solved = 0, False
        for count in range(len(self._curve_tokens)):
            if count < len(costs):
                tokens += costs[count]
                is_solved = is_solved or record.sequences[count].is_correct
            self._curve_tokens[count] += tokens
            self._curve_solved[count] += is_solved
        self._kept_tokens += tokens
        self._num_solved += is_solved

    def scores(self, baseline: "StageTally | None", intervals: bool = True) -> Scores:
        """Return the scores so far; tokens saved count against the same prompts of `baseline`, if it has them.

        Args:
            intervals: whether to compute those that are not known; otherwise their ends are None.
        """
        compared = baseline.prompts[: len(self.prompts)] if baseline is not None else []
        has_baseline = len(compared) == len(self.prompts)
        key = (len(self.prompts), has_baseline)
        if self._scores is not None and self._scores[0] == key:
            return self._scores[1]
        scores = scores_of(self.prompts, compared if has_baseline else None, intervals)
        if intervals:
            self._scores = key, scores
        return scores

    def row(self, baseline: "StageTally | None", max_sequences: int, intervals: bool) -> dict[str, Any]:
        """Return the stage's row of the table, as JSON values."""
        num_sequences = sum(prompt.num_sequences for prompt in self.prompts)
        return {
            **asdict(self.scores(baseline, intervals)),
            "num_over_budget": max(0, num_sequences - max_sequences * len(self.prompts)),
            "forward_passes": self._forward_passes,
            "seconds": self._seconds,
        }

    def prompt_rows(self, baseline: "StageTally | None") -> list[dict[str, Any]]:
        """Return each prompt's numbers, with the tokens saved where the baseline knows the prompt."""
        full = [prompt.num_tokens for prompt in baseline.prompts] if baseline is not None else []
        return [{**row, "saved_tokens": _saved(row, full)} for row in self._rows]

    def curve(self) -> list[list[float]]:
        """Return points [tokens, Pass@k]: with the first 1, 2, 3 ... sequences of each prompt.

        Tokens are what those sequences hold, shared prefixes once, or each sample whole under parallel sampling;
        sequences that were generated and not kept are paid in the scores, not here.
        """
        num_prompts = len(self.prompts)
        points = zip(self._curve_tokens, self._curve_solved, strict=True)
        return [[tokens, solved / num_prompts] for tokens, solved in points]


def score_of(record: PromptRecord) -> PromptScore:
    """Return a record's score."""
    num_correct = sum(sequence.is_correct for sequence in record.sequences)
    return PromptScore(record.num_tokens, len(record.sequences), num_correct, record.is_majority_correct)


def _saved(row: Mapping[str, Any], full: Sequence[int]) -> int | None:
    return full[row["number"]] - row["num_tokens"] if row["number"] < len(full) else None


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
