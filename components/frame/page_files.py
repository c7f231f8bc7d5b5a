"""The page's own modules and styles, and plotly.js from the plotly package: all served by this process.

They are served from a copy in a folder that is named by what is in it, so no browser shows one of them as it was
before; and by addresses relative to the page, so the page may stand under any path. The modules import one another by
relative paths, so nobody keeps a list of them.
"""

import json
import shutil
import tempfile
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from urllib.parse import quote

import gradio as gr
import plotly

from eager_core.folders import cache_folder

_ASSETS = Path(__file__).resolve().parents[2] / "assets"
_PAGE = _ASSETS / "page"
_STANDALONE = _ASSETS / "standalone"
STANDALONE_HTML = _STANDALONE / "page.html"
"""The template of a tree's own page."""
STANDALONE_SCRIPT = _STANDALONE / "page.js"
"""The module that starts a tree's own page."""
_PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


def script_tags() -> str:
    """Return the scripts that every component of ours needs, and allow this process to serve their files.

    They run before any `js_on_load` does; naming them twice runs them once. Gradio keeps no attribute of a script but
    its `src`, so none of them can be a module: start.js fetches those.
    """
    served = _served()
    return f'{_start(served)}<script src="{_address(served / _PLOTLY_JS.name)}"></script>'


def head_tags() -> str:
    """Return what the page's head holds: its style sheets, and what makes the browser fetch all modules at once.

    Links, not Gradio's `css`: that rewrites every rule, and loses a `font` that holds a variable on the way.
    """
    served = _served()
    styles = [f'<link rel="stylesheet" href="{_address(served / name)}">' for name in _styles()]
    plotly_js = f'<link rel="preload" as="script" href="{_address(served / _PLOTLY_JS.name)}">'
    modules = [f'<link rel="modulepreload" href="{_address(served / name)}">' for name in _modules()]
    return "".join([*styles, _start(served), plotly_js, *modules])


def plotly_source() -> str:
    """Return the source of plotly.js."""
    return _PLOTLY_JS.read_text(encoding="utf-8")


def style_sources() -> list[str]:
    """Return the page's style sheets, and that of a tree's own page."""
    styles = [*(_PAGE / name for name in _styles()), _STANDALONE / "page.css"]
    return [style.read_text(encoding="utf-8") for style in styles]


def _styles() -> list[str]:
    """The style sheets in assets/page: the frame's first, for the others use its variables."""
    names = [path.relative_to(_PAGE).as_posix() for path in _PAGE.rglob("*.css")]
    return sorted(names, key=lambda name: (not name.startswith("frame/"), name))


def _modules() -> list[str]:
    names = [path.relative_to(_PAGE).as_posix() for path in _PAGE.rglob("*.js")]
    return sorted(name for name in names if name != "start.js")


def _start(served: Path) -> str:
    source = (_PAGE / "start.js").read_text(encoding="utf-8")
    return f"<script>(() => {{\n{source}\nstart({json.dumps(_address(served))});\n}})();</script>"


def _address(path: Path) -> str:
    """Where Gradio serves a file, relative to the page: right behind a proxy and under a path of its own, too."""
    return escape(f"./gradio_api/file={quote(path.as_posix())}")


@cache
def _served() -> Path:
    """Return the folder of the page's files, named by a hash of what is in it, which this process may serve."""
    files = {path.relative_to(_PAGE).as_posix(): path.read_bytes() for path in _PAGE.rglob("*.[cj]s*")}
    files[_PLOTLY_JS.name] = _PLOTLY_JS.read_bytes()
    name = _digest(files)
    try:
        folder = _written(cache_folder() / "page" / name, files)
    except OSError:  # no place of our own, or a full one
        folder = _written(Path(tempfile.mkdtemp(prefix="eager-explorer-")) / name, files)
    gr.set_static_paths([folder])
    return folder


def _written(folder: Path, files: dict[str, bytes]) -> Path:
    """Write the files, unless they are there: whole or not at all, whoever else does so at the same time."""
    there = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    if there == files:
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as building:
        new = Path(building) / "new"
        for name, content in files.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(content)
        if there:
            shutil.rmtree(folder)  # somebody has changed it
        try:
            new.rename(folder)
        except OSError:
            if not folder.is_dir():  # or another process was quicker
                raise
    return folder


def _digest(files: dict[str, bytes]) -> str:
    digest = sha256()
    for name in sorted(files):
        digest.update(f"{name} {len(files[name])}\n".encode())
        digest.update(files[name])
    return digest.hexdigest()[:16]
