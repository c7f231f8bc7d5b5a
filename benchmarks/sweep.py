"""What it costs to walk many settings together: nodes, passes and seconds against one run and against separate runs.

    make bench-sweep
    make bench-sweep OPTIONS="--separate"      # also the separate runs, which take minutes
"""

import argparse
from dataclasses import replace

from benchmarks.report import report, seconds_of
from eager_core import Exploration, Settings, load_engine
from eager_core.grids import grid_of
from eager_core.local import LocalEngine
from eager_core.outcomes import swept_trees

PROMPT = "What is 17 + 25? Think step by step."
THETAS = tuple(round(0.1 * step, 1) for step in range(31))
PAPER_THETAS = THETAS[18:28]
PAPER_MAX_SEQUENCES = (1, 4, 8, 16, 24, 32)


def grids(start: Settings) -> dict[str, list[Settings]]:
    """Return the settings that are walked together, by name."""
    temperatures = [round(0.1 * step, 1) for step in range(1, 11)]
    return {
        "theta 0 .. 3 by 0.1": grid_of(start, THETAS, [start.max_sequences]),
        "theta 1.5 .. 2.7 by 0.1": grid_of(start, THETAS[15:28], [start.max_sequences]),
        "the paper's grid: theta 1.8 .. 2.7 x M 1 .. 32": grid_of(start, PAPER_THETAS, PAPER_MAX_SEQUENCES),
        "M 1 .. 32": grid_of(start, [start.theta], range(1, 33)),
        "temperature 0.1 .. 1 by 0.1": [replace(start, temperature=temperature) for temperature in temperatures],
    }


def main() -> None:
    """Walk each grid together in a fresh exploration, and print what it cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompt", default=PROMPT)
    parser.add_argument("--max-sequences", type=int, default=8)
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument("--separate", action="store_true", help="also run every setting alone, one after another")
    options = parser.parse_args()
    engine = load_engine(precision="float32")
    start = Settings(max_sequences=options.max_sequences, max_new_tokens=options.max_new_tokens)
    cold(engine, options.prompt, [start])
    rows = []
    for name, grid in grids(start).items():
        one_seconds, _, _ = cold(engine, options.prompt, [start])
        seconds, nodes, passes = cold(engine, options.prompt, grid)
        row = {
            "walked together": name, "settings": len(grid), "nodes": nodes, "passes": passes, "seconds": seconds,
            "one run": one_seconds, "x one run": seconds / one_seconds,
        }  # fmt: skip
        if options.separate:
            separate = [cold(engine, options.prompt, [settings]) for settings in grid]
            row["separate runs"] = sum(seconds for seconds, _, _ in separate)
            row["separate nodes"] = sum(nodes for _, nodes, _ in separate)
            row["of separate"] = seconds / row["separate runs"]
        rows.append(row)
        print(row, flush=True)
    report("sweep", rows)


def cold(engine: LocalEngine, prompt: str, grid: list[Settings]) -> tuple[float, int, int]:
    """Return (seconds, nodes, forward passes) of walking a grid together in a fresh exploration."""
    exploration = Exploration(engine, prompt)
    try:
        seconds, _ = seconds_of(lambda: swept_trees(exploration, grid))
        return seconds, len(exploration.knowledge.nodes) - 1, exploration.knowledge.num_forward_passes
    finally:
        exploration.close()


if __name__ == "__main__":
    main()
