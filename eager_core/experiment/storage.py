"""A folder of results that a killed process leaves whole.

    <folder>/experiment.json          what is being run; a folder belongs to one experiment
    <folder>/records/init-0003.json   one prompt in one stage, written when it is done
    <folder>/results.json             scores, allocations and the plots' data; written when a stage or the experiment
                                      ends, and now and then: after a kill it may lack the last records

Every file gets its name only once its bytes are on the disk.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from eager_core.errors import SettingsError, TraceError
from eager_core.experiment.identity import changes, changes_words
from eager_core.experiment.records import PromptRecord
from eager_core.grading import Task
from eager_core.text_file import decoded


class ResultsFolder:
    """Owns the folder while it is open: a second process is refused. Use as a context manager."""

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder)
        self._records = self.folder / "records"
        self._lock = FileLock(self.folder / ".lock")

    def __enter__(self) -> "ResultsFolder":
        """Raises: SettingsError, if the folder can't be written or another process writes to it."""
        try:
            self._records.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise SettingsError(f"{self.folder} is in use by another process; name another folder, or wait.") from None
        except OSError as error:
            raise SettingsError(f"{self.folder} can't be written: {error.strerror}; name another folder.") from None
        for leftover in (*self.folder.glob("*.new"), *self._records.glob("*.new")):
            leftover.unlink()
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def claim(self, identity: Mapping[str, Any]) -> None:
        """Write what is being run, or check that it is what this folder was begun with.

        Raises:
            SettingsError: the folder belongs to another experiment; what changed is named.
        """
        file = self.folder / "experiment.json"
        identity = json.loads(json.dumps(identity))
        if not file.exists():
            if any(self._records.glob("*.json")):
                raise SettingsError(f"{self.folder} holds records, but no experiment.json; name another folder.")
            _write(file, identity)
            return
        found = changes(_read_identity(file), identity)
        if found:
            raise SettingsError(
                f"{self.folder} holds another experiment: {changes_words(found)}; name another folder, or go on with "
                "the same tasks, model and settings."
            )

    def load(self, stage: str, number: int, task: Task) -> PromptRecord | None:
        """Return what is known of a prompt in a stage, or None.

        Raises:
            TraceError: its file is broken, or of another prompt.
        """
        file = self._file(stage, number)
        if not file.exists():
            return None
        record = PromptRecord.from_json(_read(file), str(file))
        if (record.stage, record.number, record.prompt, record.target) != (stage, number, task.prompt, task.answer):
            raise TraceError(f"{file} is of another prompt; delete it, and it is made again.")
        return record

    def save(self, record: PromptRecord) -> None:
        """Write a record; once this returns, it survives the end of the process and of the machine."""
        _write(self._file(record.stage, record.number), record.to_json())

    def save_results(self, results: Mapping[str, Any]) -> None:
        """Write the summary anew."""
        _write(self.folder / "results.json", results)

    def _file(self, stage: str, number: int) -> Path:
        return self._records / f"{stage}-{number:04d}.json"


def _write(file: Path, values: Any) -> None:
    new = file.with_name(file.name + ".new")
    try:
        with new.open("w", encoding="utf-8") as stream:
            json.dump(values, stream, ensure_ascii=False, allow_nan=False, indent=1)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(file)
    except OSError as error:
        raise SettingsError(f"{file} can't be written: {error.strerror}; mend it, and start again to go on.") from None


def _read(file: Path) -> str:
    try:
        return decoded(file.read_bytes())
    except (OSError, UnicodeDecodeError):
        raise TraceError(f"{file} is broken; delete it, and it is made again.") from None


def _read_identity(file: Path) -> Any:
    try:
        return json.loads(decoded(file.read_bytes()))
    except (OSError, ValueError, RecursionError):
        # To make it anew would be to take the records for those of any experiment.
        raise SettingsError(f"{file} is broken, so that its records may be of anything; name another folder.") from None
