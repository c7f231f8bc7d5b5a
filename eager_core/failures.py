"""From whatever a model's libraries raise to one sentence: the engine boundary lets only `EagerError` through."""

import re
from types import TracebackType

from eager_core.errors import EagerError, ModelError

_LONGEST_REASON = 160
"""Characters of a library's own words that are shown."""

_OUT_OF_MEMORY = re.compile(r"out of memory|not enough memory|can(?:no|')t allocate memory|unable to allocate", re.I)
"""How torch's allocators (CUDA, MPS, CPU) and numpy say it; their classes can't be named without importing torch."""

_ASKED_FOR = re.compile(r"allocate ([\d.]+ ?(?:[KMGT]i?B|bytes))", re.I)


class model_failures:
    """Turns what is raised inside into a ModelError of one sentence; an EagerError, and Ctrl-C, pass as they are.

        with model_failures():
            text = engine.token_text(path, token_id)

    The exception itself stays the error's `__cause__`, for those who look for the fault. A class, as contextlib's
    generators mistake a StopIteration from inside for their own.
    """

    def __init__(self, what: str = "The model failed") -> None:
        """Args: what: how the sentence begins."""
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if isinstance(error, Exception) and not isinstance(error, EagerError):
            raise ModelError(sentence_of(error, self._what)) from error


def sentence_of(error: Exception, what: str) -> str:
    """Return one sentence about an exception that nobody foresaw: what failed, its kind, its first line, a remedy."""
    if is_out_of_memory(error):
        found = _ASKED_FOR.search(str(error))
        more = f" (it asked for {found.group(1)} more)" if found else ""
        return (
            f"{what}: out of memory{more}; ask for fewer sequences or tokens, set EAGER_EXPLORER_KV_MIB lower, or "
            "choose a smaller model."
        )
    kind, reason = type(error).__name__, first_line(error)
    return f"{what}: {kind}{f', {reason}' if reason else ''}; try again, or choose another model or other settings."


def is_out_of_memory(error: Exception) -> bool:
    """Whether an exception says that memory ran out, whichever library raised it."""
    named_so = any(cls.__name__ == "OutOfMemoryError" for cls in type(error).__mro__)
    return isinstance(error, MemoryError) or named_so or bool(_OUT_OF_MEMORY.search(str(error)))


def first_line(error: Exception) -> str:
    """Return the first line of an exception's words that says anything, cut to a length that a page can show."""
    lines = (line.strip() for line in str(error).splitlines())
    line = next(filter(None, lines), "").rstrip(".;:")
    return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"
