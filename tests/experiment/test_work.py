"""One prompt's sequences through random retries, against a twin that says the method's text in the plainest way."""

from hypothesis import given
from hypothesis import strategies as st

from eager_core import Settings
from eager_core.events import NodeAdded, RunFinished, RunStarted, SequenceFinished, SequenceStarted
from eager_core.experiment.records import PromptRecord, SequenceRecord, num_distinct_tokens
from eager_core.experiment.work import PromptWork
from eager_core.grading import Task, majority
from eager_core.tree import TokenTree

RIGHT = 7


class Sum:
    """The answer is the sum of a sequence's tokens."""

    def extract(self, text):
        return str(sum(map(int, text.split()))) if text else None

    def is_correct(self, task, answer):
        return answer == task.answer


class Told:
    """Stands for the explorations: each run gives the sequences that were written for it."""

    def __init__(self, runs):
        self.runs = list(runs)
        self.asked = []
        self.tree = TokenTree()

    def of(self, key, prompt):
        return self

    def run(self, settings, should_stop):
        self.asked.append(settings)
        self.tree = TokenTree()
        for event in events_of(self.runs[len(self.asked) - 1], settings):
            self.tree.apply(event)
            yield event


def events_of(sequences, settings):
    """A run whose sequences have these tokens; that they share prefixes is of no matter here."""
    yield RunStarted("model", "p", settings, 0)
    for number in range(1, len(sequences)):
        yield SequenceStarted(number)
    num_nodes = 1
    for number, (path, reason) in enumerate(sequences):
        for depth, token in enumerate(path, start=1):
            parent = num_nodes - 1 if depth > 1 else 0
            yield NodeAdded(num_nodes, parent, depth, token, f" {token}", 1.0, -1.0, 1, 0.5, "drawn", number)
            num_nodes += 1
        yield SequenceFinished(number, reason)
    yield RunFinished(1, 0.0)


PATHS = st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple)
RUNS = st.lists(st.tuples(PATHS, st.sampled_from(["length", "length", "pruned"])), min_size=1, max_size=5)


def former_of(paths) -> PromptRecord:
    grader, task = Sum(), Task("t", "p", str(RIGHT))
    texts = ["".join(f" {token}" for token in path) for path in paths]
    sequences = tuple(
        SequenceRecord(path, text, grader.extract(text), grader.is_correct(task, grader.extract(text)), "length")
        for path, text in zip(paths, texts, strict=True)
    )
    num_tokens = num_distinct_tokens(paths)
    return PromptRecord("init", 0, "t", "p", str(RIGHT), sequences, (), num_tokens, False, (), None, 1, 0.0)


def twin(stage, former, runs, most):
    """Up to M + b sequences; with labels a prompt is run again until one is correct. Returns kept, paid, runs begun."""
    kept, paid, begun = list(former), set(former), 0
    for run in runs:
        has_place = len(kept) < most
        is_solved = any(sum(path) == RIGHT for path in kept)
        if not has_place or (stage == "full" and is_solved):
            break
        begun += 1
        for path, reason in run:
            paid.add(path)
            if reason != "pruned" and path not in kept and len(kept) < most:
                kept.append(path)
    return kept, paid, begun


@given(
    st.sampled_from(["adapt", "full"]), st.lists(PATHS, max_size=4, unique=True), st.lists(RUNS, max_size=4),
    st.integers(0, 4),
)  # fmt: skip
def test_what_is_kept_decides_everything(stage, former, runs, num_free):
    most = max(1, len(former) + num_free)
    told, task = Told(runs), Task("t", "p", str(RIGHT))
    settings = tuple(Settings(theta=1.0) for _ in runs)
    work = PromptWork(stage, 0, task, Sum(), told, former_of(former), settings, most)
    list(work.run(lambda: False))
    record = work.record(1.0)
    kept, paid, begun = twin(stage, former, runs, most)
    assert [sequence.token_ids for sequence in record.sequences] == kept
    assert len(told.asked) == begun and len(record.runs) == begun
    assert record.num_tokens == num_distinct_tokens(list(paid))
    assert set(record.others) == paid - set(kept)
    # Solved is what the record shows as solved; the majority is theirs.
    assert record.is_solved == any(sum(path) == RIGHT for path in kept)
    answers = [str(sum(path)) for path in kept]
    assert record.is_majority_correct == (majority(answers) == str(RIGHT))
    if stage == "full" and begun < len(runs):
        assert record.is_solved or len(record.sequences) == most


def test_a_correct_sequence_that_has_no_place_solves_nothing_and_no_run_follows_it():
    """The issue's case: one place, two new sequences, the second of them correct, and a retry still to come."""
    told = Told([[((1,), "length"), ((3, 3, 1), "length")], [((2,), "length")]])
    two = (Settings(theta=1.0), Settings(theta=0.8))
    work = PromptWork("full", 0, Task("t", "p", str(RIGHT)), Sum(), told, former_of([(2, 2)]), two, 2)
    list(work.run(lambda: False))
    record = work.record(0.0)
    assert [sequence.token_ids for sequence in record.sequences] == [(2, 2), (1,)]
    assert not record.is_solved and len(told.asked) == 1 and record.others == ((3, 3, 1),)


def test_a_path_that_was_paid_and_not_kept_is_kept_once_there_is_a_place():
    former = former_of([(1,)])
    former = PromptRecord(**{**former.__dict__, "others": ((3, 3, 1), (2,))})
    told = Told([[((1,), "length"), ((3, 3, 1), "length")]])
    work = PromptWork("adapt", 0, Task("t", "p", str(RIGHT)), Sum(), told, former, (Settings(),), 3)
    list(work.run(lambda: False))
    record = work.record(0.0)
    assert record.is_solved and record.others == ((2,),) and record.num_tokens == 5


def test_samples_that_are_alike_all_count():
    told = Told([[((1,), "length")] * 3])
    settings = (Settings(strategy="parallel", max_sequences=3),)
    work = PromptWork("parallel", 0, Task("t", "p", "1"), Sum(), told, None, settings, 3)
    list(work.run(lambda: False))
    assert len(work.record(0.0).sequences) == 3
