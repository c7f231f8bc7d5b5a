"""EAGer-init against M full samples on the same prompts: tokens, seconds and memory for KV rows.

    make bench-eager_vs_parallel
"""

import argparse

from benchmarks.report import report, seconds_of
from eager_core import Exploration, Settings, load_engine
from eager_core.local import LocalEngine

PROMPTS = (
    "What is 17 + 25? Think step by step.",
    "Write a short story about a lighthouse keeper.",
    "What is the capital of France?",
    "Write a Python function that reverses a string.",
)


def main() -> None:
    """Run both on each prompt and print what they cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--max-sequences", type=int, default=8)
    parser.add_argument("--max-new-tokens", type=int, default=96)
    parser.add_argument("--theta", type=float, default=2.0)
    options = parser.parse_args()
    engine = load_engine(precision="float32")
    rows = []
    for prompt in PROMPTS:
        costs = {}
        for strategy in ("paper", "parallel"):
            settings = Settings(
                strategy=strategy,
                theta=options.theta,
                max_sequences=options.max_sequences,
                max_new_tokens=options.max_new_tokens,
            )
            costs[strategy] = cost(engine, prompt, settings)
        for strategy, measured in costs.items():
            against = {f"{name} ratio": measured[name] / costs["parallel"][name] for name in ("tokens", "seconds")}
            rows.append({"prompt": prompt[:24], "strategy": strategy, **measured, **against})
            print(rows[-1], flush=True)
    report("eager_vs_parallel", rows)


def cost(engine: LocalEngine, prompt: str, settings: Settings) -> dict:
    """Return what one cold run took. Samples that repeat a path share its rows, and are counted in full in tokens."""
    exploration = Exploration(engine, prompt)
    seconds, _ = seconds_of(lambda: list(exploration.run(settings)))
    ledger = exploration.tree.ledger()
    measured = {
        "sequences": len(exploration.tree.sequences),
        "tokens": ledger.generated_tokens,
        "forward passes": ledger.forward_passes,
        "seconds": seconds,
        "KV MiB": engine.held_bytes / 2**20,
    }
    exploration.close()
    return measured


if __name__ == "__main__":
    main()
