"""A calibration on the terminal: a bar while pilots are walked, the curve, and what was chosen."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from eager_core.calibration import Calibration, Goal, Pilot
from eager_core.terminal.interrupt import interrupted

_BAR_COLUMNS = 24
_EIGHTHS = " ▏▎▍▌▋▊▉█"


@dataclass(frozen=True)
class Walked:
    """The pilots that were walked to their end."""

    pilots: tuple[Pilot, ...]
    was_stopped: bool


def show_pilots(
    walk: Callable[[Callable[[], bool]], Iterator[Pilot]], num_prompts: int, console: Console
) -> Walked:
    """Walk the pilots with a progress bar; Ctrl-C ends it.

    Args:
        walk: takes `should_stop`, yields each pilot as it is done.
    """
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    pilots = []
    with interrupted() as should_stop, Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("pilot prompts at all thetas", total=num_prompts)
        for pilot in walk(should_stop):
            pilots.append(pilot)
            bar.advance(task)
        return Walked(tuple(pilots), should_stop())


def curve_table(
    title: str, goal: Goal, curve: Sequence[tuple[float, float, float]], chosen: float | None = None
) -> Table:
    """Return the curve: the goal's number at each theta as figure and bar, and the tokens it costs.

    Args:
        chosen: the theta to mark; None marks none.
    """
    table = Table(title=Text(title), box=SIMPLE_HEAD, padding=(0, 1, 0, 0), title_justify="left")
    for heading in ("theta", goal.name, "#T"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    largest = max(value for _, value, _ in curve)
    for theta, value, tokens in curve:
        mark = Text(" ◀ chosen", style="bold") if theta == chosen else Text("")
        table.add_row(f"{theta:g}", f"{value:.3g}", f"{tokens:,.0f}", Text(_bar(value, largest)) + mark)
    return table


def chosen_lines(calibration: Calibration) -> Iterator[Text]:
    """Yield what was chosen, how sure that is, and how it did on prompts held back."""
    goal, prompts = calibration.goal, _prompts(calibration.num_pilots)
    wanted = f"at most {goal.wanted:g} below the best" if goal.name == "pass_at_k" else f"wanted {goal.wanted:g}"
    yield Text(f"theta {calibration.theta:g}", style="bold") + Text(
        f"  (95 % of other prompts of this kind would choose {calibration.low:g} .. {calibration.high:g})"
    )
    yield Text(f"{goal.name} {calibration.value:.3g} on the {prompts} that chose it; {wanted}")
    held_back = calibration.held_back
    if held_back is None:
        yield Text("No prompts were held back to test it: that takes 6 or more.", style="dim")
    else:
        yield Text(
            f"{goal.name} {held_back.value:.3g} on {_prompts(held_back.num_prompts)} held back: off by "
            f"{held_back.off_by:+.3g}"
        )


def _prompts(number: int) -> str:
    return f"{number} prompt" if number == 1 else f"{number} prompts"


def _bar(value: float, largest: float) -> str:
    eighths = round(8 * _BAR_COLUMNS * value / largest) if largest else 0
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
