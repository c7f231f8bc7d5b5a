"""A run's events as lines of JSON in a file, for whoever follows it from outside."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from eager_core.errors import TraceError
from eager_core.events import Event, event_to_json


class EventLines:
    """Writes one line an event, each whole and there for other processes as soon as it has happened."""

    def __init__(self, file: TextIO | None) -> None:
        self._file = file

    def write(self, event: Event) -> None:
        """Write the next event; nothing where no file was asked for."""
        if self._file is not None:
            print(json.dumps(event_to_json(event), ensure_ascii=True), file=self._file, flush=True)


@contextmanager
def event_lines(path: str | None) -> Iterator[EventLines]:
    """Give what writes the events of a run to `path`, which is begun anew; None writes nothing.

    Raises:
        TraceError: the file can't be opened.
    """
    if path is None:
        yield EventLines(None)
        return
    try:
        Path(path).write_bytes(b"")
    except OSError as error:
        raise TraceError(f"The events can't be written to {path}: {error.strerror}; name a writable file.") from None
    with Path(path).open("a", encoding="utf-8") as file:
        yield EventLines(file)
