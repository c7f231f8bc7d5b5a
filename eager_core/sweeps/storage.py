"""A folder of a sweep that a killed process leaves whole.

    <folder>/sweep.json      what is being swept; a folder belongs to one sweep
    <folder>/records.jsonl   one line a prompt, appended when it is done: once there, it survives the end of the machine
    <folder>/results.json    the table with intervals, the front, what sharing saved; written when the sweep ends
    <folder>/table.csv       the same table, a line for each choice of settings
    <folder>/prompts.csv     each prompt at each choice of settings

Of a process that was killed while it wrote, the last line is torn: it is cut off, and its prompt is walked again.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eager_core.errors import SettingsError, TraceError
from eager_core.experiment.folder import OwnedFolder, write_json, write_text
from eager_core.grading import Task
from eager_core.settings import Settings
from eager_core.sweeps.csv_tables import csv_of
from eager_core.sweeps.records import SweepRecord, theta_of


class SweepFolder(OwnedFolder):
    """Owns the folder while it is open: a second process is refused. Use as a context manager."""

    noun = "sweep"

    def __init__(self, folder: str | os.PathLike) -> None:
        super().__init__(folder)
        self._records = self.folder / "records.jsonl"

    def _holds_records(self) -> bool:
        return self._records.exists() and self._records.stat().st_size > 0

    def load(self, tasks: Sequence[Task], walks: Sequence[Settings]) -> Iterator[SweepRecord]:
        """Yield the records in the order of the file, and cut a torn last line off it.

        Raises:
            TraceError: another line is broken, or of another prompt or grid.
            SettingsError: the file can't be read or mended.
        """
        if not self._records.exists():
            return
        numbers: set[int] = set()
        try:
            with self._records.open("r+b") as stream:
                num_whole_bytes = 0
                while line := stream.readline():
                    name = f"{self._records}, line {len(numbers) + 1},"
                    record = _read(line, name, tasks, walks, is_last=not stream.peek(1))
                    if record is None:
                        stream.truncate(num_whole_bytes)
                        return
                    if record.number in numbers:
                        raise TraceError(f"{name} is of a prompt that an earlier line has; delete it to go on.")
                    numbers.add(record.number)
                    num_whole_bytes += len(line)
                    yield record
        except OSError as error:
            raise _cannot_be(self._records, "read", error) from None

    def append(self, record: SweepRecord) -> None:
        """Write a record; once this returns, it survives the end of the process and of the machine.

        Raises:
            SettingsError: it can't be written; what was written of it is cut off by the next `load`.
        """
        line = json.dumps(record.to_json(), ensure_ascii=False, allow_nan=False) + "\n"
        try:
            is_new = not self._records.exists()
            with self._records.open("ab") as stream:
                stream.write(line.encode())
                stream.flush()
                os.fsync(stream.fileno())
            if is_new:
                _sync_folder(self.folder)
        except OSError as error:
            raise _cannot_be(self._records, "written", error) from None

    def save_results(self, results: Mapping[str, Any], prompts: Sequence[Mapping[str, Any]]) -> None:
        """Write the results anew, as JSON and as CSV.

        Args:
            prompts: a row for each prompt at each choice of settings.
        """
        write_json(self.folder / "results.json", results)
        write_text(self.folder / "table.csv", csv_of(results["cells"]))
        write_text(self.folder / "prompts.csv", csv_of(prompts))


def _read(
    line: bytes, name: str, tasks: Sequence[Task], walks: Sequence[Settings], is_last: bool
) -> SweepRecord | None:
    """Return the record of a line, None where it is the last one and torn."""
    try:
        if not line.endswith(b"\n"):
            raise TraceError(f"{name} has no end; delete it, and it will be made again.")
        record = SweepRecord.from_json(line.decode(), name)
    except (TraceError, UnicodeDecodeError) as error:
        if is_last:
            return None
        if isinstance(error, TraceError):
            raise
        raise TraceError(f"{name} is not UTF-8 text; delete it, and it will be made again.") from None
    task = tasks[record.number] if record.number < len(tasks) else None
    if task is None or (record.prompt, record.target) != (task.prompt, task.answer):
        raise TraceError(f"{name} is of another prompt; delete it, and it will be made again.")
    asked = [(settings.strategy, theta_of(settings), settings.max_sequences) for settings in walks]
    places = range(len(record.sequences))
    if [(walk.strategy, walk.theta, walk.max_sequences) for walk in record.walks] != asked or any(
        place not in places for walk in record.walks for place in walk.sequences
    ):
        raise TraceError(f"{name} is of another grid; delete it, and it will be made again.")
    return record


def _cannot_be(file: Path, done: str, error: OSError) -> SettingsError:
    return SettingsError(f"{file} can't be {done}: {error.strerror}; correct it, and start again to go on.")


def _sync_folder(folder: Path) -> None:
    """Make a new file's name last as well; not every system can."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
