"""The page's own scripts and styles, and plotly.js from the plotly package: all served by this process."""

from pathlib import Path

import gradio as gr
import plotly

_ASSETS = Path(__file__).resolve().parents[2] / "assets"
_PAGE = _ASSETS / "page"
_STANDALONE = _ASSETS / "standalone"
STANDALONE_HTML = _STANDALONE / "page.html"
"""The template of a tree's own page."""
_PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
_SCRIPTS = (
    "facts.js",
    "make.js",
    "graphemes.js",
    "places.js",
    "store.js",
    "store_past.js",
    "requests.js",
    "catching_up.js",
    "palette.js",
    "legend.js",
    "coloring.js",
    "tree_camera.js",
    "tree_spans.js",
    "tree_words.js",
    "tree_cells.js",
    "tree_figure.js",
    "tree_walk.js",
    "tree_lanes.js",
    "tree_tip.js",
    "tree_tools.js",
    "tree_view.js",
    "announce.js",
    "inspector_bars.js",
    "inspector_view.js",
    "contrast.js",
    "prose.js",
    "sequences_view.js",
    "ledger_view.js",
    "time_track.js",
    "time_view.js",
    "entropy_view.js",
    "picture.js",
    "download.js",
    "link.js",
    "keys.js",
)
_BUDGET_SCRIPTS = (
    "diagnosis_view.js",
    "budget_store.js",
    "budget_tile.js",
    "budget_pot.js",
    "budget_table.js",
    "budget_plots.js",
    "budget_view.js",
)
"""Of the page only: a tree's own page asks nothing and has no experiment."""
_STYLES = ("page.css", "tree.css", "panels.css", "budget.css")


def script_tags() -> str:
    """Return the script tags that every component of ours needs, and allow this process to serve their files.

    They load in this order, before any `js_on_load` runs; naming them twice loads them once.
    """
    scripts = [_PLOTLY_JS, *(_PAGE / name for name in (*_SCRIPTS, *_BUDGET_SCRIPTS))]
    gr.set_static_paths(scripts)
    return "".join(f'<script src="{_url(path)}"></script>' for path in scripts)


def style_tags() -> str:
    """Return the links to the page's style sheets, and allow this process to serve them.

    Links, not Gradio's `css`: that rewrites every rule, and loses a `font` that holds a variable on the way.
    """
    styles = [_PAGE / name for name in _STYLES]
    gr.set_static_paths(styles)
    return "".join(f'<link rel="stylesheet" href="{_url(path)}">' for path in styles)


def plotly_source() -> str:
    """Return the source of plotly.js."""
    return _PLOTLY_JS.read_text(encoding="utf-8")


def script_sources() -> list[str]:
    """Return the sources of the page's scripts, and of the one that starts a tree's own page."""
    scripts = [*(_PAGE / name for name in _SCRIPTS), _STANDALONE / "page.js"]
    return [script.read_text(encoding="utf-8") for script in scripts]


def style_sources() -> list[str]:
    """Return the page's style sheets, and that of a tree's own page."""
    styles = [*(_PAGE / name for name in _STYLES), _STANDALONE / "page.css"]
    return [style.read_text(encoding="utf-8") for style in styles]


def _url(path: Path) -> str:
    return f"/gradio_api/file={path}"
