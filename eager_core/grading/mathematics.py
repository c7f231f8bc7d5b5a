"""Mathematical answers, compared by math-verify in a child process that has a time limit."""

import threading
import weakref
from collections import OrderedDict

from eager_core.grading.answers import LONGEST_ANSWER_CHARACTERS, gold_answer, last_boxed
from eager_core.grading.math_process import MathProcess, TookTooLong
from eager_core.grading.plain_numbers import decimals_of, is_misread, latex_of, normal_form
from eager_core.grading.tasks import Task

COMPARISON_TIMEOUT_S = 10.0
MOST_VERDICTS = 4096
"""Comparisons that are remembered: the stages of an experiment judge the same answers again and again."""


class MathGrader:
    r"""Judges the last \boxed{...} of a text: equal as text, as plain numbers, or as math-verify sees it.

    An answer of several parts ("3, 5", also from several boxes; see `last_boxed`) is right if all of them are, in any
    order. Digits that say no number ("1_2", "1 2"; see `plain_numbers`) equal only the same text.

    math-verify's own time limits are signals, which only a main thread can have, and an answer such as 9^{9^{9^9}}
    can keep it busy for ever; so it runs in one child process, which is killed when it takes too long. The answer is
    then wrong, here and for good. The child is started at the first comparison that needs it and ends with `close`,
    with this grader, or with this process. Safe to use from several threads; comparisons take turns.
    """

    def __init__(self, timeout_s: float = COMPARISON_TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._turn = threading.Lock()
        self._process: MathProcess | None = None
        self._at_end: weakref.finalize | None = None
        self._verdicts: OrderedDict[tuple[str, str], bool] = OrderedDict()
        self._endless: set[str] = set()

    def extract(self, text: str) -> str | None:
        return last_boxed(text) or None

    def is_correct(self, task: Task, answer: str | None) -> bool:
        """Raises: ModelError, if math-verify is not installed or can't be started."""
        if answer is None or not answer.strip() or len(answer) > LONGEST_ANSWER_CHARACTERS:
            return False
        return self._is_equal(normal_form(gold_answer(task.answer)), normal_form(answer))

    def is_same(self, one: str, other: str) -> bool:
        """Whether two answers mean the same; errors as `is_correct`."""
        if max(len(one), len(other)) > LONGEST_ANSWER_CHARACTERS:
            return one == other
        # math-verify is not quite symmetric: the order in which answers were given shall not matter.
        return self._is_equal(*sorted((normal_form(one), normal_form(other))))

    def _is_equal(self, target: str, answer: str) -> bool:
        """Whether two answers in normal form are equal."""
        if target == answer:
            return True
        numbers, given = decimals_of(target), decimals_of(answer)
        if numbers is not None and given is not None:
            return set(numbers) == set(given)
        if any(known is None and is_misread(text) for known, text in ((numbers, target), (given, answer))):
            return False
        with self._turn:
            key = (target, answer)
            if key not in self._verdicts:
                self._verdicts[key] = self._ask(target, answer)
                if len(self._verdicts) > MOST_VERDICTS:
                    self._verdicts.popitem(last=False)
            return self._verdicts[key]

    def _ask(self, target: str, answer: str) -> bool:
        if self._endless & {target, answer}:
            return False
        process = self._process
        if process is None or not process.is_alive:
            process = self._start()
        try:
            return process.is_equal(latex_of(target), latex_of(answer), self._timeout_s)
        except TookTooLong:
            self._endless.add(answer)
            return False

    def _start(self) -> MathProcess:
        self._end()
        process = self._process = MathProcess()
        # Nothing of the process holds on to the grader, so that a grader that is dropped ends it.
        self._at_end = weakref.finalize(self, process.end)
        return process

    def _end(self) -> None:
        if self._at_end is not None:
            self._at_end()
        self._process = self._at_end = None

    def close(self) -> None:
        """End the child process, if there is one; the next comparison that needs one starts another."""
        with self._turn:
            self._end()
