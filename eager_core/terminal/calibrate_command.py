"""`python -m eager_core calibrate`: a theta for a goal, from pilot prompts."""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from eager_core.calibration import (
    GOALS,
    HELD_BACK,
    Pilot,
    check_goal,
    check_held_back,
    check_pilots,
    choose,
    curve_of,
    goal_of,
    save_calibration,
    walk_pilots,
)
from eager_core.errors import SettingsError
from eager_core.experiment import left_out_words
from eager_core.experiment.fitting import fitting_tasks
from eager_core.grading import FAMILIES, HUB_SETS, MathGrader, Task, TaskSet, load_tasks
from eager_core.grids import values_of
from eager_core.prompt import check_date
from eager_core.settings import check_seed
from eager_core.terminal.calibration import chosen_lines, curve_table, show_pilots
from eager_core.terminal.flags import CALIBRATED, add_settings, settings_of
from eager_core.terminal.model import load_model
from eager_core.terminal.picture import visible
from eager_core.text_file import read_text

_RANGES = ("theta",)
_DEFAULT_THETAS = "1.0:3.0:0.1"
_LARGEST_FILE_BYTES = 16 * 2**20
_STOPPED = 130


def add_calibrate(commands: argparse._SubParsersAction) -> None:
    """Add the command; it stands for `options.command`."""
    calibrate = commands.add_parser("calibrate", help="choose theta for a goal, from pilot prompts at many thetas")
    calibrate.set_defaults(command=_calibrate)
    pilots = calibrate.add_mutually_exclusive_group(required=True)
    known = ", ".join([*FAMILIES, *HUB_SETS])
    pilots.add_argument("--tasks", help=f"{known}, or a .jsonl file")
    pilots.add_argument("--prompts", metavar="FILE", help="a text file, one prompt a line")
    pilots.add_argument("--prompt", help="one prompt")
    calibrate.add_argument("--num-prompts", type=int, default=20, help="of the task set (%(default)s)")
    goals = "; ".join(f"{name}: {kind.label}" for name, kind in GOALS.items())
    calibrate.add_argument("--goal", required=True, metavar="GOAL=NUMBER", help=f"like sequences=6. {goals}")
    calibrate.add_argument(
        "--held-back", type=float, default=HELD_BACK, metavar="SHARE",
        help="of the prompts, to test the choice on (a third)",
    )  # fmt: skip
    calibrate.add_argument("--name", help=f"for --theta {CALIBRATED}:NAME (that of the task set or file)")
    add_settings(calibrate, _RANGES)


def _calibrate(options: argparse.Namespace) -> int:
    # All that can be refused without the model is refused before the seconds that loading takes.
    goal, settings = goal_of(options.goal), settings_of(options, _RANGES)
    thetas = values_of("theta", options.theta if options.theta is not None else _DEFAULT_THETAS)
    check_goal(goal, settings, has_answers=options.tasks is not None)
    check_held_back(options.held_back)
    check_seed(options.seed)
    date = check_date(options.date)
    with _pilot_tasks(options) as tasks:
        check_pilots(len(tasks.tasks), settings, thetas)
        console = Console()
        engine = load_model(options, console)
        fitting = fitting_tasks(engine, tasks, date)
        if fitting.left_out:
            words = left_out_words(fitting.left_out, len(tasks.tasks))
            console.print(Text(f"! {visible(words)}", style="yellow"))
        prompts, grader = fitting.tasks.tasks, tasks.grader if options.tasks is not None else None

        def walk(should_stop: Callable[[], bool]) -> Iterator[Pilot]:
            return walk_pilots(engine, prompts, settings, thetas, options.seed, grader, should_stop, date)

        walked = show_pilots(walk, len(prompts), console)
    if walked.was_stopped:
        console.print(
            f"Stopped after {len(walked.pilots)} of {len(prompts)} prompts, and no theta was chosen; fewer prompts or "
            "thetas, or a smaller --max-new-tokens, take less time.", highlight=False,
        )  # fmt: skip
        return _STOPPED
    name = options.name or tasks.name
    title = f"{visible(name)} · {goal.kind.label} · M = {settings.max_sequences} · {visible(engine.model_name)}"
    try:
        calibration = choose(walked.pilots, goal, options.held_back)
    except SettingsError:
        # What was walked is shown, so that the next goal can be chosen from it.
        console.print(curve_table(title, goal, curve_of(walked.pilots, goal)))
        raise
    console.print(curve_table(title, goal, calibration.curve, calibration.theta))
    for line in chosen_lines(calibration):
        console.print(line)
    save_calibration(engine.model_name, name, settings, calibration)
    console.print(Text(f"Kept for this model and measure: run ... --theta {CALIBRATED}:{visible(name)}"))
    return 0


def _pilot_tasks(options: argparse.Namespace) -> TaskSet:
    """Return the pilots as tasks; those of --prompts and --prompt have no answer, and their grader is not asked."""
    if options.tasks is not None:
        return load_tasks(options.tasks, options.num_prompts, options.seed)
    if options.prompt is not None:
        lines, name = [options.prompt], "prompt"
    else:
        lines, name = read_text(options.prompts, _LARGEST_FILE_BYTES).split("\n"), Path(options.prompts).name
    prompts = [line.removesuffix("\r") for line in lines if line.strip()]
    if not prompts:
        where = f"{options.prompts} holds no prompt" if options.prompts is not None else "The prompt is empty"
        raise SettingsError(f"{where}; write one{' a line' if options.prompts is not None else ''}.")
    tasks = tuple(Task(f"{name}-{number}", prompt, "") for number, prompt in enumerate(prompts, start=1))
    return TaskSet(name, tasks, MathGrader())
