"""What a slider move costs: forward passes and seconds in a known tree, against a cold run of the same settings.

    make bench-replay
"""

import argparse
from dataclasses import replace

from benchmarks.report import report, seconds_of
from eager_core import Exploration, Settings, load_engine
from eager_core.local import LocalEngine

PROMPT = "Write a short story about a lighthouse keeper who finds a letter."


def main() -> None:
    """Run once cold, then move one slider after another, and print what each move cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--max-sequences", type=int, default=16)
    parser.add_argument("--max-new-tokens", type=int, default=160)
    options = parser.parse_args()
    engine = load_engine(precision="float32")
    start = Settings(theta=2.0, max_sequences=options.max_sequences, max_new_tokens=options.max_new_tokens)
    moves = {
        "cold": start,
        "again": start,
        "theta +0.3": replace(start, theta=2.3),
        "theta back": start,
        "theta -0.3": replace(start, theta=1.7),
        "M half": replace(start, max_sequences=options.max_sequences // 2),
        "M double": replace(start, max_sequences=options.max_sequences * 2),
        "temperature +0.1": replace(start, temperature=0.7),
        "temperature -0.1": replace(start, temperature=0.5),
    }
    warm = Exploration(engine, PROMPT)
    rows = []
    for name, settings in moves.items():
        known = len(warm.knowledge.nodes)
        seconds, _ = seconds_of(lambda: list(warm.run(settings)))  # noqa: B023 - run at once
        cold_seconds, cold_passes = (seconds, warm.tree.finished.forward_passes)
        if name != "cold":
            cold_seconds, cold_passes = cold_run(engine, settings)
        num_nodes = warm.tree.num_nodes - 1
        rows.append(
            {
                "move": name,
                "nodes": num_nodes,
                "new nodes": len(warm.knowledge.nodes) - known,
                "passes": warm.tree.finished.forward_passes,
                "ms": 1e3 * seconds,
                "cold passes": cold_passes,
                "cold ms": 1e3 * cold_seconds,
                "of cold": seconds / cold_seconds,
            }
        )
        print(rows[-1], flush=True)
    report("replay", rows)


def cold_run(engine: LocalEngine, settings: Settings) -> tuple[float, int]:
    """Return (seconds, forward passes) of the same settings in a fresh exploration."""
    exploration = Exploration(engine, PROMPT)
    seconds, _ = seconds_of(lambda: list(exploration.run(settings)))
    exploration.close()
    return seconds, exploration.tree.finished.forward_passes


if __name__ == "__main__":
    main()
