"""Converted models in the user's cache folder: made once, whole or not at all, and made again when broken or outdated.

    <cache>/models/<file name>-<hash of its bytes>/      config.json, model.safetensors, tokenizer.json, ...
                                                  stamp.json   what was converted, by what, and the files' sizes
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from eager_core.folders import cache_folder

FORMAT_VERSION = 2
"""Raise this when the conversion changes: entries of other versions are made again."""

_STAMP = "stamp.json"
_LARGEST_HASHED_BYTES = 16 * 2**20


def converted(source: Path, convert: Callable[[Path, Path], None]) -> Path:
    """Return the folder with the conversion of the file `source`, converting it first where that has to be done.

    `convert(source, target)` fills the empty folder `target`, which gets its final name only when it is complete. One
    process converts, others wait for it. The whole source is hashed at each call (0.1 s for 100 MB), so that neither a
    moved file is converted twice nor a changed one overlooked.

    Raises:
        OSError: the source can't be read, or the cache folder can't be written.
        Exception: whatever `convert` raises; the cache is then as it was.
    """
    digest = _digest(source)
    entry = cache_folder() / "models" / f"{source.stem}-{digest[:16]}"
    entry.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(entry.parent / f".{entry.name}.lock"):
        if not _is_sound(entry, digest):
            _replace(entry, digest, lambda target: convert(source, target))
    return entry


def _replace(entry: Path, digest: str, fill: Callable[[Path], None]) -> None:
    """Make `entry` anew; the caller holds its lock, so what lies about under its name is from a process that died."""
    for leftover in entry.parent.glob(f".{entry.name}.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    target = Path(tempfile.mkdtemp(prefix=f".{entry.name}.new-", dir=entry.parent))
    try:
        fill(target)
        stamp = _expected(digest) | {"files": {file.name: _file_mark(file) for file in sorted(target.iterdir())}}
        (target / _STAMP).write_text(json.dumps(stamp, indent=1), encoding="utf-8")
        if entry.exists():
            shutil.rmtree(entry)
        target.rename(entry)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def _is_sound(entry: Path, digest: str) -> bool:
    """Whether `entry` holds all that its stamp lists, from this source and for these versions."""
    try:
        stamp = json.loads((entry / _STAMP).read_text(encoding="utf-8"))
        files = stamp.pop("files")
        return stamp == _expected(digest) and all(_file_mark(entry / name) == mark for name, mark in files.items())
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return False


def _expected(digest: str) -> dict[str, object]:
    major = version("transformers").split(".")[0]
    return {"format": FORMAT_VERSION, "source_sha256": digest, "transformers_major": major}


def _file_mark(file: Path) -> list[object]:
    """Size in bytes and, of small files, the hash: reading the weights in full would take as long as loading them."""
    size = file.stat().st_size
    return [size, _digest(file) if size <= _LARGEST_HASHED_BYTES else None]


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
