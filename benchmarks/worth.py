"""Which measure of uncertainty finds the forks that matter: all of them side by side on tasks with answers.

    make bench-worth
    make bench-worth OPTIONS="--tasks lcm --num-prompts 40 --out DIR"      # DIR: goes on after what is there
"""

import argparse
from typing import Any

from benchmarks.report import report
from eager_core import Settings, load_engine
from eager_core.engine import Engine
from eager_core.grading import TaskSet, load_tasks
from eager_core.worth import WorthFolder, WorthPlan, WorthStudy, cost_words


def main() -> None:
    """Study a task set, and print a row for each measure."""
    defaults = WorthPlan()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", default="gcd")
    parser.add_argument("--num-prompts", type=int, default=20)
    parser.add_argument("--max-sequences", type=int, default=8)
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument("--num-places", type=int, default=defaults.num_places)
    parser.add_argument("--num-rollouts", type=int, default=defaults.num_rollouts)
    parser.add_argument("--difference", type=float, default=defaults.difference)
    parser.add_argument("--out", default=None, help="a folder for the records")
    options = parser.parse_args()
    settings = Settings(max_sequences=options.max_sequences, max_new_tokens=options.max_new_tokens)
    plan = WorthPlan(
        settings, num_places=options.num_places, num_rollouts=options.num_rollouts, difference=options.difference
    )
    folder = WorthFolder(options.out) if options.out else None
    with load_tasks(options.tasks, options.num_prompts) as tasks:
        print(cost_words(plan, len(tasks.tasks)), flush=True)
        results = studied(load_engine(precision="float32"), tasks, plan, folder)
    for note in results["notes"]:
        print(note)
    print(results["places"], results["cost"])
    report(f"worth: {options.tasks}", rows_of(results))


def studied(engine: Engine, tasks: TaskSet, plan: WorthPlan, folder: WorthFolder | None) -> dict[str, Any]:
    """Return the results of a whole study, saying which prompt is done."""
    study = WorthStudy(engine, tasks, plan, folder)
    for done in study.run():
        print(done.stage, done.record.number, f"{done.record.seconds:.1f} s", flush=True)
    return study.results()


def rows_of(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row for each measure, at each number of forks that all measures reach, then one for full sampling."""
    rows = []
    for equal in results["equal_forks"]:
        for name, at in equal["measures"].items():
            told = results["measures"][name]
            rows.append(
                {
                    "forks": equal["num_forks"], "measure": name, "AUC": interval_words(told["auc"]),
                    "hits": told["hits"], "split": at["split_share"], "#T": at["num_tokens"]["value"],
                    "#S": at["num_sequences"]["value"], "Pass@k": interval_words(at["pass_at_k"]),
                    "pass rate": at["pass_rate"]["value"],
                }
            )  # fmt: skip
    samples, number = results["samples"], results["num_prompts"]
    rows.append(
        {
            "forks": "", "measure": "full sampling", "AUC": "", "hits": "", "split": "",
            "#T": samples["num_tokens"] / number, "#S": samples["num_sequences"] / number,
            "Pass@k": interval_words(samples["pass_at_k"]), "pass rate": samples["pass_rate"]["value"],
        }
    )  # fmt: skip
    return rows


def interval_words(interval: dict[str, float | None]) -> str:
    """Return a value with the ends of its interval: "0.62 (0.50-0.74)"; "undefined" where there is none."""
    if interval["value"] is None:
        return "undefined"
    ends = "" if interval["low"] is None else f" ({interval['low']:.2f}-{interval['high']:.2f})"
    return f"{interval['value']:.2f}{ends}"


if __name__ == "__main__":
    main()
