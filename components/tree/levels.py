"""Entropies as letters, where a whole tree is sent in few bytes."""

from eager_core.settings import LARGEST_ENTROPY_NATS

LEVELS = "0123456789abcdefghijklmnopqrstuvwxyz"
"""Entropies from 0 to ln 20 nats in equal steps."""
UNKNOWN = "-"


def level(entropy: float | None) -> str:
    """Return the letter of an entropy in nats; a not-a-number counts as unknown."""
    if entropy is None or entropy != entropy:
        return UNKNOWN
    share = min(max(entropy / LARGEST_ENTROPY_NATS, 0.0), 1.0)
    return LEVELS[round(share * (len(LEVELS) - 1))]
