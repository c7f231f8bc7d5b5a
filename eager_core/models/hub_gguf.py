"""GGUF files in repositories of the Hugging Face Hub: "owner/name", "owner/name:Q4_K_M" or "owner/name:file.gguf"."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants, hf_hub_download, list_repo_files

from eager_core.models.folders import model_place
from eager_core.models.gguf_choice import chosen, model_files
from eager_core.models.hub import hub_answers

_NAMED = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+)(?::(?P<wanted>.+))?")


@dataclass(frozen=True)
class Hub:
    """What is asked of the Hub; the fields are functions, so that tests can put a made-up one in their place."""

    list_files: Callable[[str], Sequence[str]] = list_repo_files
    """Names of all files of a repository."""
    download: Callable[[str, str], str] = hf_hub_download
    """Repository and file to a path on this machine."""
    answers: Callable[[], bool] = hub_answers
    cache: Path = Path(constants.HF_HUB_CACHE)


THE_HUB = Hub()


def gguf_on_hub(name: str, hub: Hub) -> Path | None:
    """Return the GGUF file that `name` means, fetched if it was not here; None where it means no GGUF file.

    Without the Hub, what was fetched before is looked through.

    Raises:
        ModelError: there are several, or none of the name that was asked for; the sentence names the choices.
        Exception: whatever huggingface_hub raises.
    """
    match = _NAMED.fullmatch(name)
    if match is None:
        return None
    repository, wanted = match["repository"], match["wanted"] or ""
    if not hub.answers():
        return _in_cache(repository, wanted, hub)
    names = hub.list_files(repository)
    if not wanted and any(file.endswith(".safetensors") for file in names):
        return None
    ggufs = model_files(names)
    return Path(hub.download(repository, chosen(repository, ggufs, ":", wanted))) if ggufs else None


def _in_cache(repository: str, wanted: str, hub: Hub) -> Path | None:
    folder = hub.cache / f"models--{repository.replace('/', '--')}"
    if not folder.is_dir():
        return None
    if not wanted:
        _, place = model_place(repository, folder)
        return place if place.is_file() else None
    files = [file for file in folder.glob("snapshots/*/**/*") if file.is_file()]
    by_name = {file.relative_to(folder / "snapshots").as_posix().partition("/")[2]: file for file in files}
    ggufs = model_files(list(by_name))
    return by_name[chosen(repository, ggufs, ":", wanted)] if ggufs else None
