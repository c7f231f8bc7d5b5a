"""A step's time while another program keeps one processor busy: using as many processors as are free, or always all.

    make bench-neighbour

The neighbour is a Python loop in a process of its own, as a browser that draws is. `all` turns off what
`eager_core.local.threads` does about it.
"""

import argparse
import subprocess
import sys

import torch

from benchmarks.decode import run_ours
from benchmarks.report import median, report
from eager_core import load_engine
from eager_core.local import LocalEngine
from eager_core.local.threads import TorchThread

BUSY = "while True: pass"


def main() -> None:
    """Measure alone and with a neighbour, both ways, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--new-tokens", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    engine = load_engine(precision="float32")
    engine.eos_token_ids = frozenset()
    rows = []
    for num_sequences in options.sequences:
        row = {"B": num_sequences}
        for situation in ("alone", "with a neighbour"):
            for name, is_watched in (("free ones", True), ("all", False)):
                row[f"{situation}, {name}, ms/step"] = step_ms(
                    engine, is_watched, situation != "alone", num_sequences, options.new_tokens, options.rounds
                )
        rows.append(row)
    report("neighbour", rows)


def step_ms(
    engine: LocalEngine, is_watched: bool, is_disturbed: bool, num_sequences: int, num_new_tokens: int, num_rounds: int
) -> float:
    """Return the median milliseconds of a step."""
    # A fresh one, that has learnt nothing yet.
    thread = engine.torch_thread = TorchThread(torch.device(engine.device))
    if not is_watched:
        thread.run(torch.set_num_threads, torch.get_num_threads())
        thread.run_pass = thread.run
    neighbour = subprocess.Popen([sys.executable, "-c", BUSY]) if is_disturbed else None
    try:
        # The first run is for finding out how many processors are free.
        run_ours(engine, num_sequences, num_new_tokens)
        return 1e3 * median([run_ours(engine, num_sequences, num_new_tokens)[2] for _ in range(num_rounds)])
    finally:
        # Without this it would hold itself, and its workers would stay beside those of the next one.
        thread.__dict__.pop("run_pass", None)
        if neighbour is not None:
            neighbour.kill()
            neighbour.wait()


if __name__ == "__main__":
    main()
