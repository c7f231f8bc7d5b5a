"""What a prompt is beside its text: the date that its chat frame tells the model, and a hash of what comes of both."""

import datetime
from collections.abc import Sequence
from hashlib import blake2b

from eager_core.errors import SettingsError

DEFAULT_DATE = "2024-07-26"
"""The date that chat templates are told. Fixed, because the same seed must give the same tree tomorrow; this one is
what the templates of Llama 3.1 to 3.3 fall back to where no clock is there."""


def check_date(date: str, allows_today: bool = True) -> str:
    """Return a date as YYYY-MM-DD; "today" becomes the day that it is now, once and for all.

    Raises:
        SettingsError: anything else.
    """
    words = date.strip() if isinstance(date, str) else ""
    if allows_today and words.lower() == "today":
        return datetime.date.today().isoformat()
    try:
        # Nothing but this form: runs are compared by it, and ISO knows others (20240726, 2024-W30-5).
        if datetime.date.fromisoformat(words).isoformat() == words:
            return words
    except ValueError:
        pass
    shown = repr(date) if len(repr(date)) <= 40 else repr(date)[:37] + "..."
    or_today = ', or "today"' if allows_today else ""
    raise SettingsError(f'The date is {shown}, but must be a day written as YYYY-MM-DD ("{DEFAULT_DATE}"){or_today}.')


def digest_of_ids(token_ids: Sequence[int]) -> str:
    """Return a short hash of token ids, in hexadecimal."""
    return blake2b(" ".join(map(str, token_ids)).encode(), digest_size=8).hexdigest()
