"""A sweep on the terminal: a bar with the time left while it runs, then the table, the front and what sharing saved."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from eager_core.experiment import TasksLeftOut, left_out_words
from eager_core.sweeps import Grew, PromptFinished, Sweep, SweepStarted
from eager_core.terminal.interrupt import interrupted
from eager_core.terminal.picture import visible

_WIDE_COLUMNS = 120
_WITH_TENTHS_BELOW = 100


def show_sweep(sweep: Sweep, console: Console) -> None:
    """Run with a progress bar; Ctrl-C stops and keeps what is done."""
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[nodes]:,} nodes"), TextColumn("{task.fields[left]}"),
    )  # fmt: skip
    with interrupted() as should_stop, Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=len(sweep.tasks.tasks), nodes=0, left="")
        num_nodes = 0
        for told in sweep.run(should_stop):
            match told:
                case TasksLeftOut(left_out=left_out, num_tasks=num_tasks):
                    console.print(Text(f"! {visible(left_out_words(left_out, num_tasks))}", style="yellow"))
                case SweepStarted(num_walks=num_walks, num_known=num_known):
                    bar.update(task, description=f"{num_walks:,} settings a prompt", completed=num_known)
                case Grew(num_nodes=growing, seconds_left=seconds):
                    left = f"{timedelta(seconds=round(seconds))} left"
                    bar.update(task, nodes=num_nodes + growing, left=left)
                case PromptFinished(record=record, num_done=num_done):
                    num_nodes += record.num_nodes
                    bar.update(task, completed=num_done, nodes=num_nodes)


def sweep_table(results: Mapping[str, Any], width: int) -> Table:
    """Return a row for each choice of settings, as `Sweep.results` gives them.

    Args:
        width: of the terminal, in columns; a narrow one has the intervals below their values.
    """
    between = " " if width >= _WIDE_COLUMNS else "\n"
    settings, num_done = results["settings"], results["num_done"]
    done = f"{num_done}" if num_done == results["num_prompts"] else f"{num_done} of {results['num_prompts']}"
    prompts = f"{done} {'prompt' if results['num_prompts'] == 1 else 'prompts'}"
    table = Table(
        title=Text(
            f"{visible(results['tasks'])} · {prompts} · tau = {settings['temperature']:g} · {settings['measure']} · "
            f"{visible(results['model'])}"
        ),
        caption="#T, #S: means a prompt. 95 % intervals: bootstrap over prompts. ★ on the front of Pass@k against #T.",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        title_justify="left",
        caption_justify="left",
    )
    for heading in ("M", "theta", "#T", "saved", "#S", "Pass@k", "Cons@k", "pass rate", ""):
        table.add_column(heading, justify="right", no_wrap=True)
    for cell, is_last in _by_max_sequences(results["cells"]):
        table.add_row(
            str(cell["max_sequences"]), theta_words(cell), _count(cell["num_tokens"], between),
            _share(cell["saved_fraction"], between), _count(cell["num_sequences"], between),
            *(_share(cell[name], between) for name in ("pass_at_k", "cons_at_k", "pass_rate")),
            "★" if cell["on_front"] else "", end_section=is_last,
        )  # fmt: skip
    return table


def front_lines(results: Mapping[str, Any]) -> Iterator[Text]:
    """Yield the front of Pass@k against tokens, cheapest first; of cells that are equal in both the first."""
    yield Text("Pass@k against tokens, cheapest first:", style="bold")
    seen = set()
    for cell in (results["cells"][place] for place in results["front"]):
        point = (cell["num_tokens"]["value"], cell["pass_at_k"]["value"])
        if point not in seen:
            seen.add(point)
            name = "full sampling" if cell["strategy"] == "parallel" else f"theta {theta_words(cell)}"
            yield Text(f"  {point[0]:8,.0f} tokens  {point[1]:4.0%}  {name}, M {cell['max_sequences']}")


def sharing_line(results: Mapping[str, Any]) -> Text:
    """Return what walking together saved."""
    sharing = results["sharing"]
    return Text(
        f"Walked together: {sharing['num_nodes']:,} nodes in {sharing['forward_passes']:,} passes and "
        f"{sharing['seconds']:,.0f} s; {len(results['cells'])} separate runs a prompt: "
        f"{sharing['num_nodes_separate']:,} nodes; saved {sharing['saved_fraction']:.0%}."
    )


def _by_max_sequences(cells: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """Yield the cells of one M after the other, full sampling the last of each, and whether it is the last."""
    for most in dict.fromkeys(cell["max_sequences"] for cell in cells):
        own = [cell for cell in cells if cell["max_sequences"] == most]
        yield from ((cell, cell is own[-1]) for cell in own)


def theta_words(cell: Mapping[str, Any]) -> str:
    """Return the theta of a cell, or what stands in its place."""
    if cell["theta"] is not None:
        return f"{cell['theta']:g}"
    return "full" if cell["strategy"] == "parallel" else cell["strategy"]


def _count(interval: Mapping[str, Any], between: str) -> str:
    return _ends(interval, between, lambda value: f"{value:.1f}" if value < _WITH_TENTHS_BELOW else f"{value:,.0f}")


def _share(interval: Mapping[str, Any], between: str) -> str:
    return "" if interval["value"] is None else _ends(interval, between, lambda value: f"{value:.0%}")


def _ends(interval: Mapping[str, Any], between: str, written: Callable[[float], str]) -> str:
    low, high = written(interval["low"]).removesuffix("%"), written(interval["high"])
    return f"{written(interval['value'])}{between}{low}..{high}"
