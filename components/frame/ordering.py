"""How the page numbers what it asks for; see `components.visitors.newest_wins` and assets/page/frame/requests.js."""

import gradio as gr

NUMBERED = "async (...asked) => (await eager.ready).requests.numbered(asked)"
"""Numbers what is asked for, so that of two slider moves the later one wins: its last value is the number."""

STOPPING = "async () => (await eager.ready).requests.stopping()"
"""Tells what Stop means: all that was asked for before it."""


def order_number() -> gr.Number:
    """Return what carries the number to a handler, where it is called; nobody sees it."""
    return gr.Number(0, precision=0, label="order", visible=False)
