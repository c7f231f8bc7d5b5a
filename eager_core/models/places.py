"""Where a named model lies: the package, the Hub, a folder or a GGUF file; GGUF files are converted on the way."""

import os
from pathlib import Path

from eager_core.errors import ModelError
from eager_core.models.cache import cache_folder, converted
from eager_core.models.conversion import convert_gguf
from eager_core.models.packaged import DEFAULT_MODEL_NAME, packaged_gguf
from eager_core.models.refusals import folder_refusal, refusal


def locate(name: str | None) -> tuple[str, str | Path]:
    """Return a display name, and the Hub id (str) or the folder of safetensors (Path) to load.

    Raises:
        ModelError: a path that leads to nothing that may be loaded, or a GGUF file that can't be converted.
    """
    if name is None or name == DEFAULT_MODEL_NAME:
        gguf = packaged_gguf()
        return DEFAULT_MODEL_NAME, DEFAULT_MODEL_NAME if gguf is None else _converted(DEFAULT_MODEL_NAME, gguf)
    name = name.strip()
    # os.path, because it answers False where Path raises: over-long names, unknown users, null bytes.
    path = os.path.expanduser(name)
    if os.path.isfile(path):
        return Path(path).name, _converted(name, Path(path))
    if os.path.isdir(path):
        return _in_folder(name, Path(path))
    if _looks_like_path(name):
        raise ModelError(f'There is no folder or file "{name}"; check the path, or name a model on the Hub.')
    return name, name


def _in_folder(name: str, folder: Path) -> tuple[str, Path]:
    ggufs = sorted(folder.glob("*.gguf"))
    if len(ggufs) == 1 and not (folder / "config.json").exists():
        return ggufs[0].name, _converted(name, ggufs[0])
    if problem := folder_refusal(name, folder):
        raise problem
    return folder.resolve().name, folder


def _looks_like_path(name: str) -> bool:
    """Whether a name that leads nowhere was meant as a path; Hub ids have one slash at most."""
    return (
        not name
        or os.path.isabs(name)
        or name.startswith((".", "~"))
        or name.count("/") > 1
        or "\\" in name
        or name.lower().endswith(".gguf")
    )


def _converted(name: str, gguf: Path) -> Path:
    if gguf.suffix.lower() != ".gguf":
        raise ModelError(f'The file "{name}" is not a .gguf file; name one, or the folder that holds the model.')
    gguf = gguf.resolve()
    try:
        return converted(gguf, convert_gguf)
    except ModelError:
        raise
    except OSError as error:
        if error.errno is None or error.filename == str(gguf):  # not the system's, or not about the cache
            raise refusal(name, error) from error
        raise ModelError(
            f"The cache folder {cache_folder()} can't be written ({error.strerror}); "
            "name another with the environment variable EAGER_EXPLORER_CACHE."
        ) from error
    except Exception as error:  # what may go wrong inside the readers is open-ended
        raise refusal(name, error) from error
