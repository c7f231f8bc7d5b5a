"""The explorations of many prompts, the last used kept open."""

from collections import OrderedDict

from eager_core.engine import Engine
from eager_core.exploration import Exploration
from eager_core.prompt import DEFAULT_DATE

MOST_OPEN = 64
"""Beyond it the longest unused is closed: what it knew is computed again, the same, if a stage comes back to it."""


class Explorations:
    """Opens an exploration for each key once; beyond `MOST_OPEN` closes the longest unused. One thread at a time."""

    def __init__(self, engine: Engine, seed: int, date: str = DEFAULT_DATE) -> None:
        self._engine = engine
        self._seed = seed
        self._date = date
        self._open: OrderedDict[object, Exploration] = OrderedDict()

    def of(self, key: object, prompt: str) -> Exploration:
        """Return the exploration of `key`, which always comes with the same prompt.

        Raises:
            PromptError: the engine refuses the prompt.
        """
        if key not in self._open:
            self._open[key] = Exploration(self._engine, prompt, self._seed, self._date)
            while len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(key)
        return self._open[key]

    def close(self) -> None:
        """Free the engine's memory of all."""
        while self._open:
            self._open.popitem()[1].close()
