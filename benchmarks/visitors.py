"""Many visitors, one model: tokens per second of 1, 4 and 8 concurrent runs, and the slowest visitor's share.

    make bench-visitors
"""

import argparse
import threading
import time

from benchmarks.report import report
from eager_core import Exploration, Settings, load_engine
from eager_core.local import LocalEngine

PROMPTS = (
    "What is 17 + 25? Think step by step.",
    "Write a short story about a lighthouse keeper.",
    "What is the capital of France?",
    "Write a Python function that reverses a string.",
    "Explain why the sky is blue.",
    "List three fruits that are yellow.",
    "Translate 'good morning' into Spanish.",
    "Who wrote Hamlet?",
)


def main() -> None:
    """Let 1, 4 and 8 visitors run at once, each its own prompt, and print what they got."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--max-sequences", type=int, default=2)
    parser.add_argument("--max-new-tokens", type=int, default=64)
    options = parser.parse_args()
    engine = load_engine(precision="float32")
    # No token ends a sequence, and forks are forced at once, so that all visitors want the same.
    engine.eos_token_ids = frozenset()
    settings = Settings(theta=0.0, max_sequences=options.max_sequences, max_new_tokens=options.max_new_tokens)
    visit(engine, PROMPTS[0], settings)
    rows = []
    for num_visitors in options.visitors:
        rows.append(measure(engine, num_visitors, settings))
        rows[-1]["x one"] = rows[-1]["tokens/s"] / rows[0]["tokens/s"]
        print(rows[-1], flush=True)
    report("visitors", rows)


def measure(engine: LocalEngine, num_visitors: int, settings: Settings) -> dict:
    """Return the figures of one crowd."""
    rates: list[float] = []
    tokens: list[int] = []

    def visitor(prompt: str) -> None:
        num_tokens, seconds = visit(engine, prompt, settings)
        rates.append(num_tokens / seconds)
        tokens.append(num_tokens)

    threads = [threading.Thread(target=visitor, args=(PROMPTS[number],)) for number in range(num_visitors)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    return {
        "visitors": num_visitors,
        "tokens": sum(tokens),
        "seconds": seconds,
        "tokens/s": sum(tokens) / seconds,
        "slowest visitor's share": min(rates) / (sum(rates) / num_visitors),
    }


def visit(engine: LocalEngine, prompt: str, settings: Settings) -> tuple[int, float]:
    """Return (tokens, seconds) of one cold run."""
    exploration = Exploration(engine, prompt)
    began = time.perf_counter()
    for _ in exploration.run(settings):
        pass
    seconds = time.perf_counter() - began
    exploration.close()
    return exploration.tree.num_nodes - 1, seconds


if __name__ == "__main__":
    main()
