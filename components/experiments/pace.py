"""How long an experiment will still take, from how long its prompts took."""

from collections.abc import Mapping, Sequence


def seconds_left(
    done: Mapping[str, Sequence[float]], stages: Sequence[str], num_prompts: int, current: float = 0.0
) -> float | None:
    """Return the seconds that the remaining prompts will take, or None before the first is done.

    A prompt costs what the others of its stage cost on the mean; in a stage that has not begun, what all did.

    Args:
        done: by stage, the seconds of each prompt that is done.
        stages: all, in their order.
        current: seconds spent on the prompt under way.
    """
    known = [seconds for stage in stages for seconds in done.get(stage, ())]
    if not known:
        return None
    overall = sum(known) / len(known)
    left = 0.0
    for stage in stages:
        spent = done.get(stage, ())
        mean = sum(spent) / len(spent) if spent else overall
        left += (num_prompts - len(spent)) * mean
    return max(0.0, left - current)


def duration(seconds: float) -> str:
    """Return a duration as one says it: "40 s", "3 min"."""
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"
