"""A slider with an open end."""

import gradio as gr


class OpenSlider(gr.Slider):
    """A slider whose number box may go beyond the slider: what is too much is for the settings to say, in words."""

    # An empty number box hands over None, which Gradio's types of a slider leave out.
    def preprocess(self, payload: float | None) -> float | int | None:  # type: ignore[override]  # see above
        return payload if payload is None else gr.Number.round_to_precision(payload, self.precision)

    def get_block_name(self) -> str:
        return "slider"
