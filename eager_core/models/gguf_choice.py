"""Which of several GGUF files is meant; told from names alone, on the Hub as on a disk."""

import re
from collections.abc import Sequence

from eager_core.errors import ModelError

_SHARD = re.compile(r"(?P<stem>.*)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf$", re.IGNORECASE)
_MOST_NAMED = 8


def model_files(names: Sequence[str]) -> list[str]:
    """Return the GGUF files that hold a language model, sorted; "mmproj" ones hold what looks at pictures."""
    ggufs = [name for name in names if name.lower().endswith(".gguf")]
    return sorted(name for name in ggufs if "mmproj" not in name.rpartition("/")[2].lower())


def chosen(label: str, names: Sequence[str], separator: str, wanted: str = "") -> str:
    """Return the one file of `names` that is meant.

    Args:
        label: what a person called the place that holds them.
        separator: how a file is named after it: "/" on a disk, ":" on the Hub.
        wanted: a file's name, or a part of it as the quantisation ("Q4_K_M"); empty where a person named none.
    Raises:
        ModelError: no such file, or several; the sentence names the choices.
    """
    found = [name for name in names if _is_meant(name, wanted)] if wanted else list(names)
    models = {(match["stem"] if (match := _SHARD.match(name)) else name): name for name in reversed(found)}
    if len(models) == 1:
        (name,) = models.values()
        refuse_shard(name)
        return name
    named = ", ".join(sorted(models.values() if found else names)[:_MOST_NAMED])
    number = len(models) if found else len(names)
    more = f" and {number - _MOST_NAMED} more" if number > _MOST_NAMED else ""
    example = sorted(models.values() if found else names)[0]
    said = f'has no GGUF file "{wanted}"' if not found else f"holds {number} GGUF files"
    raise ModelError(f'"{label}" {said}; name one of {named}{more}, like "{label.rstrip("/")}{separator}{example}".')


def refuse_shard(name: str) -> None:
    """Raises: ModelError, if this file is one of several that make one model; the sentence says how to merge them."""
    match = _SHARD.match(name)
    if match is None or int(match["count"]) == 1:
        return
    first = f"{match['stem']}-00001-of-{match['count']}.gguf"
    raise ModelError(
        f'The model "{match["stem"]}" is split into {int(match["count"])} GGUF files, and only whole ones are read '
        f"here; merge them with llama.cpp's llama-gguf-split --merge {first} {match['stem']}.gguf, or name a whole one."
    )


def _is_meant(name: str, wanted: str) -> bool:
    if wanted.lower().endswith(".gguf"):
        return wanted in (name, name.rpartition("/")[2])
    return re.search(rf"(?<![A-Za-z0-9_]){re.escape(wanted)}(?![A-Za-z0-9_])", name, re.IGNORECASE) is not None
