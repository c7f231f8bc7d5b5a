"""A study's folder, that a killed process leaves whole.

    <folder>/study.json                  what is being studied; a folder belongs to one study
    <folder>/records/samples-0003.json   one prompt in one stage, written when it is done
    <folder>/results.json                the measures side by side, written when a run of the study ends
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eager_core.errors import TraceError
from eager_core.experiment.folder import OwnedFolder, write_json, write_text
from eager_core.grading import Task
from eager_core.text_file import read_text
from eager_core.worth.records import ProbeRecord, Record, TriggerRecord, record_from_json, record_to_json

LARGEST_RECORD_BYTES = 64 * 2**20


class WorthFolder(OwnedFolder):
    """Owns the folder while it is open: a second process is refused. Use as a context manager."""

    noun = "study"

    def __init__(self, folder: str | os.PathLike) -> None:
        super().__init__(folder)
        self._records = self.folder / "records"

    def load(self, stage: str, number: int, task: Task, kind: type[Record]) -> Record | None:
        """Return what is known of a prompt in a stage, or None.

        Raises:
            TraceError: its file is broken, or of another prompt.
        """
        file = self._file(stage, number)
        if not file.exists():
            return None
        record = record_from_json(kind, read_text(file, LARGEST_RECORD_BYTES), str(file))
        if (record.number, record.prompt, record.target) != (number, task.prompt, task.answer):
            raise TraceError(f"{file} is of another prompt; delete it, and it will be made again.")
        return record

    def save(self, stage: str, record: ProbeRecord | TriggerRecord) -> None:
        """Write a record; once this returns, it survives the end of the process and of the machine."""
        # On one line: a record has thousands of numbers.
        write_text(self._file(stage, record.number), json.dumps(record_to_json(record), allow_nan=False) + "\n")

    def save_results(self, results: Mapping[str, Any]) -> None:
        """Write the summary anew."""
        write_json(self.folder / "results.json", results)

    def _inner_folders(self) -> tuple[Path, ...]:
        return (self._records,)

    def _holds_records(self) -> bool:
        return any(self._records.glob("*.json"))

    def _file(self, stage: str, number: int) -> Path:
        return self._records / f"{stage}-{number:04d}.json"
