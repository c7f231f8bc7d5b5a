"""What the controls offer to choose from."""

import gradio as gr

from components.frame.control_panel import control_panel
from eager_core.uncertainty import MEASURE_OF_NAME


def test_every_measure_can_be_chosen_by_its_title():
    with gr.Blocks():
        choices = control_panel().by_name["measure"].choices
    assert {name: title for title, name in choices} == {m.name: m.title for m in MEASURE_OF_NAME.values()}
