"""How Pass@k and tokens depend on theta and M: the paper's grid and full sampling, over families of tasks.

    make bench-sensitivity
    make bench-sensitivity OPTIONS="--num-prompts 2 --max-new-tokens 16"
    make bench-sensitivity OPTIONS="--minutes 60"        # stops in time; called again, it goes on

One joint walk a prompt over all settings. After the first prompt of a family it says how long the rest will take.
Writes sensitivity.md and sensitivity.json into the folder, beside a folder of records for each family.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.report import machine, report
from benchmarks.swept import Deadline, swept
from eager_core import Settings, load_engine
from eager_core.grids import values_of, whole_values_of
from eager_core.sweeps import SweepPlan


def main() -> None:
    """Sweep each family, write its tables, and print a row for each choice of settings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--families", default="gcd,lcm")
    parser.add_argument("--num-prompts", type=int, default=20)
    parser.add_argument("--theta", default="1.8:2.7:0.1")
    parser.add_argument("--max-sequences", default="1,4,8,16,24,32")
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many; what is done is kept")
    parser.add_argument("--out", type=Path, default=Path("build/sensitivity"))
    options = parser.parse_args()
    plan = SweepPlan(
        Settings(max_new_tokens=options.max_new_tokens),
        values_of("theta", options.theta),
        whole_values_of("max_sequences", options.max_sequences),
    )
    engine, deadline = load_engine(precision="float32"), Deadline(options.minutes)
    results = {}
    for family in options.families.split(","):
        sweep, _ = swept(engine, family, options.num_prompts, plan, options.out / family, deadline)
        if sweep.num_done:
            results[family] = sweep.results()
    text = "\n".join(markdown_of(family, result) for family, result in results.items())
    (options.out / "sensitivity.md").write_text(text, encoding="utf-8")
    whole = {"machine": machine(), "families": results}
    (options.out / "sensitivity.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    print(text)
    rows = [row_of(family, cell) for family, result in results.items() for cell in result["cells"]]
    if rows:
        report("sensitivity", rows)


def markdown_of(family: str, results: dict[str, Any]) -> str:
    """Return a table of theta against M, each cell Pass@k with its interval and mean tokens; the front; the sharing."""
    cells = results["cells"]
    values_of_m = list(dict.fromkeys(cell["max_sequences"] for cell in cells))
    names = list(dict.fromkeys(_theta(cell) for cell in cells))
    lines = [
        f"### {family}: {results['num_done']} of {results['num_prompts']} prompts, "
        f"tau {results['settings']['temperature']:g}, {results['settings']['max_new_tokens']} new tokens",
        "",
        "Pass@k % (95 % interval) at mean #T; bold: on the front of Pass@k against #T.",
        "",
        "| theta | " + " | ".join(f"M {most}" for most in values_of_m) + " |",
        "|---|" + "---|" * len(values_of_m),
    ]
    by_place = {(_theta(cell), cell["max_sequences"]): cell for cell in cells}
    for name in names:
        lines.append(f"| {name} | " + " | ".join(_words(by_place[name, most]) for most in values_of_m) + " |")
    sharing = results["sharing"]
    lines += [
        "",
        f"Walked together {sharing['num_nodes']:,} nodes in {sharing['forward_passes']:,} passes and "
        f"{sharing['seconds']:,.0f} s; separate runs: {sharing['num_nodes_separate']:,} nodes "
        f"(saved {sharing['saved_fraction']:.0%}).",
        "",
    ]
    return "\n".join(lines)


def row_of(family: str, cell: dict[str, Any]) -> dict[str, Any]:
    """Return a cell as a row of plain values."""
    return {
        "family": family, "theta": _theta(cell), "M": cell["max_sequences"], "prompts": cell["num_prompts"],
        "#T": cell["num_tokens"]["value"], "#S": cell["num_sequences"]["value"],
        "Pass@k": cell["pass_at_k"]["value"], "low": cell["pass_at_k"]["low"], "high": cell["pass_at_k"]["high"],
        "Cons@k": cell["cons_at_k"]["value"], "pass rate": cell["pass_rate"]["value"],
        "saved": cell["saved_fraction"]["value"], "front": cell["on_front"],
    }  # fmt: skip


def _theta(cell: dict[str, Any]) -> str:
    return "full" if cell["theta"] is None else f"{cell['theta']:g}"


def _words(cell: dict[str, Any]) -> str:
    share = cell["pass_at_k"]
    value = f"**{share['value']:.0%}**" if cell["on_front"] else f"{share['value']:.0%}"
    return f"{value} ({100 * share['low']:.0f}-{100 * share['high']:.0f}) {cell['num_tokens']['value']:,.0f}"


if __name__ == "__main__":
    main()
