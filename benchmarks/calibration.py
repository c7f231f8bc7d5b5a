"""How far a calibrated theta is off on prompts that had no say in it, for each goal and number of pilots.

    make bench-calibration
    make bench-calibration OPTIONS="--num-prompts 6 --max-new-tokens 16 --minutes 30"

Each prompt is walked once at all thetas; then pilots are drawn at random many times, a third of them held back, which
needs no model. Writes calibration.json into the folder, beside a folder of records for each family.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import machine, report
from benchmarks.swept import Deadline, swept
from eager_core import Settings, SettingsError, load_engine
from eager_core.calibration import Goal, Pilot, choose, goal_of
from eager_core.grids import values_of
from eager_core.sweeps import SweepPlan, pilots_of

GOALS = (
    "sequences=2", "sequences=4", "sequences=6", "token_share=0.3", "token_share=0.5", "token_share=0.7", "forks=1",
    "forks=2", "forks=4", "pass_at_k=0.05",
)  # fmt: skip
_FEWEST_PILOTS = 6


def main() -> None:
    """Walk the pilots of each family, calibrate many times, and print a row for each goal and number of pilots."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--families", default="gcd,lcm")
    parser.add_argument("--num-prompts", type=int, default=30)
    parser.add_argument("--theta", default="1.0:3.0:0.1")
    parser.add_argument("--max-sequences", type=int, default=8)
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument("--num-draws", type=int, default=40, help="of the pilots, for each row")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many; what is done is kept")
    parser.add_argument("--out", type=Path, default=Path("build/calibration"))
    options = parser.parse_args()
    settings = Settings(max_new_tokens=options.max_new_tokens)
    plan = SweepPlan(settings, values_of("theta", options.theta), [options.max_sequences], has_baseline=False)
    engine, deadline = load_engine(precision="float32"), Deadline(options.minutes)
    rows = []
    for family in options.families.split(","):
        _, records = swept(engine, family, options.num_prompts, plan, options.out / family, deadline)
        pilots = pilots_of(plan, records, options.max_sequences)
        for num_pilots in sizes_of(len(pilots)):
            for goal in GOALS:
                rows.append({"family": family, **row_of(pilots, goal_of(goal), num_pilots, options.num_draws)})
    whole = {"machine": machine(), "rows": rows}
    (options.out / "calibration.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    if rows:
        report("calibration", rows)
    else:
        print(f"Fewer than {_FEWEST_PILOTS} prompts are done: nothing to calibrate.")


def sizes_of(num_prompts: int) -> list[int]:
    """Return how many pilots to try: the fewest of which some are held back, twice that, and all."""
    sizes = {_FEWEST_PILOTS, 2 * _FEWEST_PILOTS, num_prompts}
    return sorted(size for size in sizes if _FEWEST_PILOTS <= size <= num_prompts)


def row_of(pilots: Sequence[Pilot], goal: Goal, num_pilots: int, num_draws: int) -> dict[str, Any]:
    """Return how calibrations on `num_pilots` prompts, drawn without replacement, do on the third held back.

    `off` is the goal's number on the prompts held back less that on those that chose, `missed` less what was wanted:
    means over the draws, |..| those of its size. None where no draw reached the goal.
    """
    random = np.random.default_rng(0)
    thetas, widths, off, missed = [], [], [], []
    for _ in range(num_draws):
        drawn = [pilots[number] for number in random.permutation(len(pilots))[:num_pilots]]
        try:
            chosen = choose(drawn, goal)
        except SettingsError:
            continue
        thetas.append(chosen.theta)
        widths.append(chosen.high - chosen.low)
        off.append(chosen.held_back.off_by)
        missed.append(chosen.held_back.value - goal.wanted)
    has_target = goal.name != "pass_at_k"
    return {
        "goal": f"{goal.name}={goal.wanted:g}",
        "pilots": num_pilots,
        "reached": len(thetas) / num_draws,
        "theta": _mean(thetas),
        "theta sd": float(np.std(thetas)) if thetas else None,
        "interval width": _mean(widths),
        "off": _mean(off),
        "|off|": _mean(np.abs(off)),
        "|missed|": _mean(np.abs(missed)) if has_target else None,
    }


def _mean(values: Sequence[float] | np.ndarray) -> float | None:
    return float(np.mean(values)) if len(values) else None


if __name__ == "__main__":
    main()
