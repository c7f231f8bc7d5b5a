"""Pilot prompts, each walked at all thetas at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from eager_core.engine import Engine
from eager_core.errors import SettingsError
from eager_core.exploration import Exploration
from eager_core.grading import Grader, Task
from eager_core.outcomes import Outcome, outcome_of, swept_trees
from eager_core.settings import STRATEGIES_WITH_THETA, Settings
from eager_core.tree import TokenTree

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
) -> Iterator[Pilot]:
    """Yield each prompt's outcomes, as soon as it is done; those of a prompt that was stopped are left out.

    Args:
        prompts: texts, or tasks with answers that `grader` judges.
        settings: theta is replaced by each of `thetas`, all else stays.
    Raises:
        SettingsError: no prompts or thetas, too many, or a strategy that has no theta.
        PromptError, ModelError: the engine refuses a prompt, or fails.
    """
    if not 1 <= len(prompts) <= LARGEST_NUM_PILOTS:
        raise SettingsError(
            f"There are {len(prompts):,} pilot prompts, but a calibration takes 1 to {LARGEST_NUM_PILOTS:,}; "
            "name some prompts, or a task set."
        )
    if not thetas:
        raise SettingsError("There is no theta to try; name a range like 1.0:3.0:0.1.")
    if settings.strategy not in STRATEGIES_WITH_THETA:
        raise SettingsError(f"The strategy {settings.strategy} has no theta to calibrate; choose paper or reference.")
    grid = [replace(settings, theta=theta) for theta in thetas]
    for prompt in prompts:
        task = prompt if isinstance(prompt, Task) else None
        exploration = Exploration(engine, task.prompt if task else str(prompt), seed)
        try:
            trees = swept_trees(exploration, grid, should_stop)
        finally:
            exploration.close()
        if should_stop():
            return
        outcomes = (outcome_of(tree, _is_solved(tree, task, grader)) for tree in trees)
        yield Pilot(exploration.prompt, tuple(outcomes))


def _is_solved(tree: TokenTree, task: Task | None, grader: Grader | None) -> bool | None:
    if task is None or grader is None:
        return None
    texts = (tree.text(sequence) for sequence in tree.kept_sequences)
    return any(grader.is_correct(task, grader.extract(text)) for text in texts)
