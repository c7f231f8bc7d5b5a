"""Whether the Hugging Face Hub can be reached, found out in seconds."""

from huggingface_hub import constants, get_session

_PATIENCE_SECONDS = 5.0


def hub_answers() -> bool:
    """Ask the Hub for a sign of life, through the user's proxy and mirror if there are any.

    A load that can't reach the Hub retries for half a minute before it looks into the local cache; with this known
    first, it looks there at once.
    """
    try:
        get_session().head(constants.ENDPOINT, timeout=_PATIENCE_SECONDS)
    except Exception:  # which errors there are depends on the HTTP client that huggingface_hub has chosen
        return False
    return True
