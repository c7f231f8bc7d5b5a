"""Single metadata fields of a GGUF file, found by the bytes of their names.

A GGUF reader parses 100,000 tokens and merges before it answers, for seconds. A field is stored as its name's length (8
bytes), its name, its type (4 bytes) and its value; a string as its length (8 bytes) and its bytes; an array as its
elements' type (4 bytes), their number (8 bytes) and themselves.

References: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import mmap
import struct
from pathlib import Path

MAGIC = b"GGUF"
_INT32, _STRING, _ARRAY = 5, 8, 9


def string_field(source: Path, name: str) -> str | None:
    """Return a string, or None where the file has none of that name."""
    with source.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = _value_at(content, name, struct.pack("<I", _STRING))
        return None if found is None else _string_at(content, found)[0].decode(errors="replace")


def string_array(source: Path, name: str) -> list[str]:
    """Return an array of strings, empty where the file has none of that name."""
    with source.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        place = _value_at(content, name, struct.pack("<II", _ARRAY, _STRING))
        if place is None:
            return []
        (number,) = struct.unpack_from("<Q", content, place)
        place += 8
        strings = []
        for _ in range(number):
            string, place = _string_at(content, place)
            strings.append(string.decode(errors="replace"))
        return strings


def integer_array(source: Path, name: str) -> list[int]:
    """Return an array of 32-bit integers, empty where the file has none of that name."""
    with source.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        place = _value_at(content, name, struct.pack("<II", _ARRAY, _INT32))
        if place is None:
            return []
        (number,) = struct.unpack_from("<Q", content, place)
        return list(struct.unpack_from(f"<{number}i", content, place + 8))


def _value_at(content: mmap.mmap, name: str, types: bytes) -> int | None:
    mark = struct.pack("<Q", len(name.encode())) + name.encode() + types
    found = content.find(mark)
    return None if found < 0 else found + len(mark)


def _string_at(content: mmap.mmap, place: int) -> tuple[bytes, int]:
    """Return a string and the place behind it."""
    (length,) = struct.unpack_from("<Q", content, place)
    return content[place + 8 : place + 8 + length], place + 8 + length
