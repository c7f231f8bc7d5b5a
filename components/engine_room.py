"""The loaded models: one engine a name and precision, shared by all visitors, loaded when first asked for."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

from eager_core.engine import Engine
from eager_core.failures import model_failures

DEFAULT = ""
"""The name that means the default model."""


class EngineRoom:
    """Owns the engines for as long as the process lives. Safe to use from any thread."""

    def __init__(self, load: Callable[[str | None, str], Engine]) -> None:
        """Args: load: returns the engine of a name (None: the default model) and a precision; may take long, may raise
        EagerError."""
        self._load = load
        self._lock = threading.Lock()
        self._futures: dict[tuple[str, str], Future[Engine]] = {}

    def request(self, name: str = DEFAULT, precision: str = "auto") -> "Future[Engine]":
        """Return the engine, or the promise of it; the first call starts a thread that loads it.

        A failed load is forgotten, so that asking again tries again (the file may be there by then).
        """
        key = (name.strip(), precision)
        with self._lock:
            future = self._futures.get(key)
            if future is None or (future.done() and future.exception() is not None):
                future = self._futures[key] = Future()
                future.set_running_or_notify_cancel()  # no visitor who leaves may cancel it for the others
                threading.Thread(target=self._fill, args=(*key, future), name=f"load {name}", daemon=True).start()
            return future

    def loaded(self, name: str = DEFAULT, precision: str = "auto") -> Engine | None:
        """Return the engine if it is there; never starts to load it."""
        with self._lock:
            future = self._futures.get((name.strip(), precision))
        return future.result() if future and future.done() and future.exception() is None else None

    def typed_for(self, model_name: str, preferred: str = DEFAULT, precision: str = "auto") -> str | None:
        """Return the name under which a loaded model was asked for that calls itself `model_name`, or None.

        Args:
            preferred, precision: of several, the one asked for in this way.
        """
        with self._lock:
            keys = [key for key, future in self._futures.items() if future.done() and future.exception() is None]
            found = [key for key in keys if self._futures[key].result().model_name == model_name]
        best = max(found, key=lambda key: (key[0] == preferred, key[1] == precision), default=None)
        return None if best is None else best[0]

    def _fill(self, name: str, precision: str, future: "Future[Engine]") -> None:
        try:
            with model_failures("The model can't be loaded"):
                future.set_result(self._load(name or None, precision))
        except BaseException as error:  # whoever waits raises it
            future.set_exception(error)
