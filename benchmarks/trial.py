"""What the trial at load costs, over the rest of loading the packaged model: `make bench-trial`."""

import argparse

import torch

from benchmarks.report import median, report, seconds_of
from eager_core.local import loading


def main() -> None:
    """Load several times, and time the trial inside each load: both halves of a pair see the same machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=None)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    check, trials, loads = loading.check_parity, [], []

    def timed(*arguments) -> None:
        trials.append(seconds_of(lambda: check(*arguments))[0])

    loading.check_parity = timed
    for _ in range(options.rounds):
        seconds, engine = seconds_of(lambda: loading.load_engine(options.model, precision="float32"))
        engine.close()
        loads.append(seconds - trials[-1])
    ratio = median([trial / load for trial, load in zip(trials, loads, strict=True)])
    row = {"rounds": options.rounds, "trial s": median(trials), "rest of load s": median(loads), "trial / rest": ratio}
    report(f"The trial at load, torch {torch.__version__}", [row])


if __name__ == "__main__":
    main()
