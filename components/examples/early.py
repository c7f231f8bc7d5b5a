"""Whether the packaged model is loaded once the page is open, before anyone asks for it."""

import os

from eager_core.free_memory import free_memory_bytes

SETTING = "EAGER_EXPLORER_LOAD_EARLY"
"""In the environment: 1, 0, or "auto"."""

_NEEDED_BYTES = 2 * 2**30
"""Weights of 135 million parameters in float32, PyTorch, and room for a tree."""


def loads_early() -> bool:
    """Return what the environment says; where it leaves it open, whether memory allows."""
    asked = os.environ.get(SETTING, "").strip().lower()
    return free_memory_bytes() >= _NEEDED_BYTES if asked in ("", "auto") else asked not in ("0", "false", "no", "off")
