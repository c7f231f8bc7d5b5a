"""A folder that belongs to one piece of work, and to one process at a time; a killed process leaves it whole.

Every file that `write_json` or `write_text` makes gets its name only once its bytes are on the disk.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout

from eager_core.errors import SettingsError
from eager_core.experiment.identity import changes, changes_words
from eager_core.text_file import decoded

_NOUNS = {"experiment": "an experiment", "sweep": "a sweep", "study": "a study of what forks were worth"}
"""What a folder may be of: results of one kind would overwrite those of the other."""


class OwnedFolder:
    """Owns the folder while it is open: a second process is refused. Use as a context manager."""

    noun = "experiment"
    """What the folder is of; its identity stands in the file of that name."""

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder)
        self._lock = FileLock(self.folder / ".lock")

    def __enter__(self) -> Self:
        """Raises: SettingsError, if the folder is of other work, can't be written, or another process writes to it."""
        for other in _NOUNS:
            if other != self.noun and (self.folder / f"{other}.json").exists():
                raise SettingsError(f"{self.folder} holds the results of {_NOUNS[other]}; name another folder.")
        try:
            for folder in (self.folder, *self._inner_folders()):
                folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise SettingsError(f"{self.folder} is in use by another process; name another folder, or wait.") from None
        except OSError as error:
            raise SettingsError(f"{self.folder} can't be written: {error.strerror}; name another folder.") from None
        for folder in (self.folder, *self._inner_folders()):
            for leftover in folder.glob("*.new"):
                leftover.unlink()
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def claim(self, identity: Mapping[str, Any]) -> None:
        """Write what is being run, or check that it is what this folder was begun with.

        Raises:
            SettingsError: the folder belongs to other work; what changed is named.
        """
        name = f"{self.noun}.json"
        file = self.folder / name
        identity = json.loads(json.dumps(identity))
        if not file.exists():
            if self._holds_records():
                raise SettingsError(f"{self.folder} holds records, but no {name}; name another folder.")
            write_json(file, identity)
            return
        found = changes(_read_identity(file), identity, name)
        if found:
            raise SettingsError(
                f"{self.folder} holds another {self.noun}: {changes_words(found)}; name another folder, or go on with "
                "the same tasks, model and settings."
            )

    def _inner_folders(self) -> tuple[Path, ...]:
        return ()

    def _holds_records(self) -> bool:
        raise NotImplementedError


def write_json(file: Path, values: Any) -> None:
    """Write JSON values, whole or not at all. Raises: SettingsError, if the file can't be written."""
    write_text(file, json.dumps(values, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def write_text(file: Path, text: str) -> None:
    """Write a text as it is, whole or not at all. Raises: SettingsError, if the file can't be written."""
    new = file.with_name(file.name + ".new")
    try:
        with new.open("w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(file)
    except OSError as error:
        raise SettingsError(f"{file} can't be written: {error.strerror}; see to that, and start again.") from None


def _read_identity(file: Path) -> Any:
    try:
        return json.loads(decoded(file.read_bytes()))
    except (OSError, ValueError, RecursionError):
        # To make it anew would be to take the records for those of any work.
        raise SettingsError(f"{file} is broken, so that its records may be of anything; name another folder.") from None
