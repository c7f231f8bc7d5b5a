"""A scripted engine that raises what a model's libraries raise, at a chosen call of a chosen method."""

from collections.abc import Sequence

from eager_core.known_node import KnownNode
from eager_core.prediction import Prediction
from eager_core.prompt import DEFAULT_DATE
from tests.scripted_engine import ScriptedEngine, ScriptedMemory, hashed_logprobs


class OutOfMemoryError(RuntimeError):
    """Named as torch's own, which tests without torch can't raise."""


class FailingEngine(ScriptedEngine):
    """Raises `error` once, at call number `at` (the first is 1) of the method `where`; works before and after."""

    def __init__(self, error: BaseException, where: str = "predict", at: int = 5, **kwargs) -> None:
        super().__init__(hashed_logprobs(40), **kwargs)
        self.error, self.where, self.at = error, where, at
        self.num_calls = 0

    def called(self, where: str) -> None:
        if where == self.where:
            self.num_calls += 1
            if self.num_calls == self.at:
                raise self.error

    def encode_prompt(self, prompt: str, date: str = DEFAULT_DATE) -> list[int]:
        self.called("encode_prompt")
        return super().encode_prompt(prompt, date)

    def token_text(self, path: Sequence[int], token_id: int) -> str:
        self.called("token_text")
        return super().token_text(path, token_id)

    def open(self, prompt_ids: Sequence[int]) -> "FailingMemory":
        self.called("open")
        return FailingMemory(self)


class FailingMemory(ScriptedMemory):
    def predict(self, nodes: Sequence[KnownNode]) -> list[Prediction]:
        self.engine.called("predict")
        return super().predict(nodes)

    def logprobs(self, node: KnownNode):
        self.engine.called("distribution")
        return super().logprobs(node)
