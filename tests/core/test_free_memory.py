"""Free memory is the container's where that is less than the machine's; read from made-up /proc and /sys."""

from types import SimpleNamespace

import psutil
import pytest

from eager_core.free_memory import free_memory_bytes, total_memory_bytes

GIB = 2**30
V2_MOUNT = "30 24 0:26 {mounted} /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate"
V1_MOUNT = "33 31 0:30 {mounted} /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"


@pytest.fixture(autouse=True)
def host(monkeypatch):
    """A machine of 64 GiB, 40 of them free."""
    memory = SimpleNamespace(available=40 * GIB, total=64 * GIB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)


def write(root, files: dict[str, object]) -> None:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n", encoding="utf-8")


def v2(root, path: str, groups: dict[str, dict[str, object]], mounted: str = "/"):
    write(root, {"proc/self/cgroup": f"0::{path}", "proc/self/mountinfo": V2_MOUNT.format(mounted=mounted)})
    for group, files in groups.items():
        write(root, {f"sys/fs/cgroup{group}/{name}": text for name, text in files.items()})


def v1(root, path: str, groups: dict[str, dict[str, object]], mounted: str = "/"):
    write(
        root,
        {
            "proc/self/cgroup": f"4:memory:{path}\n1:cpu:/",
            "proc/self/mountinfo": "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
            + V1_MOUNT.format(mounted=mounted),
        },
    )
    for group, files in groups.items():
        write(root, {f"sys/fs/cgroup/memory{group}/{name}": text for name, text in files.items()})


def test_without_control_groups_the_machine_counts(tmp_path):
    assert free_memory_bytes(tmp_path) == 40 * GIB
    assert total_memory_bytes(tmp_path) == 64 * GIB


def test_a_containers_limit_counts_in_version_2(tmp_path):
    v2(tmp_path, "/", {"": {"memory.max": 16 * GIB, "memory.current": 6 * GIB}})
    assert free_memory_bytes(tmp_path) == 10 * GIB
    assert total_memory_bytes(tmp_path) == 16 * GIB


def test_and_in_version_1(tmp_path):
    v1(tmp_path, "/", {"": {"memory.limit_in_bytes": 16 * GIB, "memory.usage_in_bytes": 6 * GIB}})
    assert free_memory_bytes(tmp_path) == 10 * GIB


def test_files_that_can_be_read_again_count_as_free(tmp_path):
    stat = f"anon {4 * GIB}\nfile {3 * GIB}\ninactive_file {2 * GIB}\nactive_file {GIB}"
    v2(tmp_path, "/", {"": {"memory.max": 16 * GIB, "memory.current": 7 * GIB, "memory.stat": stat}})
    assert free_memory_bytes(tmp_path) == 11 * GIB
    stat = f"inactive_file 5\ntotal_inactive_file {2 * GIB}"
    v1(
        tmp_path,
        "/",
        {"": {"memory.limit_in_bytes": 16 * GIB, "memory.usage_in_bytes": 7 * GIB, "memory.stat": stat}},
    )
    assert free_memory_bytes(tmp_path) == 11 * GIB


@pytest.mark.parametrize("limit", ["max", "9223372036854771712", "9223372036854775807", ""])
def test_no_limit_is_no_limit(tmp_path, limit):
    v2(tmp_path, "/", {"": {"memory.max": limit, "memory.current": 6 * GIB}})
    assert free_memory_bytes(tmp_path) == 40 * GIB
    v1(tmp_path, "/", {"": {"memory.limit_in_bytes": limit, "memory.usage_in_bytes": 6 * GIB}})
    assert free_memory_bytes(tmp_path) == 40 * GIB


def test_every_group_above_limits_too(tmp_path):
    """As under Slurm or systemd: the process's own group is open, the one around it is not."""
    groups = {
        "/user.slice/job": {"memory.max": "max", "memory.current": GIB},
        "/user.slice": {"memory.max": 8 * GIB, "memory.current": 5 * GIB},
    }
    v2(tmp_path, "/user.slice/job", groups)
    assert free_memory_bytes(tmp_path) == 3 * GIB
    inner = {"/job/step": {"memory.limit_in_bytes": 2 * GIB, "memory.usage_in_bytes": GIB},
             "/job": {"memory.limit_in_bytes": 8 * GIB, "memory.usage_in_bytes": GIB}}  # fmt: skip
    v1(tmp_path, "/job/step", inner)
    assert free_memory_bytes(tmp_path) == GIB


def test_a_container_that_sees_its_path_on_the_host_finds_its_limit_at_the_mount(tmp_path):
    """As in Docker with version 1, or without a namespace: /proc names the host's path, the mount is the container."""
    limit = {"memory.limit_in_bytes": 4 * GIB, "memory.usage_in_bytes": GIB}
    v1(tmp_path, "/docker/abc", {"": limit}, mounted="/docker/abc")
    assert free_memory_bytes(tmp_path) == 3 * GIB
    v2(tmp_path, "/docker/abc", {"": {"memory.max": 3 * GIB, "memory.current": GIB}}, mounted="/../other")
    assert free_memory_bytes(tmp_path) == 2 * GIB
    v2(tmp_path, "/docker/abc/child", {"/child": {"memory.max": 2 * GIB, "memory.current": GIB}}, mounted="/docker/abc")
    assert free_memory_bytes(tmp_path) == GIB


def test_a_throttled_group_counts_as_limited(tmp_path):
    v2(tmp_path, "/", {"": {"memory.max": "max", "memory.high": 4 * GIB, "memory.current": GIB}})
    assert free_memory_bytes(tmp_path) == 3 * GIB


def test_more_in_use_than_allowed_leaves_nothing(tmp_path):
    v2(tmp_path, "/", {"": {"memory.max": GIB, "memory.current": 2 * GIB}})
    assert free_memory_bytes(tmp_path) == 0


def test_files_of_another_form_are_passed_over(tmp_path):
    write(tmp_path, {"proc/self/cgroup": "nonsense\n0::", "proc/self/mountinfo": "x\n1 2 3 - cgroup2 a b"})
    assert free_memory_bytes(tmp_path) == 40 * GIB


def test_here_and_now_there_is_some(monkeypatch):
    monkeypatch.undo()
    assert 0 < free_memory_bytes() <= psutil.virtual_memory().total
    assert free_memory_bytes() <= total_memory_bytes()
