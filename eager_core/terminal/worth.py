"""`python -m eager_core worth`: which measure of uncertainty finds the forks that matter."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from eager_core.experiment import left_out_words
from eager_core.grading import FAMILIES, HUB_SETS, load_tasks
from eager_core.settings import MEASURES
from eager_core.terminal.flags import add_settings, settings_of
from eager_core.terminal.interrupt import interrupted
from eager_core.terminal.model import load_model
from eager_core.terminal.picture import visible
from eager_core.worth import WorthFolder, WorthPlan, WorthStudy, cost_words

_STOPPED = 130
"""Exit status of what Ctrl-C ended, as shells have it."""


def add_worth(commands: Any) -> None:
    """Add the command; it stands for `options.command`."""
    worth = commands.add_parser("worth", help="compare all measures of uncertainty by what their forks change")
    worth.set_defaults(command=_worth)
    defaults = WorthPlan()
    known = ", ".join([*FAMILIES, *HUB_SETS])
    worth.add_argument("--tasks", default="gcd", help=f"{known}, or a .jsonl file (%(default)s)")
    worth.add_argument("--num-prompts", type=int, default=20, help="of the task set (%(default)s)")
    worth.add_argument("--measures", default="all", help=f"all, or some of {','.join(MEASURES)} (%(default)s)")
    worth.add_argument(
        "--num-places", type=int, default=defaults.num_places,
        help="most places of a prompt that are rolled out (%(default)s)",
    )  # fmt: skip
    worth.add_argument(
        "--num-rollouts", type=int, default=defaults.num_rollouts,
        help="from each of a place's two most likely tokens (%(default)s)",
    )  # fmt: skip
    worth.add_argument(
        "--difference", type=float, default=defaults.difference,
        help="of the two tokens' pass rates, from which on outcomes differ (%(default)s)",
    )  # fmt: skip
    worth.add_argument("--out", required=True, metavar="DIR", help="folder for results; an existing one is continued")
    add_settings(worth)


def plan_of(options: argparse.Namespace) -> WorthPlan:
    """Return what the flags ask for.

    Raises:
        SettingsError: a value that can't be.
    """
    names = tuple(name.strip() for name in options.measures.split(",") if name.strip())
    return WorthPlan(
        settings_of(options), MEASURES if options.measures == "all" else names, options.num_places,
        options.num_rollouts, options.difference, options.seed, options.date,
    )  # fmt: skip


def _worth(options: argparse.Namespace) -> int:
    plan = plan_of(options)
    # The tasks' grader may hold a process: it ends with this, whatever else happens.
    with load_tasks(options.tasks, options.num_prompts, options.seed) as tasks:
        # Refused now if it can't be written, and not once the model is there.
        with WorthFolder(Path(options.out)) as folder:
            pass
        console = Console()
        console.print(cost_words(plan, len(tasks.tasks)), highlight=False)
        study = WorthStudy(load_model(options, console), tasks, plan, folder)
        is_whole = show_study(study, console)
    if study.probes:
        results = study.results()
        console.print(worth_table(results))
        for line in worth_lines(results):
            console.print(line)
    if is_whole:
        console.print(f"Results and records in {options.out}", highlight=False, markup=False)
        return 0
    console.print(
        f"Stopped; what was finished is kept in {options.out}: the same command continues from there.",
        highlight=False, markup=False,
    )  # fmt: skip
    return _STOPPED


def show_study(study: WorthStudy, console: Console) -> bool:
    """Run with a progress bar; Ctrl-C stops and keeps what is done. Return whether all was done."""
    if study.left_out:
        num_tasks = len(study.tasks.tasks) + len(study.left_out)
        console.print(Text(f"! {visible(left_out_words(study.left_out, num_tasks))}", style="yellow"))
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    num_done = 0
    with interrupted() as should_stop, Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("samples", total=study.num_steps)
        for done in study.run(should_stop):
            num_done += 1
            bar.update(task, completed=num_done, description=done.stage)
    return num_done == study.num_steps


def worth_table(results: Mapping[str, Any]) -> Table:
    """Return the measures side by side, as `WorthStudy.results` gives them: AUC first, then what they come to with the
    middle number of forks that all of them reach."""
    settings, places, equal = results["settings"], results["places"], results["equal_forks"]
    forks = f" From split on: at {equal[len(equal) // 2]['num_forks']:g} forks under every measure." if equal else ""
    table = Table(
        title=Text(
            f"{visible(results['tasks'])} · {results['num_prompts']} prompts · M = {settings['max_sequences']} · "
            f"tau = {settings['temperature']:g} · {visible(results['model'])}"
        ),
        caption=f"AUC, hits: {places['num_differing']} of {places['num']} places differ.{forks} #T, #S: means a "
        "prompt. 95 % intervals: bootstrap over prompts.",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("", no_wrap=True)
    for heading in ("AUC", "hits", "split", "#T", "#S", "Pass@k", "pass rate"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, told in results["measures"].items():
        table.add_row(name, *_cells(told, at_middle(results, name)))
    samples, number = results["samples"], results["num_prompts"]
    table.add_section()
    table.add_row(
        "full sampling", "", "", "", f"{samples['num_tokens'] / number:.0f}",
        f"{samples['num_sequences'] / number:.1f}", _share(samples["pass_at_k"]), _share(samples["pass_rate"]),
    )  # fmt: skip
    return table


def at_middle(results: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """Return what a measure comes to with the middle number of forks, None where that is not told."""
    equal = results["equal_forks"]
    if not equal:
        return None
    return equal[len(equal) // 2]["measures"].get(name)


def worth_lines(results: Mapping[str, Any]) -> Iterator[Text]:
    """Yield what the table can't say, and what it cost."""
    for note in results["notes"]:
        yield Text(f"! {note}", style="yellow")
    cost = results["cost"]
    yield Text(
        f"Generated {cost['rollout_tokens']:,} tokens of rollouts and {cost['walk_tokens']:,} of walks in "
        f"{cost['forward_passes']:,} passes and {cost['seconds']:,.0f} s."
    )


def _cells(told: Mapping[str, Any], at: Mapping[str, Any] | None) -> Iterator[str]:
    auc = told["auc"]
    yield "-" if auc["value"] is None else f"{auc['value']:.2f}" + _ends(auc, "{:.2f}")
    yield "-" if told["hits"] is None else f"{told['hits']:.0%}"
    if at is None:
        yield from ["-"] * 5
        return
    yield "-" if at["split_share"] is None else f"{at['split_share']:.0%}"
    yield f"{at['num_tokens']['value']:.0f}"
    yield f"{at['num_sequences']['value']:.1f}"
    yield _share(at["pass_at_k"])
    yield _share(at["pass_rate"])


def _share(interval: Mapping[str, float | None]) -> str:
    return f"{interval['value']:.0%}" + _ends(interval, "{:.0%}")


def _ends(interval: Mapping[str, float | None], form: str) -> str:
    if interval["low"] is None:
        return ""
    return f"\n{form.format(interval['low'])}..{form.format(interval['high'])}"
