"""Where a named model lies: the package, the Hub, a folder or a GGUF file; GGUF files are converted on the way."""

import os
from pathlib import Path

from eager_core.errors import ModelError
from eager_core.folders import cache_folder
from eager_core.models.cache import converted
from eager_core.models.conversion import convert_gguf
from eager_core.models.files import refuse_other_files
from eager_core.models.folders import model_place
from eager_core.models.gguf_choice import refuse_shard
from eager_core.models.hub_gguf import THE_HUB, Hub, gguf_on_hub
from eager_core.models.packaged import DEFAULT_MODEL_NAME, packaged_gguf
from eager_core.models.refusals import folder_refusal, refusal


def locate(name: str | None, hub: Hub = THE_HUB) -> tuple[str, str | Path]:
    """Return a display name, and the Hub id (str) or the folder of safetensors (Path) to load.

    Raises:
        ModelError: a path that leads to nothing that may be loaded, several that could be meant, or a GGUF file that
            can't be converted.
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
    return _on_hub(name, hub)


def _in_folder(name: str, folder: Path) -> tuple[str, Path]:
    try:
        hub_id, place = model_place(name, folder)
    except OSError as error:
        raise ModelError(f'The folder "{name}" can\'t be read ({error.strerror}); name another.') from error
    if place.is_file():
        return f"{hub_id}:{place.name}" if hub_id else place.name, _converted(name, place)
    if problem := folder_refusal(name, place):
        raise problem
    return hub_id or place.resolve().name, place


def _on_hub(name: str, hub: Hub) -> tuple[str, str | Path]:
    try:
        gguf = gguf_on_hub(name, hub)
    except ModelError:
        raise
    except Exception as error:  # which errors there are depends on huggingface_hub's HTTP client
        raise refusal(name, error) from error
    return (name, name) if gguf is None else (name, _converted(name, gguf))


def _looks_like_path(name: str) -> bool:
    """Whether a name that leads nowhere was meant as a path; Hub ids have one slash at most."""
    return (
        not name
        or os.path.isabs(name)
        or name.startswith((".", "~"))
        or name.count("/") > 1
        or "\\" in name
        or (name.lower().endswith(".gguf") and ":" not in name)
    )


def _converted(name: str, gguf: Path) -> Path:
    refuse_shard(gguf.name)
    gguf = gguf.absolute()  # links keep their names: in the Hub's cache the file itself is called by its hash
    try:
        refuse_other_files(name, gguf)
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
