"""A theta that was calibrated before, for a run."""

from dataclasses import replace

from rich.console import Console
from rich.text import Text

from eager_core.calibration import calibrations_of
from eager_core.errors import SettingsError
from eager_core.settings import Settings
from eager_core.terminal.picture import visible


def calibrated_settings(settings: Settings, asked: str, model: str, console: Console) -> Settings:
    """Return `settings` with the theta that was chosen for this model and measure, and say which that is.

    Args:
        asked: "calibrated" for the newest one, or "calibrated:TASK".
    Raises:
        SettingsError: there is none.
    """
    known = calibrations_of(model, settings.measure)
    _, colon, task = asked.partition(":")
    if not colon and known:
        task = next(reversed(known))
    if task not in known:
        of = f" of {task}" if colon else ""
        others = f"there are those of {', '.join(known)}" if known else "calibrate one first, with --goal and --tasks"
        raise SettingsError(f"No theta{of} is calibrated for {model} and the measure {settings.measure}; {others}.")
    stored = known[task]
    console.print(
        Text(
            f"theta {stored.theta:g}, calibrated on {visible(task)} for {stored.goal} = {stored.wanted:g} at "
            f"M {stored.max_sequences}, {stored.num_pilots} prompts",
            style="dim",
        )
    )
    return replace(settings, theta=stored.theta)
