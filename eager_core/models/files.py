"""What a file is by its first bytes, whatever its name: the one kind that is read here, and why the others are not."""

import struct
from pathlib import Path

from eager_core.errors import ModelError
from eager_core.models.gguf_fields import MAGIC

_PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_OLDER_THAN_GGUF = (b"tjgg", b"lmgg", b"fmgg", b"algg", b"ggjt", b"ggml", b"ggmf", b"ggla")


def is_gguf(file: Path) -> bool:
    """Whether the file begins as a GGUF file does."""
    try:
        return file.is_file() and _first_bytes(file).startswith(MAGIC)
    except OSError:
        return False


def refuse_other_files(name: str, file: Path) -> None:
    """Raises: ModelError, if the file can't be a GGUF file of this machine's byte order; one sentence says what it is.

    OSError: it can't be read.
    """
    first = _first_bytes(file)
    if reason := _reason(file, first):
        raise ModelError(f'The file "{name}" {reason}.')


def _first_bytes(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(64)


def _reason(file: Path, first: bytes) -> str | None:
    if first.startswith(MAGIC):
        # The version is a small number; in the other byte order its two lower bytes are 0.
        swapped = len(first) >= 8 and struct.unpack_from("<I", first, 4)[0] & 0xFFFF == 0
        return "is a GGUF file in big-endian byte order; name one in little-endian order" if swapped else None
    if not first:
        return "is empty; fetch it again"
    if first.startswith(b"version https://git-lfs"):
        return 'is a pointer of Git LFS, not the file itself; fetch that with "git lfs pull"'
    if first.startswith(_OLDER_THAN_GGUF):
        return "is of a format before GGUF; convert it with llama.cpp, or name a GGUF file"
    if first.startswith(_PICKLES):
        return "holds pickled weights, which can run code; name a GGUF file, or a folder with safetensors weights"
    if first[8:9] == b"{" or file.suffix == ".safetensors":
        return "holds safetensors weights alone; name the folder that holds it with its config.json and tokenizer"
    return "is not a .gguf file; name one, or the folder that holds the model"
