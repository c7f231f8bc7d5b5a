"""A folder of results that a killed process leaves whole.

    <folder>/experiment.json          what is being run; a folder belongs to one experiment
    <folder>/records/init-0003.json   one prompt in one stage, written when it is done
    <folder>/results.json             scores, allocations and the plots' data; written when a stage or the experiment
                                      ends, and now and then: after a kill it may lack the last records
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eager_core.errors import TraceError
from eager_core.experiment.folder import OwnedFolder, write_json
from eager_core.experiment.records import PromptRecord
from eager_core.grading import Task
from eager_core.text_file import decoded


class ResultsFolder(OwnedFolder):
    """Owns the folder while it is open: a second process is refused. Use as a context manager."""

    def __init__(self, folder: str | os.PathLike) -> None:
        super().__init__(folder)
        self._records = self.folder / "records"

    def _inner_folders(self) -> tuple[Path, ...]:
        return (self._records,)

    def _holds_records(self) -> bool:
        return any(self._records.glob("*.json"))

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
            raise TraceError(f"{file} is of another prompt; delete it, and it will be made again.")
        return record

    def save(self, record: PromptRecord) -> None:
        """Write a record; once this returns, it survives the end of the process and of the machine."""
        write_json(self._file(record.stage, record.number), record.to_json())

    def save_results(self, results: Mapping[str, Any]) -> None:
        """Write the summary anew."""
        write_json(self.folder / "results.json", results)

    def _file(self, stage: str, number: int) -> Path:
        return self._records / f"{stage}-{number:04d}.json"


def _read(file: Path) -> str:
    try:
        return decoded(file.read_bytes())
    except (OSError, UnicodeDecodeError):
        raise TraceError(f"{file} is broken; delete it, and it will be made again.") from None
