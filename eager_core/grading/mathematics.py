"""Mathematical answers, compared by math-verify in a child process that has a time limit."""

import atexit
import json
import queue
import subprocess
import sys
import threading
from decimal import Decimal, InvalidOperation
from pathlib import Path

from eager_core.errors import ModelError
from eager_core.grading.answers import LONGEST_ANSWER_CHARACTERS, last_boxed
from eager_core.grading.tasks import Task

COMPARISON_TIMEOUT_S = 10.0
_START_TIMEOUT_S = 60.0


class MathGrader:
    r"""Judges the last \boxed{...} of a text: equal as text, as decimal numbers, or as math-verify sees it.

    math-verify's own time limits are signals, which only a main thread can have, and an answer such as 9^{9^{9^9}}
    can keep it busy for ever; so it runs in one child process, which is killed when it takes too long. The answer is
    then wrong. The child is started at the first comparison that needs it and ends with this process or `close`.
    Safe to use from several threads; comparisons take turns.
    """

    def __init__(self, timeout_s: float = COMPARISON_TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._turn = threading.Lock()
        self._child: _Child | None = None

    def extract(self, text: str) -> str | None:
        return last_boxed(text)

    def is_correct(self, task: Task, answer: str | None) -> bool:
        """Raises: ModelError, if math-verify is not installed or can't be started."""
        if answer is None or not answer or len(answer) > LONGEST_ANSWER_CHARACTERS:
            return False
        if answer.strip() == task.answer.strip():
            return True
        numbers = _decimal(answer), _decimal(task.answer)
        if None not in numbers:
            return numbers[0] == numbers[1]
        with self._turn:
            if self._child is None:
                self._child = _Child()
            verdict = self._child.ask(task.answer, answer, self._timeout_s)
            if verdict is None:
                self._child = None
            return bool(verdict)

    def close(self) -> None:
        """End the child process, if there is one."""
        with self._turn:
            if self._child is not None:
                self._child.end()
                self._child = None


class _Child:
    """One process that compares answers, a line of JSON each way."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).with_name("math_child.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self._replies: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        atexit.register(self.end)
        if self._reply(_START_TIMEOUT_S) != "ready":
            self.end()
            raise ModelError("Mathematical answers need the package math-verify; install requirements.txt.")

    def _listen(self) -> None:
        for line in self._process.stdout:
            self._replies.put(line)
        self._replies.put("")

    def _reply(self, timeout_s: float):
        try:
            line = self._replies.get(timeout=timeout_s)
            return json.loads(line) if line else None
        except (queue.Empty, ValueError):
            return None

    def ask(self, target: str, answer: str, timeout_s: float) -> bool | None:
        """Return the verdict, or None if none came in time; the child is then gone."""
        try:
            self._process.stdin.write(json.dumps([target, answer]) + "\n")
            self._process.stdin.flush()
        except OSError:
            self.end()
            return None
        verdict = self._reply(timeout_s)
        if verdict is None:
            self.end()
        return verdict

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        atexit.unregister(self.end)


def _decimal(text: str) -> Decimal | None:
    """Return a plain decimal number, thousands' commas allowed; None for all else."""
    try:
        number = Decimal(text.strip().strip("$").replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
