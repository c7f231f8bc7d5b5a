"""The runs of one prompt in one stage, and the record they make."""

from collections.abc import Callable, Iterator

from eager_core.events import Event
from eager_core.experiment.explorations import Explorations
from eager_core.experiment.records import PromptRecord, SequenceRecord, num_distinct_tokens, token_paths
from eager_core.exploration import Exploration
from eager_core.grading import Grader, Task, majority
from eager_core.settings import Settings
from eager_core.strategies.percentile import MOST_PATHS
from eager_core.tree import TokenTree


class PromptWork:
    """Runs `runs` one after another (stage "full": until the task is solved), then gives the record.

    A prompt's sequences are those that are kept: the first `most_sequences`, in the order in which they were made.
    Whether it is solved, whether another run begins, its majority and its record all go by them. No run begins once
    they are complete.
    """

    def __init__(
        self,
        stage: str,
        number: int,
        task: Task,
        grader: Grader,
        explorations: Explorations,
        former: PromptRecord | None,
        runs: tuple[Settings, ...],
        most_sequences: int,
    ) -> None:
        """
        Args:
            former: the record of the stage that this one continues; its sequences and tokens count here too.
            runs: none leaves what `former` has.
            most_sequences: that the prompt may have.
        """
        self.was_stopped = False
        self.tree: TokenTree | None = None
        """Of the last run, also while it runs."""
        self._stage = stage
        self._number = number
        self._task = task
        self._grader = grader
        self._explorations = explorations
        self._former = former
        self._runs = runs
        self._most_sequences = most_sequences
        self._kept = list(former.sequences) if former is not None else []
        # A dict for its order; the paths that are paid and not kept.
        self._others = dict.fromkeys(former.others) if former is not None else {}
        self._done: list[dict] = []
        self._num_parallel_tokens = 0
        self._mean_entropy: float | None = None
        self._forward_passes = 0

    def run(self, should_stop: Callable[[], bool]) -> Iterator[Event]:
        """Yield the events of all runs. Once stopped, `was_stopped` is set and there is no record."""
        for settings in self._runs:
            if self._is_complete:
                return
            is_baseline = settings.strategy == "parallel"
            # The baseline's time is only fair if it knows nothing of the tree; all other stages share one.
            exploration = self._explorations.of((is_baseline, self._number), self._task.prompt)
            for event in exploration.run(settings, should_stop):
                self.tree = exploration.tree
                yield event
            if any(sequence.finish_reason == "stopped" for sequence in exploration.tree.sequences):
                self.was_stopped = True
                return
            self._take(exploration, settings)

    @property
    def _is_complete(self) -> bool:
        """Whether another run could add nothing: no place is left, or the task is solved, after which none is asked."""
        is_solved = any(sequence.is_correct for sequence in self._kept)
        return len(self._kept) >= self._most_sequences or (self._stage == "full" and is_solved)

    def _take(self, exploration: Exploration, settings: Settings) -> None:
        """Add the new sequences of a run that has ended. Independent samples may be alike, and all count."""
        tree, is_baseline = exploration.tree, settings.strategy == "parallel"
        known = {sequence.token_ids for sequence in self._kept}
        for sequence, path in zip(tree.sequences, token_paths(tree), strict=True):
            if path in known and not is_baseline:
                continue
            if sequence.finish_reason == "pruned" or len(self._kept) >= self._most_sequences:
                self._others[path] = None
                continue
            known.add(path)
            self._others.pop(path, None)
            text = tree.text(sequence)
            answer = self._grader.extract(text)
            is_correct = self._grader.is_correct(self._task, answer)
            assert sequence.finish_reason is not None  # the run has ended
            self._kept.append(SequenceRecord(path, text, answer, is_correct, sequence.finish_reason))
        if is_baseline:
            self._num_parallel_tokens = tree.ledger().generated_tokens
        if settings.strategy == "greedy":
            self._mean_entropy = _mean_entropy(exploration)
        self._forward_passes += tree.ledger().forward_passes
        self._done.append({"theta": settings.theta, "max_sequences": settings.max_sequences})

    def record(self, seconds: float) -> PromptRecord:
        """Return the record; only once `run` has ended without a stop."""
        former, kept = self._former, self._kept
        chosen = majority([sequence.answer for sequence in kept], self._grader)
        return PromptRecord(
            stage=self._stage,
            number=self._number,
            task_id=self._task.id,
            prompt=self._task.prompt,
            target=self._task.answer,
            sequences=tuple(kept),
            others=tuple(self._others),
            num_tokens=self._num_tokens(),
            is_majority_correct=chosen is not None and any(s.answer == chosen and s.is_correct for s in kept),
            runs=(*(former.runs if former is not None else ()), *self._done),
            mean_entropy=self._mean_entropy,
            forward_passes=self._forward_passes + (former.forward_passes if former is not None else 0),
            seconds=seconds + (former.seconds if former is not None else 0.0),
        )

    def _num_tokens(self) -> int:
        if self._num_parallel_tokens:
            return self._num_parallel_tokens
        return num_distinct_tokens([*self._others, *(sequence.token_ids for sequence in self._kept)])


def _mean_entropy(exploration: Exploration) -> float:
    """Return the mean whole-vocabulary entropy in nats before each token of the first sequence."""
    tree, known, entropies = exploration.tree, exploration.knowledge.root, []
    for node in tree.path(tree.sequences[0].leaf):
        assert known.prediction is not None  # the run has drawn from it, and its tree is held
        entropies.append(known.prediction.full_entropy)
        known = known.children[node.known_token_id]
    return sum(entropies) / len(entropies)


def repeats_former_run(before: Settings, now: Settings, former: PromptRecord) -> bool:
    """Whether a run would give, token for token, the sequences of the one before it, whose record is `former`.

    Where fewer than M sequences came, M decided nothing, and only a lower theta can bring more; "reference" counts a
    sequence twice while a step is under way, so there M decided nothing where twice as many were fewer. Under
    "percentile" theta is not looked at, and a larger M, up to the 32 paths that the strategy keeps, only undoes
    prunings.
    """
    if now.strategy == "percentile":
        keeps_more = min(now.max_sequences, MOST_PATHS) > min(before.max_sequences, MOST_PATHS)
        return not (keeps_more and former.others)
    most_counted = len(former.sequences) * (2 if now.strategy == "reference" else 1)
    return now.theta == before.theta and most_counted < before.max_sequences
