"""Where this program keeps files of its own on the user's machine."""

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder for what can be made again: EAGER_EXPLORER_CACHE, or the platform's place for caches."""
    own = os.environ.get("EAGER_EXPLORER_CACHE")
    if own:
        return Path(own).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "eager-explorer"
