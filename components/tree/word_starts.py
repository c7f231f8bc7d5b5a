"""Where a word begins among tokens, so that the page can show words where a model writes pieces of them."""

import re

_SPECIAL = re.compile(r"<\|.*\|>|<[a-z_/]+>", re.DOTALL)


def begins_word(text: str, before: str) -> bool:
    """Return whether the token `text` begins a word after a token `before` on the same path.

    A word goes on with letters, digits, marks and the stops that close it; it ends before white space, after a line
    break, and beside a special token, which stands alone. A token without text goes on.
    """
    if _SPECIAL.fullmatch(text) or _SPECIAL.fullmatch(before):
        return True
    return bool(text) and (text[0].isspace() or before[-1:].isspace())
