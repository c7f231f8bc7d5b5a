"""Where a model runs and in which number format, and how much memory what it keeps may take."""

import os

import torch

from eager_core.errors import MemoryShortError, ModelError
from eager_core.free_memory import free_memory_bytes

PRECISIONS = ("auto", "float32", "bfloat16")

_SHARE_OF_FREE_MEMORY = 0.25
"""Of the memory that is free once the model is loaded, this much may hold what an engine keeps."""


def best_device() -> torch.device:
    """Return CUDA where there is one, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def dtype_for(precision: str, device: torch.device) -> torch.dtype:
    """Return the number format that `precision` means on `device`.

    "auto" is bfloat16 where the hardware multiplies it natively (CUDA, CPUs with AVX512-BF16 or AMX), since decoding
    waits for memory and it halves what is read; float32, the exact mode, elsewhere.

    Raises:
        ModelError: an unknown name.
    """
    if precision not in PRECISIONS:
        raise ModelError(f"precision is {precision!r}, but must be one of: {', '.join(PRECISIONS)}.")
    if precision == "auto":
        return torch.bfloat16 if _has_native_bfloat16(device) else torch.float32
    return getattr(torch, precision)


def _has_native_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu":
        return False
    # Private names of torch, so asked for gently: without them float32 is right, only slower.
    tests = [getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")]
    return any(test() for test in tests if test is not None)


MEMORY_VARIABLE = "EAGER_EXPLORER_KV_MIB"
"""Environment variable that sets the memory for what an engine keeps, in MiB."""

_MIB = 2**20


def free_bytes(device: torch.device) -> int:
    """Return the memory that is free on `device` now; on a CPU, no more than what the container leaves."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":  # shared with the CPU, but Metal has a limit of its own
        left = torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
        return max(0, min(left, free_memory_bytes()))
    return free_memory_bytes()


def default_memory_budget_bytes(device: torch.device) -> int:
    """Return what the environment variable says, else a quarter of the memory that is free on `device` now.

    Raises:
        ModelError: the variable holds no number above 0, or more than is free.
    """
    said = os.environ.get(MEMORY_VARIABLE)
    if not said:
        return int(free_bytes(device) * _SHARE_OF_FREE_MEMORY)
    if not (said.isascii() and said.isdecimal()) or int(said) == 0:
        raise ModelError(f"{MEMORY_VARIABLE} is {said!r}, but must be a whole number of MiB above 0, or unset.")
    return _checked(int(said) * _MIB, f"{MEMORY_VARIABLE} is {said}", device)


def checked_budget_bytes(asked: int | None, device: torch.device) -> int:
    """Return `asked`, or the default where that is None.

    Raises:
        ModelError: no whole number above 0, or more than is free.
    """
    if asked is None:
        return default_memory_budget_bytes(device)
    if not isinstance(asked, int) or isinstance(asked, bool) or asked <= 0:
        raise ModelError(f"memory_budget_bytes is {asked!r}, but must be a whole number of bytes above 0, or None.")
    return _checked(asked, f"memory_budget_bytes is {asked}", device)


def _checked(budget_bytes: int, said: str, device: torch.device) -> int:
    free = free_bytes(device)
    if budget_bytes > free:
        raise MemoryShortError(
            f"{said}, but only {free // _MIB:,} MiB are free on this machine's {device.type}; ask for less, or close "
            "something."
        )
    return budget_bytes
