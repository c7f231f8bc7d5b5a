"""The page's typography and ground: a theme of system fonts, and a Blocks that always wears it."""

from typing import Any

import gradio as gr

from components.frame.page_files import head_tags

_SANS = ("ui-sans-serif", "system-ui", "Segoe UI", "Helvetica Neue", "DejaVu Sans", "sans-serif")
_MONO = ("ui-monospace", "SF Mono", "Cascadia Code", "DejaVu Sans Mono", "monospace")


def theme() -> gr.themes.Base:
    """Return the theme: fonts that the reader's machine has, so that none is fetched."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.stone,
        font=_SANS,
        font_mono=_MONO,
        radius_size=gr.themes.sizes.radius_sm,
        spacing_size=gr.themes.sizes.spacing_sm,
    )


def look() -> dict[str, Any]:
    """Return what makes `gr.Blocks.launch` or `gr.mount_gradio_app` show the page in its own look."""
    return {"theme": theme(), "head": head_tags(), "footer_links": [], "ssr_mode": False}


class Page(gr.Blocks):
    """Blocks that launch in the page's own look, whoever launches them."""

    def launch(self, *args: Any, **kwargs: Any) -> Any:
        """Launch as `gr.Blocks.launch` does, with our theme, style sheet and footer unless told otherwise."""
        return super().launch(*args, **(look() | kwargs))
