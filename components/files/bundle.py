"""ES modules made into one script, for a page that opens from a file: there a browser imports nothing.

Each module becomes a function that returns what it exports, called once, after those that it imports. Only what our own
modules write is understood, and everything else is refused: named imports by a relative path, each statement on one
line, and exported functions, classes and constants.
"""

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "(\.[./\w]*/[\w./]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_ANY = re.compile(r"^\s*(?:import\b|export\b).*|.*\bimport(?:\.meta|\s*\().*|^await\b.*", re.MULTILINE)


class BundleError(ValueError):
    """A module holds what cannot be bundled, or modules import one another in a circle."""


def bundle(entry: Path, root: Path) -> str:
    """Return a script that does what the module `entry` does.

    Args:
        entry: the module that nothing imports.
        root: the folder that holds all the modules.

    Raises:
        BundleError: a module is not written in the way that is understood, is missing, lies outside `root`, or imports
            itself by way of others.
    """
    order: list[Path] = []
    _visit(entry.resolve(), root.resolve(), order, [])
    numbers = {path: number for number, path in enumerate(order)}
    functions = [_function(path, numbers, root.resolve()) for path in order]
    return "\n".join(["(() => {", '"use strict";', *functions, "})();"])


def imports_of(path: Path) -> dict[Path, str]:
    """Return what a module imports: the files, and the names as they are written.

    Raises:
        BundleError: as `bundle` does.
    """
    source = path.read_text(encoding="utf-8")
    imports = {(path.parent / file).resolve(): names for names, file in _IMPORT.findall(source)}
    rest = _EXPORT.sub("", _IMPORT.sub("", source))
    if odd := _ANY.search(re.sub(r"^\s*(//|\*|/\*).*$", "", rest, flags=re.MULTILINE)):
        raise BundleError(
            f'{path}: `{odd[0].strip()}` is not understood; write `import {{ a }} from "./b.js";` on one line, '
            "or `export` before a function, a class or a const."
        )
    return imports


def _visit(path: Path, root: Path, order: list[Path], on_the_way: list[Path]) -> None:
    if path in order:
        return
    if path in on_the_way:
        circle = " -> ".join(file.name for file in [*on_the_way[on_the_way.index(path) :], path])
        raise BundleError(f"These modules import one another in a circle: {circle}. Move what they share into a third.")
    if not path.is_relative_to(root) or not path.is_file():
        importer = f", which {on_the_way[-1]} imports," if on_the_way else ""
        raise BundleError(f"The module {path}{importer} is no file under {root}.")
    for imported in imports_of(path):
        _visit(imported, root, order, [*on_the_way, path])
    order.append(path)


def _function(path: Path, numbers: dict[Path, int], root: Path) -> str:
    source = path.read_text(encoding="utf-8")

    def taken(found: re.Match) -> str:
        names = ", ".join(name.strip().replace(" as ", ": ") for name in found[1].split(","))
        return f"const {{ {names} }} = module{numbers[(path.parent / found[2]).resolve()]};"

    exported = ", ".join(_EXPORT.findall(source))
    body = _EXPORT.sub("", _IMPORT.sub(taken, source)).rstrip()
    name = path.relative_to(root).as_posix()
    return f"// {name}\nconst module{numbers[path]} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();"
