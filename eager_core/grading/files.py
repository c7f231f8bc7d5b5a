"""A task set from a file: one JSON object {"prompt": ..., "answer": ...} a line."""

import json
import os
from pathlib import Path

from eager_core.errors import SettingsError
from eager_core.grading.mathematics import MathGrader
from eager_core.grading.tasks import Task, TaskSet

LARGEST_FILE_BYTES = 64 * 2**20


def read_tasks(path: str | os.PathLike, num_prompts: int | None = None) -> TaskSet:
    r"""Return the tasks of a JSONL file, the first `num_prompts` of them; answers are read from the last \boxed{...}.

    Raises:
        SettingsError: the file can't be read, is too large or empty, or a line is not what it should be (it is named).
    """
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise SettingsError(f"{path} has {path.stat().st_size:,} bytes; up to {LARGEST_FILE_BYTES:,} can be read.")
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SettingsError(f"{path} can't be read: {error.strerror}; name a JSONL file of tasks.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text; name a JSONL file of tasks.") from None
    tasks = [_task(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not tasks:
        raise SettingsError(f'{path} holds no task; write one {{"prompt": ..., "answer": ...}} a line.')
    return TaskSet(path.name, tuple(tasks[:num_prompts]), MathGrader())


def _task(path: Path, number: int, line: str) -> Task:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    prompt, answer = (record.get(name) if isinstance(record, dict) else None for name in ("prompt", "answer"))
    is_number = isinstance(answer, int | float) and not isinstance(answer, bool)
    if not isinstance(prompt, str) or not prompt.strip() or not (isinstance(answer, str) or is_number):
        raise SettingsError(f'{path}, line {number}, is not {{"prompt": text, "answer": text or number}}; mend it.')
    return Task(f"{path.stem}-{number}", prompt, str(answer))
