"""Serves the page on a scripted model whose tokens are numbers and whose answers depend on the prompt:
`python -m tests.browser.budget_page [--delay SECONDS]`."""

import argparse
from collections.abc import Sequence

import app
from components.visitors.engines import Engines
from tests.browser.scripted_page import SlowEngine, SlowMemory
from tests.scripted_engine import hashed_logprobs

WORDS = [str(number) for number in range(1, 13)]
SPREADS = (2.5, 30.0, 120.0)
"""How sure the model is of a prompt, by the length of the prompt: never, sometimes, often."""


class PromptedEngine(SlowEngine):
    """Its predictions depend on the prompt: some prompts fork often, others never."""

    def __init__(self, delay_s: float) -> None:
        super().__init__(WORDS, delay_s)

    def open(self, prompt_ids: Sequence[int]) -> SlowMemory:
        of_prompt = PromptedEngine(self.delay_s)
        logprobs = hashed_logprobs(len(WORDS) + 1, SPREADS[sum(prompt_ids) % len(SPREADS)], eos_logit=-3.0)
        of_prompt.logprobs = lambda path: logprobs((sum(prompt_ids), *path))
        return SlowMemory(of_prompt)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=0.01, help="seconds a forward pass takes")
    arguments = parser.parse_args()
    app.build_page(Engines(lambda name, precision: PromptedEngine(arguments.delay))).launch()


if __name__ == "__main__":
    main()
