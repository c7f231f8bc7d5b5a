"""A scripted model that goes only as far as a test lets it: what a test sees of a run is its own choice, not a race."""

import os
import time
from pathlib import Path

_LOOK_EVERY_S = 0.002


class Gate:
    """How many passes a scripted model may make for one tree, or how many models may be loaded. The test writes it, the
    page's process reads it."""

    def __init__(self, file: Path) -> None:
        """Args: file: what the two share; where it is missing, all passes are allowed."""
        self._file = file
        self._counted = file.with_suffix(".counted")

    def allow(self, num_passes: int) -> None:
        """Let every tree have so many passes, and no more until the next call."""
        written = self._file.with_suffix(".new")
        written.write_text(str(num_passes), encoding="utf-8")
        os.replace(written, self._file)  # whole or not at all

    def open(self) -> None:
        """Let every tree grow to its end."""
        self._file.unlink(missing_ok=True)

    def wait_for(self, number: int) -> None:
        """Wait until pass `number` of a tree, 1 for the first, is allowed."""
        while self._allowed() < number:
            time.sleep(_LOOK_EVERY_S)

    def pass_through(self, number: int, prompt: str) -> None:
        """Wait as `wait_for`, and count who comes of the trees of a prompt, before it waits."""
        self.note(prompt)
        self.wait_for(number)

    def note(self, what: str) -> None:
        """Write down, where the test reads it, that something has happened."""
        with self._counted.open("a", encoding="utf-8") as counted:
            counted.write(f"{what}\n")

    def num_come(self, what: str) -> int:
        """How many of a prompt came to pass through so far, those that wait among them; or how often it was noted."""
        written = self._counted.read_text(encoding="utf-8") if self._counted.exists() else ""
        return written.split("\n").count(what)

    def _allowed(self) -> float:
        try:
            return int(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return float("inf")
