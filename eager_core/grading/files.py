"""A task set from a file: one JSON object {"prompt": ..., "answer": ...} a line."""

import json
import os
from pathlib import Path

from eager_core.errors import SettingsError
from eager_core.grading.answers import gold_answer
from eager_core.grading.mathematics import MathGrader
from eager_core.grading.tasks import Task, TaskSet, check_num_prompts, has_half_character

LARGEST_FILE_BYTES = 64 * 2**20


class _Number(str):
    """A number as it is written in the file: no digit of it is lost."""


def read_tasks(path: str | os.PathLike, num_prompts: int | None = None) -> TaskSet:
    r"""Return the tasks of a JSONL file, the first `num_prompts` of them; answers are read from the last \boxed{...}.

    An answer may be a whole worked solution, as GSM8K and MATH have it; see `gold_answer`.

    Raises:
        SettingsError: the file can't be read, is too large or empty, or a line is not what it should be (it is named);
            or the number of prompts is below 1.
    """
    if num_prompts is not None:
        check_num_prompts(num_prompts)
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise SettingsError(f"{path} has {path.stat().st_size:,} bytes; up to {LARGEST_FILE_BYTES:,} can be read.")
        # With or without a byte order mark.
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{path} can't be read: {error.strerror}; name a JSONL file of tasks.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text; name a JSONL file of tasks.") from None
    # Not `splitlines`: JSON allows U+2028, U+0085 and others inside a text, where they end no line.
    lines = text.split("\n")
    tasks = [_task(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not tasks:
        raise SettingsError(f'{path} holds no task; write one {{"prompt": ..., "answer": ...}} a line.')
    return TaskSet(path.name, tuple(tasks[:num_prompts]), MathGrader())


def _task(path: Path, number: int, line: str) -> Task:
    try:
        record = json.loads(line, parse_int=_Number, parse_float=_Number, parse_constant=_refuse)
    except (ValueError, RecursionError):
        record = None
    told = record if isinstance(record, dict) else {}
    prompt, answer = told.get("prompt"), told.get("answer")
    if not isinstance(prompt, str) or isinstance(prompt, _Number) or not prompt.strip() or not isinstance(answer, str):
        raise SettingsError(f'{path}, line {number}, is not {{"prompt": text, "answer": text or number}}; correct it.')
    if has_half_character(prompt + answer):
        raise SettingsError(f"{path}, line {number}, holds half of a character (a lone \\ud83d, say); correct it.")
    return Task(f"{path.stem}-{number}", prompt, gold_answer(str(answer)))


def _refuse(constant: str) -> None:
    """Python's reader takes NaN and Infinity, which are neither JSON nor answers."""
    raise ValueError(constant)
