"""What can be said on the command line, and how it answers: 0, or one line on stderr and 2."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.live import Live
from rich.text import Text

from eager_core.authors import authors_json_of, load_authors_file
from eager_core.budget import RULES
from eager_core.by_hand import HandBranch
from eager_core.diagnosis import diagnose
from eager_core.errors import EagerError, TraceError
from eager_core.experiment import ALL_STAGES, Experiment, Plan, ResultsFolder
from eager_core.exploration import Exploration
from eager_core.grading import FAMILIES, HUB_SETS, load_tasks
from eager_core.prompt import check_date
from eager_core.recording import record
from eager_core.settings import Settings, check_seed
from eager_core.terminal.calibrate_command import add_calibrate
from eager_core.terminal.calibrated import calibrated_settings
from eager_core.terminal.event_lines import EventLines, event_lines
from eager_core.terminal.experiment import results_table, show_experiment
from eager_core.terminal.flags import add_settings, hand_branch, settings_of
from eager_core.terminal.interrupt import interrupted
from eager_core.terminal.live import LivePictures
from eager_core.terminal.model import load_model
from eager_core.terminal.picture import picture, visible
from eager_core.terminal.sweep_command import add_sweep
from eager_core.terminal.worth import add_worth
from eager_core.traces import load_trace, save_trace

_REFRESHES_PER_SECOND = 8


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"eager_core: {message}; see --help.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except EagerError as error:
        print(f"eager_core: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # while a model loads; a run and an experiment end at Ctrl-C by themselves
        print("eager_core: stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m eager_core", description="Entropy-aware branching generation.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="generate from a prompt and print the growing tree")
    run.set_defaults(command=_run)
    run.add_argument("prompt", help="what the model is asked")
    add_settings(run, calibrated=True)
    run.add_argument(
        "--branch", type=hand_branch, action="append", default=[], metavar="PATH:TOKEN",
        help="a branch by hand, in token ids: 504,2:81 after two tokens, :81 after the prompt; may be given again",
    )  # fmt: skip
    run.add_argument("--trace", default=None, metavar="FILE", help="write the run as JSON")
    run.add_argument(
        "--no-alternatives", dest="alternatives", action="store_false",
        help="leave out of the trace what else could have stood at each token, some 350 bytes a node",
    )  # fmt: skip
    run.add_argument("--events", default=None, metavar="FILE", help="write each event as a line of JSON, as it happens")
    experiment = commands.add_parser("experiment", help="run stages over a task set and compare them in a table")
    experiment.set_defaults(command=_experiment)
    known = ", ".join([*FAMILIES, *HUB_SETS])
    experiment.add_argument("--tasks", default="chain_sum", help=f"{known}, or a .jsonl file (%(default)s)")
    experiment.add_argument("--num-prompts", type=int, default=20, help="of the task set (%(default)s)")
    stages = f"all (parallel,init,adapt,full), or some of {','.join(ALL_STAGES)} (%(default)s)"
    experiment.add_argument("--stages", default="all", help=stages)
    experiment.add_argument("--rules", choices=RULES, default=Plan().rules, help="rules of stage 2 (%(default)s)")
    experiment.add_argument("--target-cost", type=float, default=1.0, help="of stage card, in M a prompt (%(default)s)")
    experiment.add_argument("--out", required=True, metavar="DIR", help="results; an existing folder is continued")
    experiment.add_argument("--traces", action="store_true", help="also write each prompt's tree")
    add_settings(experiment)
    add_sweep(commands)
    add_calibrate(commands)
    imported = commands.add_parser("import", help="read a result file of the EAGer authors' code, as traces")
    imported.set_defaults(command=_import)
    imported.add_argument("file", help="their JSON")
    imported.add_argument("--out", required=True, metavar="DIR", help="one trace a prompt is written here")
    exported = commands.add_parser("export", help="write traces as a result file of the EAGer authors' code")
    exported.set_defaults(command=_export)
    exported.add_argument("traces", nargs="+", metavar="TRACE", help="runs with the same model and settings")
    exported.add_argument("--out", required=True, metavar="FILE", help="the JSON to write")
    add_worth(commands)
    return parser


def _run(options: argparse.Namespace) -> int:
    # All that can be refused without the model is refused before the seconds that loading takes.
    settings = settings_of(options)
    check_seed(options.seed)
    date = check_date(options.date)
    for file in (options.trace, options.events):
        if file is not None:
            _check_writable(Path(file))
    console = Console()
    engine = load_model(options, console)
    if isinstance(options.theta, str):
        settings = calibrated_settings(settings, options.theta, engine.model_name, console)
    exploration = Exploration(engine, options.prompt, seed=options.seed, date=date)
    try:
        with event_lines(options.events) as lines:
            _show(exploration, settings, options.branch, console, lines)
    finally:  # a model that fails on the way leaves the tree so far
        if options.trace is not None and exploration.tree.started is not None:
            recorded = record(exploration.tree, exploration) if options.alternatives else None
            save_trace(exploration.tree, options.trace, recorded)
    return 0


def _experiment(options: argparse.Namespace) -> int:
    names = "parallel,init,adapt,full" if options.stages == "all" else options.stages
    stages = tuple(name.strip() for name in names.split(","))
    plan = Plan(settings_of(options), stages, options.rules, options.seed, options.target_cost, options.date)
    folder = Path(options.out)
    # The tasks' grader may hold a process: it ends with this, whatever else happens.
    with load_tasks(options.tasks, options.num_prompts, options.seed) as tasks:
        # Refused now if it can't be written, and not once the model is there.
        with ResultsFolder(folder) as results_folder:
            pass
        console = Console()
        experiment = Experiment(load_model(options, console), tasks, plan, results_folder)
        is_whole = show_experiment(experiment, console, folder / "traces" if options.traces else None)
    if any(experiment.records.values()):
        console.print(results_table(experiment.results()))
    console.print(f"{'Results' if is_whole else 'Stopped; what was finished'} in {folder}", highlight=False)
    return 0


def _import(options: argparse.Namespace) -> int:
    runs = load_authors_file(options.file)
    folder = Path(options.out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TraceError(f"The folder {folder} can't be made: {error.strerror}; name another one.") from None
    for number, run in enumerate(runs):
        save_trace(run.tree, folder / f"prompt-{number:03d}.json")
    print(f"{len(runs)} traces in {folder}")
    return 0


def _export(options: argparse.Namespace) -> int:
    _check_writable(Path(options.out))
    exported = authors_json_of([load_trace(trace) for trace in options.traces])
    Path(options.out).write_text(json.dumps(exported, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def _show(
    exploration: Exploration, settings: Settings, by_hand: Sequence[HandBranch], console: Console, lines: EventLines
) -> None:
    """Run, with the tree growing on the terminal; Ctrl-C ends the run and keeps what there is."""
    live = LivePictures()
    try:
        with interrupted() as should_stop, Live(
            console=console,
            get_renderable=lambda: live.of(exploration.tree),
            refresh_per_second=_REFRESHES_PER_SECOND,
            transient=True,
        ):
            for event in exploration.run(settings, should_stop, by_hand):
                lines.write(event)
    finally:
        # Once more, whole: the live picture is cut to the height of the terminal.
        if exploration.tree.started is not None:
            console.print(picture(exploration.tree))
    for finding in diagnose(exploration.tree):
        console.print(Text(f"! {visible(finding.what)} {finding.remedy}", style="yellow"))


def _check_writable(path: Path) -> None:
    folder = path.absolute().parent
    if path.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise TraceError(f"The trace can't be written to {path}; name a file in a folder that exists and is writable.")
