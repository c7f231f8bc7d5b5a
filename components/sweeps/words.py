"""What is said of a sweep and of a calibration, in whole sentences. Numbers and the task's name only, no prompt."""

from components.sweeps.trial import Chosen, Offered
from eager_core.calibration import GOALS

GOAL_WORDS = {
    "sequences": "mean number of sequences",
    "token_share": "share of full sampling’s tokens",
    "forks": "forks per 100 tokens",
    "pass_at_k": "Pass@k within a margin of the best",
}
"""The goals as the page names them."""
GOAL_LABELS = {
    "sequences": "sequences a prompt", "token_share": "share of full sampling’s tokens",
    "forks": "forks per 100 tokens", "pass_at_k": "Pass@k",
}  # fmt: skip
"""What stands at the axis of a calibration's curve."""
assert set(GOAL_WORDS) == set(GOAL_LABELS) == set(GOALS)


def chosen_words(chosen: Chosen) -> list[str]:
    """Return what was chosen, how sure that is, and how it did on prompts held back."""
    calibration = chosen.calibration
    if calibration is None:
        return ["No theta was chosen.", "The curve is of all prompts that were walked."]
    goal, name = calibration.goal, GOAL_WORDS[calibration.goal.name]
    is_margin = goal.name == "pass_at_k"
    wanted = f"at most {goal.wanted:g} below the best" if is_margin else f"{goal.wanted:g} was wanted"
    held_back = calibration.held_back
    return [
        f"θ {calibration.theta:g} (95 % interval over prompts: {calibration.low:g} to {calibration.high:g}).",
        f"{_capital(name)}: {calibration.value:.3g} on the {_prompts(calibration.num_pilots)} that chose it; {wanted}.",
        "No prompts were held back to test it: that takes 6 or more."
        if held_back is None
        else f"On {_prompts(held_back.num_prompts)} held back: {held_back.value:.3g}, "
        f"off by {_signed(held_back.off_by)}.",
    ]


def offer_words(offered: Offered) -> str:
    """Return what the offered theta was chosen for, and on what."""
    stored = offered.stored
    return (
        f"θ {stored.theta:g} was chosen on {offered.task} for {GOAL_WORDS.get(stored.goal, stored.goal)} "
        f"{stored.wanted:g}, at M = {stored.max_sequences}, from {_prompts(stored.num_pilots)}."
    )


def _prompts(number: int) -> str:
    return f"{number} prompt" if number == 1 else f"{number} prompts"


def _signed(number: float) -> str:
    return f"{number:+.3g}".replace("-", "−")


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
