"""Bytes of KV rows at M = 1 .. 32: rows that belong to nodes, against a copy of the prefix for each sequence.

    make bench-memory
"""

import argparse

from benchmarks.report import report
from eager_core import Exploration, Settings, load_engine

PROMPT = "Write a short story about a lighthouse keeper who finds a letter in a bottle and must decide what to do."


def main() -> None:
    """Run at each M and print what is held, what the rows themselves weigh, and what copies would weigh."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32])
    parser.add_argument("--max-new-tokens", type=int, default=128)
    parser.add_argument("--theta", type=float, default=1.8)
    options = parser.parse_args()
    engine = load_engine(precision="float32")
    rows = []
    for max_sequences in options.sequences:
        exploration = Exploration(engine, PROMPT)
        settings = Settings(theta=options.theta, max_sequences=max_sequences, max_new_tokens=options.max_new_tokens)
        list(exploration.run(settings))
        tree, num_prompt = exploration.tree, len(exploration.knowledge.prompt_ids)
        copies = sum(num_prompt + tree.num_tokens(sequence) for sequence in tree.sequences) * engine.row_bytes
        needed = (num_prompt + tree.num_nodes - 1) * engine.row_bytes
        rows.append(
            {
                "M": max_sequences,
                "sequences": len(tree.sequences),
                "tokens": tree.num_nodes - 1,
                "held MiB": engine.held_bytes / 2**20,
                "rows MiB": needed / 2**20,
                "copies MiB": copies / 2**20,
                "held / copies": engine.held_bytes / copies,
            }
        )
        exploration.close()
    report("memory", rows)


if __name__ == "__main__":
    main()
