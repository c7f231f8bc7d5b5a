"""The model that the flags name."""

import argparse

from rich.console import Console

import eager_core
from eager_core.engine import Engine


def load_model(options: argparse.Namespace, console: Console) -> Engine:
    """Return the engine that --model and --precision ask for. Raises: ModelError."""
    with console.status("Loading the model (the first time takes up to half a minute) ..."):
        # By way of the package, so that torch is imported here and not for --help or a refusal.
        return eager_core.load_engine(options.model, precision=options.precision)
