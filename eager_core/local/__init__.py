"""The engine on this machine, with torch and transformers."""

from eager_core.local.engine import LocalEngine
from eager_core.local.loading import load_engine

__all__ = ["LocalEngine", "load_engine"]
