"""The child process of `mathematics`: reads [target, answer] a line, writes true or false.

Only LaTeX is parsed (a grammar gives a sympy tree): math-verify's parser of plain expressions hands its text to
Python's `eval`, so it is not used.
"""

import contextlib
import functools
import json
import os
import signal
import sys

from math_verify import LatexExtractionConfig, parse, verify

if sys.platform != "win32":
    import resource

_LARGEST_MEMORY_BYTES = 2 * 2**30
_STEP_TIMEOUT_S = 4
_MOST_CPU_S = 60
"""Of one comparison. The parent kills sooner; a child whose parent was killed ends itself."""


def is_equal(target: str, answer: str) -> bool:
    """Whether two answers in LaTeX mean the same. Runs in a main thread: the limits inside are signals."""
    parsed = [_parsed(text) for text in (target, answer)]
    return all(parsed) and bool(verify(*parsed, timeout_seconds=_STEP_TIMEOUT_S))


@functools.lru_cache(maxsize=512)
def _parsed(text: str) -> list:
    return parse(f"\\boxed{{{text}}}", extraction_config=[LatexExtractionConfig()], parsing_timeout=_STEP_TIMEOUT_S)


def main() -> None:
    """Answer until the input ends."""
    if sys.platform != "win32":
        # Not every system lets this limit be set; the parent's clock holds in any case.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (_LARGEST_MEMORY_BYTES, _LARGEST_MEMORY_BYTES))
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    # Whatever a library prints must not be taken for a verdict.
    sys.stdout = sys.stderr
    replies.write('"ready"\n')
    replies.flush()
    for line in sys.stdin:
        if sys.platform != "win32":
            # The signal's default ends the process even inside a long product of integers, where Python hears nothing.
            signal.setitimer(signal.ITIMER_VIRTUAL, _MOST_CPU_S)
        verdict = False
        with contextlib.suppress(Exception):
            verdict = is_equal(*json.loads(line))
        replies.write(json.dumps(verdict) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
