"""EAGer: generation that branches where the model is uncertain. Importing this alone does not import torch.

    from eager_core import Exploration, Settings, load_engine

    exploration = Exploration(load_engine(), "What is 17 + 25?", seed=0)
    for event in exploration.run(Settings(theta=2.0)):
        print(event)
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

from eager_core.errors import EagerError, ModelError, PromptError, SettingsError, TraceError
from eager_core.exploration import Exploration
from eager_core.settings import Settings
from eager_core.tree import TokenTree, fold

if TYPE_CHECKING:
    from eager_core.local import load_engine

__all__ = [
    "EagerError",
    "Exploration",
    "ModelError",
    "PromptError",
    "Settings",
    "SettingsError",
    "TokenTree",
    "TraceError",
    "fold",
    "load_engine",
]


def __getattr__(name: str) -> Any:
    # torch is imported only by those who load a model: it takes seconds that a reader of traces need not wait.
    if name == "load_engine":
        # How long torch's idle workers wait awake for the next loop, read when torch is first imported: enough to
        # bridge what lies between two layers. By default it is thirty times that, in which another program waits for
        # the processor. `local.threads` does the rest.
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")
        # MKL's products come out the same to the last bit wherever in memory a worker keeps its numbers, so that a
        # tree does not depend on how many processors were free.
        os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")
        return importlib.import_module("eager_core.local").load_engine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
