"""A GGUF file's header read once for a whole conversion.

transformers opens the file anew for the config, the tokenizer and the weights, and each time `gguf` parses 100,000
tokens and merges one by one; and it builds one and the same map of tensor names for every module of the model. Measured
with a profiler on the packaged file, these were three quarters of a conversion, unpacking the weights a fourteenth.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import gguf


@contextmanager
def header_read_once() -> Iterator[None]:
    """Inside the block, `gguf` gives the same reader for the same path, and the same map for the same architecture.

    Whatever is read is read by the same code, so nothing changes but the time. Changes the module `gguf` for the whole
    process: only one block may be open at a time.
    """
    reader_class, name_map_of = gguf.GGUFReader, gguf.get_tensor_name_map

    @cache
    def reader_of(path: str) -> gguf.GGUFReader:
        return reader_class(path)

    names = vars(gguf)
    names["GGUFReader"] = lambda path: reader_of(str(path))
    names["get_tensor_name_map"] = cache(name_map_of)
    try:
        yield
    finally:
        names["GGUFReader"], names["get_tensor_name_map"] = reader_class, name_map_of


def num_weights_of(source: Path) -> int:
    """Return how many weights a GGUF file holds, by its header; raises whatever the reader raises."""
    return sum(int(tensor.n_elements) for tensor in gguf.GGUFReader(str(source)).tensors)
