"""Serves the page on a scripted model: `python -m tests.browser.scripted_page [--delay SECONDS] [--words KIND]`."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import app
from components.visitors.engines import Engines
from eager_core.known_node import KnownNode
from eager_core.prediction import Prediction, prediction_from_logprobs
from tests.browser.gate import Gate
from tests.scripted_engine import EOS, ScriptedEngine, ScriptedMemory, hashed_logprobs

WORDS = (
    "the a of light house keeper sea night storm lamp and was to it in his old stairs wind stone wave far ship bell fog"
    " glass shore rope dark years one two she he oil sky gull tide"
).split()
HOSTILE_WORDS = [
    "<b>", "</b>", "<img src=x onerror=alert(1)>", "<script>alert(2)</script>", "&lt;i&gt;", "&amp;", "<br>",
    "</span>", "<a href='javascript:alert(3)'>x</a>", "${alert(4)}", "{{value}}", "%{x}", "$\\pi$",
    "\u202e", "\n", "\t", "`", '"', "'",
]  # fmt: skip
UNICODE_WORDS = [
    "\U0001f468", "\u200d", "\U0001f469", "\U0001f467", "\U0001f44d", "\U0001f3fd", "\U0001f1f3", "\U0001f1f1",
    "e", "\u0301", " a", "\u0928", "\u093f", "\u3000", "\n", " ", "\u6f22\u5b57", "",
    " \u0645\u06cc", "\u200c", "\u062e\u0648\u0627\u0647\u0645", " \u05e9\u05dc\u05d5\u05dd",
]  # fmt: skip
"""Parts of characters, letters of several scripts, and what cannot be seen."""


class SlowEngine(ScriptedEngine):
    """A scripted model whose tokens are words, and whose every pass takes its time."""

    model_name = "scripted"

    def __init__(
        self, words: list[str], delay_s: float, gate: Gate | None = None, spare_gate: Gate | None = None
    ) -> None:
        super().__init__(hashed_logprobs(len(words) + 1, spread=9.0, eos_logit=-9.0))
        self.words = words
        self.delay_s = delay_s
        self.gate = gate
        self.spare_gate = spare_gate

    def token_text(self, path: Sequence[int], token_id: int) -> str:
        return "<|im_end|>" if token_id == EOS else " " + self.words[token_id - 1]

    def open(self, prompt_ids: Sequence[int]) -> "SlowMemory":
        return SlowMemory(self, "".join(map(chr, prompt_ids)))


class SlowMemory(ScriptedMemory):
    def __init__(self, engine: SlowEngine, prompt: str = "") -> None:
        super().__init__(engine)
        self.prompt = prompt

    def predict(self, nodes: Sequence[KnownNode]) -> list[Prediction]:
        time.sleep(self.engine.delay_s)
        if self.engine.gate is not None:
            self.engine.gate.wait_for(self.num_forward_passes + 1)
        return super().predict(nodes)

    def foretell(self, nodes: Sequence[KnownNode], patience_s: float) -> list[tuple[KnownNode, Prediction]]:
        time.sleep(self.engine.delay_s)
        if self.engine.spare_gate is not None:
            self.engine.spare_gate.pass_through(self.num_spare_passes + 1, self.prompt)
        # Not as `predict` does, whose passes a run counts that has begun meanwhile.
        self.num_spare_passes += 1
        told = nodes[: self.engine.num_spare_places]
        return [(node, prediction_from_logprobs(self.logprobs(node), self.engine.num_kept)) for node in told]

    def close(self) -> None:
        super().close()
        if self.engine.spare_gate is not None:
            self.engine.spare_gate.note(f"closed {self.prompt}")


class UnicodeEngine(SlowEngine):
    """A scripted model whose tokens are written as they are, with no space before them."""

    def token_text(self, path: Sequence[int], token_id: int) -> str:
        return "" if token_id == EOS else self.words[token_id - 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=0.03, help="seconds a forward pass takes")
    parser.add_argument("--words", choices=("plain", "hostile", "unicode"), default="plain")
    parser.add_argument("--gate", type=Path, help="a file that says how many passes a tree may have; see gate.py")
    parser.add_argument("--spare-gate", type=Path, help="the same for passes that look ahead, which are counted there")
    parser.add_argument("--load-gate", type=Path, help="a file that says whether the model may be loaded, 0 or 1")
    arguments = parser.parse_args()

    gate = Gate(arguments.gate) if arguments.gate else None
    spare_gate = Gate(arguments.spare_gate) if arguments.spare_gate else None

    def load(name: str | None, precision: str) -> SlowEngine:
        if arguments.load_gate:
            Gate(arguments.load_gate).wait_for(1)
        if arguments.words == "unicode":
            return UnicodeEngine(UNICODE_WORDS, arguments.delay)
        words = WORDS if arguments.words == "plain" else HOSTILE_WORDS
        return SlowEngine(words, arguments.delay, gate, spare_gate)

    app.build_page(Engines(load)).launch()


if __name__ == "__main__":
    main()
