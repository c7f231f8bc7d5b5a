"""Prompts that a model cannot be asked, as the page says so."""

from collections.abc import Iterable
from typing import Any

import gradio as gr

from components.frame.notices import note_html
from eager_core.experiment import TasksLeftOut, left_out_words


def left_out_note(progress: Iterable[object]) -> Any:
    """Return the line that says which prompts the model can't be asked, if an experiment's or sweep's progress tells of
    any; else nothing new."""
    for event in progress:
        if isinstance(event, TasksLeftOut):
            return note_html(left_out_words(event.left_out, event.num_tasks))
    return gr.skip()
