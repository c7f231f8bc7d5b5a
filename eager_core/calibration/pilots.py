"""Pilot prompts, each walked at all thetas at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from eager_core.engine import Engine
from eager_core.errors import SettingsError
from eager_core.exploration import Exploration
from eager_core.grading import Grader, Task
from eager_core.joint import LARGEST_NUM_WALKS
from eager_core.outcomes import Outcome
from eager_core.prompt import DEFAULT_DATE
from eager_core.settings import STRATEGIES_WITH_THETA, Settings
from eager_core.walked import WalkedPaths, WalkedRun, WalkedSequence, walked_paths

LARGEST_NUM_PILOTS = 1000


@dataclass(frozen=True)
class Pilot:
    """What one prompt came to at each theta."""

    prompt: str
    outcomes: tuple[Outcome, ...]
    """In the order of the thetas."""


def walk_pilots(
    engine: Engine,
    prompts: Sequence[str] | Sequence[Task],
    settings: Settings,
    thetas: Sequence[float],
    seed: int = 0,
    grader: Grader | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    date: str = DEFAULT_DATE,
) -> Iterator[Pilot]:
    """Yield each prompt's outcomes, as soon as it is done; those of a prompt that was stopped are left out.

    Args:
        prompts: texts, or tasks with answers that `grader` judges.
        settings: theta is replaced by each of `thetas`, all else stays.
    Raises:
        SettingsError: no prompts or thetas, too many, or a strategy that has no theta.
        PromptError, ModelError: the engine refuses a prompt, or fails.
    """
    check_pilots(len(prompts), settings, thetas)
    grid = [replace(settings, theta=theta) for theta in thetas]
    for prompt in prompts:
        task = prompt if isinstance(prompt, Task) else None
        with Exploration(engine, task.prompt if task else str(prompt), seed, date) as exploration:
            paths = walked_paths(exploration, grid, should_stop)
        if should_stop():
            return
        judge = _Judge(paths, task, grader)
        yield Pilot(exploration.prompt, tuple(_outcome(paths.run(number), judge) for number in range(len(grid))))


def check_pilots(num_prompts: int, settings: Settings, thetas: Sequence[float]) -> None:
    """Raise what can be refused without a model.

    Raises:
        SettingsError: no prompts or thetas, too many, a value that theta can't have, or a strategy that has no theta.
    """
    if not 1 <= num_prompts <= LARGEST_NUM_PILOTS:
        raise SettingsError(
            f"There are {num_prompts:,} pilot prompts, but a calibration takes 1 to {LARGEST_NUM_PILOTS:,}; "
            "name some prompts, or a task set."
        )
    if not thetas:
        raise SettingsError("There is no theta to try; name a range like 1.0:3.0:0.1.")
    if settings.strategy not in STRATEGIES_WITH_THETA:
        raise SettingsError(f"The strategy {settings.strategy} has no theta to calibrate; choose paper or reference.")
    if len(thetas) > LARGEST_NUM_WALKS:
        raise SettingsError(
            f"There are {len(thetas):,} thetas to try, but up to {LARGEST_NUM_WALKS:,} can be walked together; take a "
            "larger step."
        )
    for theta in thetas:
        replace(settings, theta=theta)


class _Judge:
    """Says of each sequence whether it is right, asking the grader once for each."""

    def __init__(self, paths: WalkedPaths, task: Task | None, grader: Grader | None) -> None:
        self._paths = paths
        self._task = task
        self._grader = grader
        self._known: dict[WalkedSequence, bool] = {}

    def is_solved(self, run: WalkedRun) -> bool | None:
        """Whether any sequence of a run is right; None where no answer is known."""
        task, grader = self._task, self._grader
        if task is None or grader is None:
            return None
        return any(self._is_right(task, grader, sequence) for sequence in run.kept)

    def _is_right(self, task: Task, grader: Grader, sequence: WalkedSequence) -> bool:
        if sequence not in self._known:
            answer = grader.extract(self._paths.text(sequence))
            self._known[sequence] = grader.is_correct(task, answer)
        return self._known[sequence]


def _outcome(run: WalkedRun, judge: _Judge) -> Outcome:
    return Outcome(
        run.settings, run.num_tokens, len(run.kept), run.num_forks, run.full_tokens, judge.is_solved(run)
    )
