"""Files on their way to the reader."""

import json
from itertools import count

_NUMBERS = count(1)


def download(name: str, text: str) -> str:
    """Return what makes the page save `text` as a file; see assets/page/files/download.js.

    Numbered, as Gradio hands on a value only where it differs from the last: pressed twice, a button saves twice.
    """
    return json.dumps({"number": next(_NUMBERS), "name": name, "text": text}, ensure_ascii=False)
