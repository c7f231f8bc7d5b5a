"""Draws the rooms of the house and what they import: `make rooms` writes docs/rooms.svg, and nothing is drawn by hand.

A room is a folder or a module that stands directly in `components` or `eager_core`. A line goes from a room down to one
that it imports; lines that follow from others (a to c, where a to b and b to c) are left out.
"""

import ast
from collections.abc import Iterator
from html import escape
from itertools import pairwise
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "rooms.svg"
HOUSES = {"app": "#8a5a00", "components": "#0f6e63", "eager_core": "#5b3f8c"}
"""Colours that can be read on white and on black."""
NAME_PX, PAD_PX, GAP_PX, ROOM_PX, FLOOR_PX = 7.2, 10, 14, 26, 62


def imports() -> nx.DiGraph:
    """Return the rooms as "house/room", with an edge for each that imports another."""
    graph = nx.DiGraph()
    for file in [ROOT / "app.py", *sorted(ROOT.glob("components/**/*.py")), *sorted(ROOT.glob("eager_core/**/*.py"))]:
        room = _room(".".join(file.relative_to(ROOT).with_suffix("").parts))
        if room is None:
            continue
        graph.add_node(room)
        for module in _imported(ast.parse(file.read_text(encoding="utf-8"))):
            other = _room(module)
            if other is not None and other != room:
                graph.add_edge(room, other)
    return graph


def _room(module: str) -> str | None:
    house, *rest = module.split(".")
    if house == "app":
        return "app"
    is_door = not rest or rest[0].startswith("__")  # the doors of a package import every room of it
    return f"{house}/{rest[0]}" if house in HOUSES and not is_door else None


def _imported(tree: ast.AST) -> Iterator[str]:
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        if isinstance(statement, ast.ImportFrom) and statement.module:
            yield f"{statement.module}.{statement.names[0].name}"


def floors(graph: nx.DiGraph) -> list[list[str]]:
    """Return the rooms of each floor, the highest first: `components` stand above all of `eager_core`, and each room
    right above the highest one that it imports."""
    height: dict[str, int] = {}
    order = sorted(reversed(list(nx.lexicographical_topological_sort(graph))), key=lambda room: -_rank(room))
    for room in order:
        floor = 1 + max((height[other] for other in graph[room]), default=-1)
        lowest = 1 + max((height[other] for other in height if _rank(other) > _rank(room)), default=-1)
        height[room] = max(floor, lowest)
    rows = [sorted(room for room in graph if height[room] == floor) for floor in range(max(height.values()) + 1)]
    for below, row in pairwise(rows):
        place = {room: number / max(1, len(below)) for number, room in enumerate(below)}
        row.sort(key=lambda room: (_mean([place[other] for other in graph[room] if other in place]), room))
    return rows[::-1]


def _rank(room: str) -> int:
    return list(HOUSES).index(room.split("/")[0])


def _mean(places: list[float]) -> float:
    return sum(places) / len(places) if places else 0.5


def svg(graph: nx.DiGraph) -> str:
    """Return the picture."""
    graph = graph.copy()
    rows = floors(graph)
    lines = nx.transitive_reduction(graph)
    widths = {room: NAME_PX * len(_name(room)) + 2 * PAD_PX for room in graph}
    full = max(1000, max(sum(widths[room] + GAP_PX for room in row) for row in rows) + GAP_PX)
    place: dict[str, tuple[float, float]] = {}
    for number, row in enumerate(rows):
        gap = (full - sum(widths[room] for room in row)) / (len(row) + 1)
        x = gap
        for room in row:
            place[room] = (x, 16 + number * FLOOR_PX)
            x += widths[room] + gap
    parts = []
    for above, below in sorted(lines.edges):
        (x0, y0), (x1, y1) = place[above], place[below]
        start, end = (x0 + widths[above] / 2, y0 + ROOM_PX), (x1 + widths[below] / 2, y1)
        bend = (start[1] + end[1]) / 2
        parts.append(
            f'<path d="M{start[0]:.0f} {start[1]:.0f}C{start[0]:.0f} {bend:.0f} {end[0]:.0f} {bend:.0f} '
            f'{end[0]:.0f} {end[1]:.0f}" stroke="{_color(above)}" stroke-opacity=".45" fill="none"/>'
        )
    for room, (x, y) in sorted(place.items()):
        parts.append(
            f'<rect x="{x:.0f}" y="{y:.0f}" width="{widths[room]:.0f}" height="{ROOM_PX}" rx="5" '
            f'fill="{_color(room)}"/>'
            f'<text x="{x + widths[room] / 2:.0f}" y="{y + 17:.0f}" text-anchor="middle">{escape(_name(room))}</text>'
        )
    height = 16 + len(rows) * FLOOR_PX
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {full:.0f} {height}" '
        'font-family="ui-monospace, DejaVu Sans Mono, monospace" font-size="12" fill="#fff">\n'
        "<title>Rooms and what they import</title>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def _name(room: str) -> str:
    return room.rsplit("/", 1)[-1]


def _color(room: str) -> str:
    return HOUSES[room.split("/")[0]]


if __name__ == "__main__":
    PICTURE.write_text(svg(imports()), encoding="utf-8")
    print(f"{PICTURE.relative_to(ROOT)}: {imports().number_of_nodes()} rooms")
