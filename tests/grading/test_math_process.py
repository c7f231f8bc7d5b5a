"""The child process that compares answers: never left behind, and no verdict depends on its death."""

import gc
import os
import select
import signal
import subprocess
import sys

import pytest

from eager_core.grading import MathGrader, Task, TaskSet, read_tasks
from eager_core.grading.math_process import MathProcess, TookTooLong

HALF = Task("t", "p", "\\frac{1}{2}")


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pid_of(grader: MathGrader) -> int:
    return grader._process._process.pid


def judged(grader: MathGrader) -> int:
    """Make a grader need its process; return the process."""
    assert grader.is_correct(HALF, "\\frac{3}{6}")
    return pid_of(grader)


def test_closing_ends_it_and_the_next_comparison_starts_another(tmp_path):
    (tmp_path / "own.jsonl").write_text('{"prompt": "p", "answer": "\\\\frac{1}{2}"}')
    with read_tasks(tmp_path / "own.jsonl") as tasks:
        first = judged(tasks.grader)
        assert is_running(first)
    assert not is_running(first)
    assert tasks.grader.is_correct(HALF, "\\frac{4}{8}")
    tasks.close(), tasks.close()
    assert tasks.grader._process is None


def test_a_grader_that_is_dropped_takes_it_along():
    grader = MathGrader()
    pid = judged(grader)
    del grader
    gc.collect()
    assert not is_running(pid)


def test_a_set_whose_grader_holds_nothing_can_be_closed_too():
    class Plain:
        extract = is_correct = None

    with TaskSet("plain", (), Plain()):
        pass


def test_a_process_that_was_killed_makes_no_answer_wrong():
    grader = MathGrader(timeout_s=120)
    os.kill(judged(grader), signal.SIGKILL)
    assert grader.is_correct(HALF, "\\frac{5}{10}")
    grader.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no sessions")
def test_ctrl_c_on_the_terminal_does_not_reach_it():
    grader = MathGrader()
    assert os.getsid(judged(grader)) != os.getsid(0)
    grader.close()


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="Linux can wait for a stranger's process")
def test_the_end_of_its_parent_is_its_end():
    code = (
        "import sys; from tests.grading.test_math_process import *; grader = MathGrader();"
        "print(judged(grader), flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    # Its input has ended with its parent, so that it ends by itself; a descriptor of a process is readable then.
    try:
        child = os.pidfd_open(int(out))
    except ProcessLookupError:
        return
    assert select.select([child], [], [], 60)[0]
    os.close(child)


def test_an_answer_that_took_too_long_is_not_asked_again():
    class Endless(MathProcess):
        num_asked = 0

        def __init__(self):
            pass

        is_alive = True

        def is_equal(self, target, answer, timeout_s):
            Endless.num_asked += 1
            raise TookTooLong

        def end(self):
            pass

    grader = MathGrader()
    grader._process = Endless()
    for target in ("\\sqrt{7}", "\\sqrt{8}"):
        assert not grader.is_correct(Task("t", "p", target), "9^{9^{9}}")
    assert not grader.is_same("9^{9^{9}}", "\\pi")
    assert Endless.num_asked == 1


def test_the_same_comparison_is_made_once():
    grader = MathGrader()
    judged(grader)
    grader._process.is_equal = None  # whoever asks it again fails
    for _ in range(2):
        assert grader.is_correct(HALF, "\\frac{3}{6}")
    grader.close()
