"""`python -m eager_core experiment`: a progress bar while it runs, a table at the end."""

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from eager_core.events import NodeAdded
from eager_core.experiment import Experiment, Grew, PromptFinished, StageStarted, TasksLeftOut, left_out_words
from eager_core.terminal.interrupt import interrupted
from eager_core.terminal.picture import visible
from eager_core.traces import save_trace


def show_experiment(experiment: Experiment, console: Console, traces: Path | None = None) -> bool:
    """Run with a progress bar; Ctrl-C stops and keeps what is done. Return whether all was done.

    Args:
        traces: a folder for the tree of each prompt's last run, as a trace that the page opens; None keeps none.
    """
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[tokens]} tokens"), TimeRemainingColumn(),
    )  # fmt: skip
    with interrupted() as should_stop, Progress(*columns, console=console, transient=True) as bar:
        num_prompts = len(experiment.tasks.tasks)
        task = bar.add_task("", total=num_prompts * len(experiment.plan.ordered_stages), tokens=0)
        num_tokens = 0
        for told in experiment.run(should_stop):
            match told:
                case TasksLeftOut(left_out=left_out, num_tasks=num_tasks):
                    console.print(Text(f"! {visible(left_out_words(left_out, num_tasks))}", style="yellow"))
                case StageStarted(stage=stage):
                    bar.update(task, description=stage)
                case Grew(event=NodeAdded()):
                    num_tokens += 1
                    bar.update(task, tokens=num_tokens)
                case PromptFinished(stage=stage, number=number, tree=tree):
                    bar.advance(task)
                    if traces is not None and tree is not None:
                        traces.mkdir(parents=True, exist_ok=True)
                        save_trace(tree, traces / f"{stage}-{number:04d}.json")
        return not should_stop()


def results_table(results: dict) -> Table:
    """Return the stages side by side, as `Experiment.results` gives them; intervals are 95 % bootstrap over prompts."""
    settings = results["settings"]
    conditions = f"M = {settings['max_sequences']} · theta = {settings['theta']:g} · tau = {settings['temperature']:g}"
    table = Table(
        title=f"{results['tasks']} · {conditions} · {results['model']}",
        caption="95 % intervals: bootstrap over prompts. Passes, seconds: the model's; full reuses what adapt grew.",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("", no_wrap=True)
    for heading in ("#T", "saved", "#S", "Pass@k", "Cons@k", "pass rate", "passes", "seconds"):
        table.add_column(heading, justify="right")
    for stage, row in results["stages"].items():
        table.add_row(
            stage, f"{row['num_tokens']:,}", _interval(row["saved_fraction"]),
            f"{row['num_sequences']:,}", _interval(row["pass_at_k"]), _interval(row["cons_at_k"]),
            _interval(row["pass_rate"]), f"{row['forward_passes']:,}", f"{row['seconds']:.0f}",
        )  # fmt: skip
    return table


def _interval(interval: dict | None) -> str:
    if interval is None:
        return ""
    return f"{interval['value']:.0%}\n{interval['low']:.0%}..{interval['high']:.0%}"
