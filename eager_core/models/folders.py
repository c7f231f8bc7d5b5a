"""Where in a folder the model lies: there, in a GGUF file, in a snapshot of the Hub's cache, or one folder below.

    models--owner--name/refs/main               the name of the newest snapshot
                        snapshots/<its name>/   the model's folder
"""

from pathlib import Path

from eager_core.errors import ModelError
from eager_core.models.files import is_gguf
from eager_core.models.gguf_choice import chosen, model_files

_CACHED = "models--"
_MOST_NAMED = 8


def model_place(name: str, folder: Path) -> tuple[str | None, Path]:
    """Return the folder of safetensors or the GGUF file that a folder holds, and the Hub id that tells it, if one does.

    A folder that holds neither is returned as it is: why it can't be loaded is for others to say.

    Raises:
        ModelError: there are several; the sentence names the choices.
    """
    if found := _here(name, folder):
        return _hub_id(folder), found
    if snapshot := _snapshot(name, folder):
        return _hub_id(folder), _here(name, snapshot) or snapshot
    below = [child for child in _folders(folder) if _here_if_any(child) or _has_snapshots(child)]
    if len(below) > 1:
        named = ", ".join(child.name for child in below[:_MOST_NAMED])
        more = f" and {len(below) - _MOST_NAMED} more" if len(below) > _MOST_NAMED else ""
        choices = f'{named}{more}, like "{below[0]}"'
        raise ModelError(f'The folder "{name}" holds {len(below)} models; name one of {choices}.')
    return model_place(str(below[0]), below[0]) if below else (None, folder)


def _here(name: str, folder: Path) -> Path | None:
    """Return what lies in the folder itself."""
    is_whole = (folder / "config.json").is_file()
    if is_whole and any(folder.glob("*.safetensors")):
        return folder
    files = [file.name for file in sorted(folder.iterdir()) if file.is_file()]
    ggufs = model_files(files)
    if not ggufs and not is_whole:
        ggufs = [file for file in files if "." not in file and is_gguf(folder / file)]
    if ggufs:
        return folder / chosen(name, ggufs, "/")
    return folder if is_whole else None


def _here_if_any(folder: Path) -> bool:
    try:
        return _here(str(folder), folder) is not None
    except ModelError:  # several files: a choice to be made there
        return True
    except OSError:  # a folder that may not be looked into
        return False


def _snapshot(name: str, folder: Path) -> Path | None:
    """Return the newest snapshot of a model in the Hub's cache."""
    snapshots = folder if folder.name == "snapshots" else folder / "snapshots"
    if not snapshots.is_dir():
        return None
    main = snapshots.parent / "refs" / "main"
    newest = snapshots / main.read_text(encoding="utf-8").strip() if main.is_file() else None
    if newest is not None and newest.is_dir() and newest != snapshots:
        return newest
    found = _folders(snapshots)
    if len(found) > 1:
        named = ", ".join(child.name for child in found[:_MOST_NAMED])
        raise ModelError(f'The folder "{name}" holds {len(found)} snapshots; name one of {named}, like "{found[0]}".')
    return found[0] if found else None


def _has_snapshots(folder: Path) -> bool:
    return (folder / "snapshots").is_dir() and bool(_folders(folder / "snapshots"))


def _folders(folder: Path) -> list[Path]:
    return [child for child in sorted(folder.iterdir()) if child.is_dir() and not child.name.startswith(".")]


def _hub_id(folder: Path) -> str | None:
    """Return "owner/name" for a folder in the Hub's cache."""
    for part in (folder, *folder.parents):
        if part.name.startswith(_CACHED):
            return part.name.removeprefix(_CACHED).replace("--", "/")
        if part.name not in ("snapshots", folder.name):
            break
    return None
