"""The rooms of the page's modules: each knows only those below it, says what it is for, and uses no global of ours."""

import re
from pathlib import Path

import pytest

from components.files.bundle import BundleError, bundle, imports_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "assets" / "page"
STANDALONE = ROOT / "assets" / "standalone" / "page.js"

ROOMS = [
    {"frame"},
    {"tree"},
    {"inspector", "time", "sequences", "files", "experiments", "sweeps", "what_if", "comparing"},
    {"parts.js"},
    {"page.js"},
]
"""The rooms from the lowest floor up; a room imports from floors below its own, never from beside it."""

OF_THE_BROWSER = "devicePixelRatio|location|history|matchMedia|addEventListener"

NO_MODULE = {"start.js"}
"""Stands in the page's head as it is; see its first lines."""


def modules() -> list[Path]:
    return sorted(path for path in PAGE.rglob("*.js") if path.name not in NO_MODULE)


def room_of(path: Path) -> str:
    return path.relative_to(PAGE).parts[0]


def floor_of(room: str) -> int:
    return next(floor for floor, rooms in enumerate(ROOMS) if room in rooms)


def test_imports_go_down_and_never_beside():
    wrong = [
        (path.relative_to(PAGE).as_posix(), imported.relative_to(PAGE).as_posix())
        for path in modules()
        for imported in imports_of(path)
        if room_of(imported) != room_of(path) and floor_of(room_of(imported)) >= floor_of(room_of(path))
    ]
    assert wrong == []


def test_all_that_is_imported_is_exported():
    for path in [*modules(), STANDALONE]:
        for imported, names in imports_of(path).items():
            source = imported.read_text(encoding="utf-8")
            for name in (part.split(" as ")[0].strip() for part in names.split(",")):
                exported = rf"^export (async )?(function|class|const) {name}\b"
                assert re.search(exported, source, re.MULTILINE), (path, name)


def test_every_module_is_reached_from_the_page():
    reached, waiting = set(), [PAGE / "page.js"]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting.extend(imports_of(path))
    assert reached == set(modules())


@pytest.mark.parametrize("room", sorted(path.name for path in PAGE.iterdir() if path.is_dir()))
def test_every_room_says_what_it_is_for(room):
    assert floor_of(room) >= 0
    words = (PAGE / room / "README.md").read_text(encoding="utf-8")
    assert all(part in words for part in ("May enter:", "Calls:", "Called by:"))
    assert len(words.splitlines()) <= 8


def test_no_module_uses_a_global_of_ours():
    found = [
        (path.name, line)
        for path in modules()
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(rf"(?<![-\"\w.`])eager\.|window\.(?!{OF_THE_BROWSER})", line)
    ]
    assert found == []


def test_no_address_is_the_server_s_root():
    scripts = [*PAGE.rglob("*.js"), *PAGE.rglob("*.css"), *(ROOT / "components").rglob("*.py"), ROOT / "app.py"]
    assert [path.name for path in scripts if re.search(r"[\"'`(]/gradio_api", path.read_text(encoding="utf-8"))] == []


def written(folder: Path, **modules: str) -> Path:
    for name, source in modules.items():
        (folder / f"{name}.js").write_text(source, encoding="utf-8")
    return folder / "entry.js"


@pytest.mark.parametrize(
    "source",
    [
        'import a from "./a.js";', 'import * as a from "./a.js";', 'import "./a.js";', 'import { a } from "a";',
        "import {\n  a,\n} from \"./a.js\";", 'export { a } from "./a.js";', "export default 1;", "export let a = 1;",
        'const a = await import("./a.js");', "console.log(import.meta.url);", "await a;",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(tmp_path, source):
    with pytest.raises(BundleError, match="is not understood"):
        bundle(written(tmp_path, entry=source, a="export const a = 1;"), tmp_path)


def test_a_circle_and_a_missing_module_are_refused(tmp_path):
    one, other = 'import { b } from "./b.js";\nexport const a = 1;', 'import { a } from "./a.js";\nexport const b = a;'
    with pytest.raises(BundleError, match=r"a\.js -> b\.js -> a\.js"):
        bundle(written(tmp_path, entry='import { a } from "./a.js";', a=one, b=other), tmp_path)
    with pytest.raises(BundleError, match=r"missing\.js, which .*entry\.js imports, is no file under"):
        bundle(written(tmp_path, entry='import { a } from "./missing.js";'), tmp_path)
