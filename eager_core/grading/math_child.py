"""The child process of `mathematics`: reads [target, answer] a line, writes true or false.

Only LaTeX is parsed (a grammar gives a sympy tree): math-verify's parser of plain expressions hands its text to
Python's `eval`, so it is not used.
"""

import contextlib
import json
import os
import sys

from math_verify import LatexExtractionConfig, parse, verify

if sys.platform != "win32":
    import resource

_LARGEST_MEMORY_BYTES = 2 * 2**30
_STEP_TIMEOUT_S = 4


def is_equal(target: str, answer: str) -> bool:
    """Whether two answers in LaTeX mean the same. Runs in a main thread: the limits inside are signals."""
    parsed = [
        parse(f"\\boxed{{{text}}}", extraction_config=[LatexExtractionConfig()], parsing_timeout=_STEP_TIMEOUT_S)
        for text in (target, answer)
    ]
    return all(parsed) and bool(verify(*parsed, timeout_seconds=_STEP_TIMEOUT_S))


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
        verdict = False
        with contextlib.suppress(Exception):
            verdict = is_equal(*json.loads(line))
        replies.write(json.dumps(verdict) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
