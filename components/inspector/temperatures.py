"""At which temperatures a token would have been drawn all the same."""

from typing import Any

import numpy as np

from eager_core.recorded import HIGHEST_TEMPERATURE
from eager_core.sampling import temperatures_that_keep


def keeps(logprobs: np.ndarray, top_p: float, dice: float, token_id: int, temperature: float) -> dict[str, Any] | None:
    """Return the temperatures at which `dice` lands on a token, as a range and in words; None where there are none.

    Args:
        logprobs: [vocabulary], natural logs before temperature, of the distribution that the token came from.
        temperature: the one in force, for the picture.
    """
    return keeps_of(temperatures_that_keep(logprobs, top_p, dice, token_id, HIGHEST_TEMPERATURE), temperature)


def keeps_of(kept: tuple[float, float] | None, temperature: float) -> dict[str, Any] | None:
    """Return the same of temperatures that are known already; None where there are none."""
    if kept is None:
        return None
    low, high = kept
    return {
        "low": round(low, 3),
        "high": round(high, 3),
        "now": min(temperature, HIGHEST_TEMPERATURE),
        "highest": HIGHEST_TEMPERATURE,
        "text": _sentence(low, high),
    }


def _sentence(low: float, high: float) -> str:
    is_open = high >= HIGHEST_TEMPERATURE
    if low == 0:
        where = f"every temperature up to {high:.0f}" if is_open else f"temperatures below {high:.2f}"
    else:
        where = f"temperatures from {low:.2f}" + (" on" if is_open else f" to {high:.2f}")
    return f"The same roll gives this token at {where}."
