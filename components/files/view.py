"""What hands files to the reader."""

from typing import Any

from components.frame.view import Facts, View


class DownloadView(View):
    """Saves what it is given as a file of the reader's. `value` is what `components.files.download` returns."""

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__("download", facts, **kwargs)
