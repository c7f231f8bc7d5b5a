"""`python -m eager_core sweep`: many settings over a task set."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.text import Text

from eager_core.errors import EagerError
from eager_core.grading import FAMILIES, HUB_SETS, load_tasks
from eager_core.grids import values_of, whole_values_of
from eager_core.settings import STRATEGIES_WITH_THETA
from eager_core.sweeps import PAPER_MAX_SEQUENCES, PAPER_THETAS, Sweep, SweepFolder, SweepPlan
from eager_core.terminal.flags import add_settings, settings_of
from eager_core.terminal.model import load_model
from eager_core.terminal.picture import visible
from eager_core.terminal.sweep import front_lines, sharing_line, show_sweep, sweep_table

_RANGES = ("theta", "max_sequences")
_STOPPED = 130
"""Exit status of what Ctrl-C ended, as shells have it."""


def add_sweep(commands: argparse._SubParsersAction) -> None:
    """Add the command; it stands for `options.command`."""
    sweep = commands.add_parser("sweep", help="walk many thetas and M over a task set, and compare them in a table")
    sweep.set_defaults(command=_sweep)
    known = ", ".join([*FAMILIES, *HUB_SETS])
    sweep.add_argument("--tasks", default="gcd", help=f"{known}, or a .jsonl file (%(default)s)")
    sweep.add_argument("--num-prompts", type=int, default=20, help="of the task set (%(default)s)")
    sweep.add_argument(
        "--baseline", action=argparse.BooleanOptionalAction, default=True,
        help="walk full parallel sampling too, at each M",
    )  # fmt: skip
    sweep.add_argument("--out", required=True, metavar="DIR", help="folder for results; an existing one is continued")
    add_settings(sweep, _RANGES)


def plan_of(options: argparse.Namespace) -> SweepPlan:
    """Return what the flags ask to sweep: where a range is left out, the paper's.

    Raises:
        SettingsError: a value, a range or the whole grid can't be.
    """
    settings = settings_of(options, _RANGES)
    thetas = PAPER_THETAS if settings.strategy in STRATEGIES_WITH_THETA else (settings.theta,)
    if options.theta is not None:
        thetas = values_of("theta", options.theta)
    max_sequences: tuple[int, ...] = PAPER_MAX_SEQUENCES
    if options.max_sequences is not None:
        max_sequences = whole_values_of("max_sequences (M)", options.max_sequences)
    return SweepPlan(settings, thetas, max_sequences, options.baseline, options.seed, options.date)


def _sweep(options: argparse.Namespace) -> int:
    plan = plan_of(options)
    # The tasks' grader may hold a process: it ends with this, whatever else happens.
    with load_tasks(options.tasks, options.num_prompts, options.seed) as tasks:
        # Refused now if it can't be written, and not once the model is there.
        with SweepFolder(Path(options.out)) as folder:
            pass
        console = Console()
        sweep = Sweep(load_model(options, console), tasks, plan, folder)
        try:
            show_sweep(sweep, console)
        except EagerError:
            if sweep.num_done:
                console.print(_kept(sweep, options.out))
            raise
    if sweep.num_done:
        results = sweep.results()
        console.print(sweep_table(results, console.width))
        for line in front_lines(results):
            console.print(line)
        console.print(sharing_line(results))
    if sweep.is_whole:
        console.print(f"Table and records in {options.out}", highlight=False, markup=False)
        return 0
    console.print(Text("Stopped; ") + _kept(sweep, options.out))
    return _STOPPED


def _kept(sweep: Sweep, folder: str) -> Text:
    """Return what is done, and how to go on."""
    prompts = f"{sweep.num_done} of {len(sweep.tasks.tasks)} prompts are kept"
    return Text(f"{prompts} in {visible(folder)}: the same command goes on after them.")
