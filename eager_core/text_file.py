"""A text file, read whole."""

import codecs
import os
from pathlib import Path

from eager_core.errors import TraceError


def read_text(path: str | os.PathLike, most_bytes: int, name: str | None = None) -> str:
    """Return the text of a file: UTF-8, or what its byte order mark says (Windows tools write one); the mark is left
    out. Line ends stay as they are.

    Args:
        most_bytes: a larger file is refused unread.
        name: what to call the file, if not by its path.
    Raises:
        TraceError: the file can't be read, is too large, or is no text.
    """
    name = str(path) if name is None else name
    try:
        num_bytes = Path(path).stat().st_size
        if num_bytes > most_bytes:
            raise TraceError(f"{name} has {num_bytes:,} bytes; files of up to {most_bytes:,} can be opened.")
        return decoded(Path(path).read_bytes())
    except OSError as error:
        raise TraceError(f"{name} can't be read: {error.strerror}; choose another file.") from None
    except UnicodeDecodeError:
        raise TraceError(f"{name} is not UTF-8 text; choose another file.") from None


def decoded(data: bytes) -> str:
    """Return the text of a file's bytes; see `read_text`.

    Raises:
        UnicodeDecodeError: they are no text.
    """
    is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and len(data) > len(codecs.BOM_UTF16)
    return data.decode("utf-16" if is_utf_16 else "utf-8-sig")
