"""How much memory this process may still take: what the machine has free, and what its container leaves.

Inside a container the machine's own numbers say nothing of the limit, and who goes beyond it is killed without a word.

References:
    https://docs.kernel.org/admin-guide/cgroup-v2.html (memory.max, memory.high, memory.current, memory.stat),
    https://docs.kernel.org/admin-guide/cgroup-v1/memory.html, and proc_pid_mountinfo(5).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import psutil

_UNLIMITED_BYTES = 2**60
"""Version 1 says "no limit" as the largest multiple of a page in 63 bits; nothing from here on is a limit."""


@dataclass(frozen=True)
class _Names:
    """The files of one version of control groups."""

    limits: tuple[str, ...]
    used: str
    reclaimable: str
    """Key in memory.stat of the pages of files that are given back when memory runs short: they count as free."""


_MOUNT = re.compile(r"(\S+ ){3}(?P<root>/\S*) (?P<mount>/\S*) .* - (?P<kind>cgroup2?) \S+ (?P<options>\S+)$")
"""A line of mountinfo: numbers, what is mounted, where, options of the mount; then kind, source, and its options."""

_VERSION_1 = _Names(("memory.limit_in_bytes",), "memory.usage_in_bytes", "total_inactive_file")
_VERSION_2 = _Names(("memory.max", "memory.high"), "memory.current", "inactive_file")


def free_memory_bytes(root: Path = Path("/")) -> int:
    """Return how many bytes this process may still take: the smaller of the machine's and its container's.

    Args:
        root: where /proc and /sys are looked for.
    """
    return min([psutil.virtual_memory().available, *(max(0, limit - used) for limit, used in _limits(root))])


def total_memory_bytes(root: Path = Path("/")) -> int:
    """Return how many bytes there are at all, taken ones counted: the smaller of the machine's and its container's."""
    return min([psutil.virtual_memory().total, *(limit for limit, _ in _limits(root))])


def _limits(root: Path) -> Iterator[tuple[int, int]]:
    """Yield (limit, bytes in use that can't be taken back) of every control group that this process belongs to."""
    for names, mount, group in _groups(root):
        # A group's parents limit it too; seen from inside a container, those above the mount are out of sight.
        for folder in [mount / group, *(mount / parent for parent in group.parents)]:
            limits = [limit for name in names.limits if (limit := _number(folder / name)) is not None]
            used = _number(folder / names.used)
            if used is not None and limits and min(limits) < _UNLIMITED_BYTES:
                yield min(limits), max(0, used - _stat(folder / "memory.stat", names.reclaimable))


def _groups(root: Path) -> Iterator[tuple[_Names, Path, PurePosixPath]]:
    """Yield (version, mount, path below it) of each hierarchy that counts memory."""
    paths = dict(_own_paths(root))
    for line in _lines(root / "proc/self/mountinfo"):
        found = _MOUNT.match(line)
        if found is None or (found["kind"] == "cgroup" and "memory" not in found["options"].split(",")):
            continue
        names, controller = (_VERSION_1, "memory") if found["kind"] == "cgroup" else (_VERSION_2, "")
        path = paths.get(controller, PurePosixPath("/"))
        mounted, mount = PurePosixPath(found["root"]), PurePosixPath(found["mount"])
        below = path.relative_to(mounted) if path.is_relative_to(mounted) and ".." not in path.parts else "."
        yield names, root / mount.relative_to("/"), PurePosixPath(below)


def _own_paths(root: Path) -> Iterator[tuple[str, PurePosixPath]]:
    """Yield (controller, path of this process's group); the controller of version 2 is the empty one."""
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        for controller in controllers.split(","):
            yield controller, PurePosixPath(path or "/")


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux, or not for us to read
        return []


def _number(file: Path) -> int | None:
    """Return the number in a file, None where there is none; "max" is no number."""
    text = "".join(_lines(file)[:1]).strip()
    return int(text) if text.isdecimal() else None


def _stat(file: Path, key: str) -> int:
    for line in _lines(file):
        name, _, value = line.partition(" ")
        if name == key and value.isdecimal():
            return int(value)
    return 0
