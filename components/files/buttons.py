"""The buttons that save the tree in one form or another, and the one that opens a saved one."""

from dataclasses import dataclass

import gradio as gr


@dataclass(frozen=True)
class Saving:
    """What the page connects: the pictures are made in the browser, so nothing is left to connect there."""

    saved_here: tuple[gr.Button, gr.Button, gr.Button]
    """Trace, GraphML and web page, which Python writes."""
    comparison: gr.Button
    """Both trees as JSON, which Python writes too; seen only while one is pinned."""
    opened: gr.UploadButton
    """Opens a trace."""


def saving() -> Saving:
    """Build the buttons where it is called."""
    gr.HTML("<h2>Save the tree</h2>")
    with gr.Row(elem_id="saving"):
        for name in ("png", "svg"):
            save = f"async () => {{ await (await eager.ready).savePicture('{name}'); }}"
            _button(name.upper(), f"download-{name}").click(None, js=save, api_visibility="private")
        here = (
            _button("Trace", "download-trace"),
            _button("GraphML", "download-graphml"),
            _button("Web page", "download-page"),
        )
        comparison = _button("Comparison", "download-comparison")
    opened = gr.UploadButton(
        "Open a trace …", file_types=[".json"], size="sm", elem_id="open-trace", elem_classes="eager-small", scale=0
    )
    return Saving(here, comparison, opened)


def _button(name: str, elem_id: str) -> gr.Button:
    return gr.Button(name, size="sm", elem_id=elem_id, elem_classes="eager-small", scale=0, min_width=0)
