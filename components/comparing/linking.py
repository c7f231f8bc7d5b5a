"""The pinned run in the page's address: one part, `a`, which holds what A was asked for as a query of its own.

    ?prompt=Why&theta=2.5&a=prompt%3DWhy%26theta%3D1.5

Whatever is default for A is left out. B's controls stand beside it as on a page that compares nothing.
"""

from dataclasses import asdict
from urllib.parse import parse_qsl, urlencode

from components.frame.controls import Controls, controls_from, controls_of
from components.visitors.asking import Asked
from eager_core.events import RunStarted

NAME = "a"
"""Of the part, which assets/page/comparing/address.js writes."""


def controls_of_pinned(started: RunStarted, asked: Asked) -> Controls:
    """Return what the page's controls hold that ask for the pinned run."""
    return controls_of(started, Controls(model=asked.model, precision=asked.precision))


def query_of(started: RunStarted, asked: Asked) -> str:
    """Return what a link holds of a run: its prompt, and its controls that are not default."""
    default = asdict(Controls())
    controls = asdict(controls_of_pinned(started, asked))
    kept = {name: _written(value) for name, value in controls.items() if value != default[name]}
    return urlencode({"prompt": started.prompt, **kept})


def asked_in(query: str) -> tuple[str, Controls]:
    """Return the prompt and the controls that a link asks A for; what is missing or senseless is default."""
    values = dict(parse_qsl(query, keep_blank_values=True))
    return values.get("prompt", ""), controls_from(values)


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
