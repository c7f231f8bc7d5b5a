"""How much memory a model takes, told from the headers of its files; one that can't fit is refused before it is tried.

Whoever runs out of memory in a container is killed without a word, after minutes of work.
"""

import json
import math
from pathlib import Path

import torch
from huggingface_hub import try_to_load_from_cache
from safetensors import safe_open

from eager_core.errors import MemoryShortError
from eager_core.free_memory import free_memory_bytes
from eager_core.models.gguf_once import num_weights_of

_CONVERSION_SHARE = 1.2
"""What a conversion takes, in units of the float32 weights: beside them a tensor on its way, and the vocabulary."""

_GIB = 2**30


def check_gguf_fits(source: Path) -> None:
    """Refuse to expand a GGUF file whose float32 weights the free memory does not hold.

    Only the header is read, in seconds; a file that can't be read passes, for whoever reads it next says why.

    Raises:
        MemoryShortError: the sentence gives what is needed, what is free, and a remedy.
    """
    try:
        num_weights = num_weights_of(source)
    except Exception:  # what may go wrong inside the reader is open-ended
        return
    _check(source.name, int(num_weights * 4 * _CONVERSION_SHARE), free_memory_bytes(), "to be unpacked")


def check_weights_fit(label: str, place: str | Path, dtype: torch.dtype, device: torch.device) -> None:
    """Refuse to load safetensors whose weights, as `dtype`, the free memory of `device` does not hold.

    Args:
        place: a folder, or a Hub id; one that was never fetched passes.
    Raises:
        MemoryShortError: as above.
    """
    folder = place if isinstance(place, Path) else _cached(place)
    num_weights = sum(map(_num_weights, _weight_files(folder))) if folder is not None else 0
    free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else free_memory_bytes()
    _check(label, num_weights * dtype.itemsize, free, f"in {str(dtype).removeprefix('torch.')}")


def _check(label: str, needed_bytes: int, free: int, how: str) -> None:
    if needed_bytes > free:
        raise MemoryShortError(
            f'The model "{label}" needs {_told(needed_bytes)} of memory {how}, but {_told(free)} are free; close '
            "something, or name a smaller model."
        )


def _told(num_bytes: int) -> str:
    return f"{num_bytes / _GIB:.1f} GiB" if num_bytes >= _GIB else f"{num_bytes / 2**20:.1f} MiB"


def _cached(hub_id: str) -> Path | None:
    """Return the folder where the Hub's cache has a model's files, if it has them."""
    try:
        config = try_to_load_from_cache(hub_id, "config.json")
    except ValueError:  # not a Hub id
        return None
    return Path(config).parent if isinstance(config, str) else None


def _weight_files(folder: Path) -> list[Path]:
    """Return the files that transformers reads: those of the index where there is one, for folders may hold copies."""
    index = folder / "model.safetensors.index.json"
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        return [folder / name for name in sorted(names)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        whole = folder / "model.safetensors"
        return [whole] if whole.is_file() else sorted(folder.glob("*.safetensors"))


def _num_weights(file: Path) -> int:
    """Return how many numbers a file holds; 0 where it can't be read, for whoever reads it next says why."""
    try:
        with safe_open(file, framework="pt") as tensors:
            return sum(math.prod(tensors.get_slice(name).get_shape()) for name in tensors.keys())  # noqa: SIM118
    except Exception:  # safetensors has its own exceptions for files cut short, and torch raises others
        return 0
