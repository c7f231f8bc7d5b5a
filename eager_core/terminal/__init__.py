"""The command line: `python -m eager_core`."""

from eager_core.terminal.commands import main

__all__ = ["main"]
