"""The parent's side of `math_child`: one process that compares answers, a line of JSON each way."""

import contextlib
import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from eager_core.errors import ModelError

_START_TIMEOUT_S = 120.0
_MOST_STARTS = 2
"""Times that one comparison may find the process gone: what kills it twice is no answer."""


class TookTooLong(Exception):
    """A comparison had no verdict in time, or ended the process again and again; the process is gone."""


class MathProcess:
    """Owns the child process from when it is made to `end`. Used by one thread at a time, but for `end`."""

    def __init__(self) -> None:
        """Raises: ModelError, if math-verify is not installed or the process doesn't start."""
        self._start()

    @property
    def is_alive(self) -> bool:
        """Whether the process is there to be asked."""
        return self._process.poll() is None

    def is_equal(self, target: str, answer: str, timeout_s: float) -> bool:
        """Return the verdict.

        Raises:
            TookTooLong: there is none.
        """
        for _ in range(_MOST_STARTS):
            if not self.is_alive:
                self._start()
            try:
                self._questions.write(json.dumps([target, answer]) + "\n")
                self._questions.flush()
                verdict = self._reply(timeout_s)
            except queue.Empty:
                break
            except OSError:
                verdict = None
            if isinstance(verdict, bool):
                return verdict
            # It ended without an answer, of itself or because someone killed it.
            self.end()
        self.end()
        raise TookTooLong

    def end(self) -> None:
        """Kill the process and wait until it is gone. Can be called again."""
        self._process.kill()
        self._process.wait()
        for stream in (self._questions, self._answers):
            with contextlib.suppress(OSError, ValueError):
                stream.close()

    def _start(self) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(Path(__file__).with_name("math_child.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                # Ctrl-C on a terminal goes to all its processes: it would end this one in the middle of a comparison.
                start_new_session=True,
            )
        except OSError as error:
            raise ModelError(f"The process for mathematical answers can't be started: {error.strerror}.") from None
        assert self._process.stdin is not None and self._process.stdout is not None  # both are pipes
        self._questions: IO[str] = self._process.stdin
        self._answers: IO[str] = self._process.stdout
        try:
            self._greet()
        except BaseException:
            self.end()
            raise

    def _greet(self) -> None:
        """Wait until the child is ready."""
        self._replies: queue.SimpleQueue[str] = queue.SimpleQueue()
        listens = (self._answers, self._replies)
        threading.Thread(target=_listen, args=listens, name="math replies", daemon=True).start()
        try:
            is_ready = self._reply(_START_TIMEOUT_S) == "ready"
        except queue.Empty:
            raise ModelError(f"math-verify did not start within {_START_TIMEOUT_S:.0f} s; try again.") from None
        if not is_ready:
            raise ModelError("Mathematical answers need the package math-verify; install requirements.txt.")

    def _reply(self, timeout_s: float) -> object:
        """Return what the child says, None if it has ended.

        Raises:
            queue.Empty: it says nothing in time.
        """
        line = self._replies.get(timeout=timeout_s)
        try:
            return json.loads(line) if line else None
        except ValueError:
            return None


def _listen(lines: IO[str], replies: "queue.SimpleQueue[str]") -> None:
    """Hand on what the child says; an empty line at its end."""
    try:
        for line in lines:
            replies.put(line)
    except ValueError:  # closed while it was read
        pass
    replies.put("")
