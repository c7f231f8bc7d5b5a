"""The loaded models: one engine a name and precision, shared by all visitors, loaded when first asked for.

An engine that no exploration uses stays for the next visitor, until memory is needed: where the engines together take
more than their share, or another model finds no room, those go that were asked for least recently. One that is used is
never taken from whoever uses it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from eager_core.engine import Engine
from eager_core.errors import MemoryShortError
from eager_core.failures import model_failures
from eager_core.free_memory import total_memory_bytes

DEFAULT = ""
"""The name that means the default model."""

_SHARE_OF_MEMORY = 0.5
"""What the engines may take together of the machine's or container's memory before unused ones go."""

_Key = tuple[str, str]
"""Name and precision."""


class Engines:
    """Owns the engines, and closes them. Safe to use from any thread."""

    def __init__(self, load: Callable[[str | None, str], Engine], most_bytes: int | None = None) -> None:
        """
        Args:
            load: returns the engine of a name (None: the default model) and a precision; may take long, may raise
                EagerError.
            most_bytes: what the engines may take together before unused ones are closed; None: half of the memory.
        """
        self._load = load
        self._most_bytes = most_bytes if most_bytes is not None else int(total_memory_bytes() * _SHARE_OF_MEMORY)
        self._lock = threading.Lock()
        self._futures: OrderedDict[_Key, Future[Engine]] = OrderedDict()
        """The least recently asked for first."""

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
                threading.Thread(target=self._fill, args=(key, future), name=f"load {name}", daemon=True).start()
            self._futures.move_to_end(key)
            return future

    def loaded(self, name: str = DEFAULT, precision: str = "auto") -> Engine | None:
        """Return the engine if it is there; never starts to load it."""
        with self._lock:
            return _engine(self._futures.get((name.strip(), precision)))

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

    def _fill(self, key: _Key, future: "Future[Engine]") -> None:
        try:
            with model_failures("The model can't be loaded"):
                engine = self._load_making_room(key)
        except BaseException as error:  # whoever waits raises it
            future.set_exception(error)
            return
        future.set_result(engine)
        while self._num_bytes() > self._most_bytes and self._close_one(but=key):
            pass

    def _load_making_room(self, key: _Key) -> Engine:
        name, precision = key
        while True:
            try:
                return self._load(name or None, precision)
            except MemoryShortError:
                if not self._close_one(but=key):
                    raise

    def _num_bytes(self) -> int:
        with self._lock:
            engines = [_engine(future) for future in self._futures.values()]
        # Not under the lock: an engine may be in the middle of a pass.
        return sum(engine.num_bytes for engine in engines if engine is not None)

    def _close_one(self, but: _Key) -> bool:
        """Close the engine that was asked for least recently of those that nobody uses; return whether there is one.

        Args:
            but: the one that room is made for.
        """
        with self._lock:
            for key, future in self._futures.items():
                engine = _engine(future)
                if key != but and engine is not None and not engine.is_used:
                    del self._futures[key]
                    break
            else:
                return False
        engine.close()
        return True


def _engine(future: "Future[Engine] | None") -> Engine | None:
    """Return the engine that is promised, if it is there."""
    return future.result() if future and future.done() and future.exception() is None else None
