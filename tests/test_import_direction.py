"""app -> components -> eager_core, and inside `eager_core` lower rooms know nothing of higher ones.

Read from the source with `ast`, so that a wrong import is found whether or not it runs.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

ROOMS = [
    {"context_cap", "errors", "folders", "free_memory", "prompt", "unfinished"},
    {"settings", "events", "dice", "prediction", "by_hand", "failures", "schema", "text_file"},
    {"tree", "event_order", "uncertainty", "sampling", "known_node"},
    {"strategies", "models"},
    {"engine"},
    {"knowledge", "local", "server"},
    {"generation"},
    {"joint"},
    {"exploration"},
    {"authors", "budget", "comparing", "grading", "diagnosis", "grids", "outcomes", "traces", "walked"},
    {"what_if"},
    {"anticipation"},
    {"calibration"},
    {"experiment", "sweeps"},
    {"worth"},
    {"terminal"},
]
"""The rooms of `eager_core` from the lowest floor up; a room may import its own floor and those below."""

COMPONENT_ROOMS = [
    {"frame"},
    {"tree"},
    {"inspector", "time", "what_if"},
    {"visitors"},
    {"comparing"},
    {"sequences", "files"},
    {"experiments"},
    {"sweeps"},
    {"page_facts"},
]
"""The rooms of `components`, likewise."""

LAZY = {"eager_core/__init__.py", "eager_core/__main__.py"}
"""The doors of the package: they may name any room."""


def source_files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def project_files() -> list[Path]:
    return [*source_files("eager_core"), *source_files("components"), *ROOT.glob("app.py")]


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[str]:
    """Every imported module by its full name; `from a import b` gives a.b, because b may be a module."""
    for statement in ast.walk(tree):
        match statement:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=0):
                yield from (f"{module}.{alias.name}" for alias in names)


def imports_of(file: Path) -> list[str]:
    return list(imports(ast.parse(file.read_text(encoding="utf-8"))))


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def floor_of(room: str, house: list[set[str]] = ROOMS) -> int | None:
    return next((floor for floor, rooms in enumerate(house) if room in rooms), None)


@pytest.mark.parametrize(
    ("folder", "barred"),
    [
        ("eager_core", ("gradio", "plotly", "components", "app")),
        ("components", ("torch", "transformers", "eager_core.local", "eager_core.models", "app")),
    ],
)
def test_no_room_knows_what_stands_above_it(folder, barred):
    wrong = [
        (name_of(file), module)
        for file in source_files(folder)
        for module in imports_of(file)
        if any(within(module, package) for package in barred)
    ]
    assert wrong == []


def test_inside_the_core_imports_go_down():
    wrong = []
    for file in source_files("eager_core"):
        if name_of(file) in LAZY:
            continue
        floor = floor_of(file.relative_to(ROOT / "eager_core").with_suffix("").parts[0])
        for module in imports_of(file):
            if floor is not None and within(module, "eager_core"):
                # The bare package opens every room, so only the top floor may import that.
                above = floor_of(module.split(".")[1]) if "." in module else len(ROOMS) - 1
                if above is None or above > floor:
                    wrong.append((name_of(file), module))
    assert wrong == []


def test_inside_the_components_imports_go_down():
    wrong = []
    for file in source_files("components"):
        room = file.relative_to(ROOT / "components").with_suffix("").parts[0]
        if room.startswith("__"):
            continue
        for module in imports_of(file):
            if within(module, "components"):
                above = floor_of(module.split(".")[1], COMPONENT_ROOMS)
                if above is None or above > floor_of(room, COMPONENT_ROOMS):
                    wrong.append((name_of(file), module))
    assert wrong == []


def test_no_two_rooms_of_the_components_import_each_other():
    pairs = set()
    for file in source_files("components"):
        room = file.relative_to(ROOT / "components").with_suffix("").parts[0]
        rooms = {module.split(".")[1] for module in imports_of(file) if module.startswith("components.")}
        pairs |= {(room, other) for other in rooms - {room}}
    assert {(a, b) for a, b in pairs if (b, a) in pairs} == set()


def test_every_room_of_the_components_says_what_it_is_for():
    for folder in (ROOT / "components").iterdir():
        if folder.is_dir() and not folder.name.startswith("__"):
            words = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
            assert words and all(part in words for part in ("May enter", "Calls", "Called by")), folder.name


def test_every_room_has_a_floor():
    rooms = {file.relative_to(ROOT / "eager_core").with_suffix("").parts[0] for file in source_files("eager_core")}
    unplaced = {room for room in rooms if floor_of(room) is None and not room.startswith("__")}
    assert unplaced == set()


def test_imports_stand_at_the_top_and_are_absolute():
    wrong = []
    for file in project_files():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for statement in ast.walk(tree):
            if isinstance(statement, ast.ImportFrom) and statement.level:
                wrong.append((name_of(file), statement.lineno, "relative"))
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                wrong += [(name_of(file), statement.lineno, module) for module in imports(statement)]
    assert wrong == []


def test_the_core_alone_leaves_torch_out():
    heavy = {"torch", "transformers", "gradio", "plotly", "pydantic"}
    code = f"import sys, eager_core; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
