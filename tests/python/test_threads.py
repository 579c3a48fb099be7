"""How many threads a call uses, and how much memory there is: limits of control groups."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from gaussmix._cgroups import cpu_quota, memory_left
from gaussmix._memory import available_memory

CORES = len(os.sched_getaffinity(0))


class System:
    """The files under /proc/self and the groups that they speak of, in a folder of the test."""

    def __init__(self, folder: Path) -> None:
        self.proc, self.mount = folder / "proc", folder / "a mount"
        self.proc.mkdir()
        self.mount.mkdir()

    def write(self, cgroup: str, kind: str, options: str = "rw", root: str = "/") -> None:
        (self.proc / "cgroup").write_text(cgroup + "\n")
        folder = str(self.mount).replace(" ", "\\040")
        (self.proc / "mountinfo").write_text(
            "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
            f"30 22 0:26 {root} {folder} rw,nosuid shared:9 - {kind} cgroup {options}\n"
        )

    def group(self, path: str, **files: str) -> None:
        folder = self.mount / path
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            dotted = name.replace("cpu_", "cpu.", 1).replace("memory_", "memory.", 1)
            (folder / dotted).write_text(text + "\n")

    def quota(self) -> float | None:
        return cpu_quota(self.proc)


@pytest.fixture
def system(tmp_path: Path) -> System:
    return System(tmp_path)


def test_version_2_has_one_file(system: System) -> None:
    system.write("0::/user/job", "cgroup2")
    system.group("user/job", cpu_max="150000 100000")
    assert system.quota() == 1.5


def test_no_quota(system: System) -> None:
    system.write("0::/user/job", "cgroup2")
    system.group("user/job", cpu_max="max 100000")
    assert system.quota() is None
    system.write("4:cpu,cpuacct:/job", "cgroup", "rw,cpu,cpuacct")
    system.group("job", cpu_cfs_quota_us="-1", cpu_cfs_period_us="100000")
    assert system.quota() is None


def test_parents_count(system: System) -> None:
    system.write("0::/pod/container/job", "cgroup2")
    system.group("pod/container/job", cpu_max="max 100000")
    system.group("pod/container", cpu_max="400000 100000")
    system.group("pod", cpu_max="25000 50000")
    assert system.quota() == 0.5


def test_version_1_has_two_files(system: System) -> None:
    system.write("7:memory:/other\n4:cpu,cpuacct:/pod/job", "cgroup", "rw,cpu,cpuacct")
    system.group("pod/job", cpu_cfs_quota_us="-1", cpu_cfs_period_us="100000")
    system.group("pod", cpu_cfs_quota_us="300000", cpu_cfs_period_us="100000")
    assert system.quota() == 3.0


def test_another_controller_of_version_1_is_passed_over(system: System) -> None:
    system.write("4:cpu:/job", "cgroup", "rw,memory")
    system.group("job", cpu_cfs_quota_us="100000", cpu_cfs_period_us="100000")
    assert system.quota() is None


def test_a_container_that_sees_its_path_outside(system: System) -> None:
    system.write("4:cpu:/docker/12ab", "cgroup", "rw,cpu", root="/docker/12ab")
    system.group("", cpu_cfs_quota_us="100000", cpu_cfs_period_us="50000")
    assert system.quota() == 2.0


@pytest.mark.parametrize("cgroup", ["", "nonsense", "0::/gone"])
def test_what_cannot_be_read_is_no_quota(system: System, cgroup: str) -> None:
    system.write(cgroup, "cgroup2")
    assert system.quota() is None


def test_a_system_without_groups(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path) is None


PROGRAM = """
import sys
from pathlib import Path
Path(sys.argv[1], "cgroup.procs").write_text("0")
from gaussmix._threads import n_threads
print(n_threads(None), n_threads(-1), n_threads(5))
"""


@pytest.fixture
def group() -> Iterator[Path]:
    """A new group of this process's own hierarchy, whose quota may be set."""
    for parent, files in (("", ["cpu.max"]), ("cpu", ["cpu.cfs_quota_us", "cpu.cfs_period_us"])):
        folder = Path("/sys/fs/cgroup", parent, f"gaussmix-test-{os.getpid()}")
        try:
            folder.mkdir()
        except OSError:
            continue
        if all((folder / name).exists() for name in files):
            yield folder
            folder.rmdir()
            return
        folder.rmdir()
    pytest.skip("control groups cannot be made here")


@pytest.mark.alone
@pytest.mark.parametrize("quota", [0.5, 1.0, 1.5, 100.0])
def test_the_quota_of_a_real_group(group: Path, quota: float) -> None:
    microseconds = str(int(quota * 100_000))
    if (group / "cpu.max").exists():
        (group / "cpu.max").write_text(f"{microseconds} 100000")
    else:
        (group / "cpu.cfs_quota_us").write_text(microseconds)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, group], capture_output=True, text=True, check=True
    )
    expected = min(CORES, {0.5: 1, 1.0: 1, 1.5: 2, 100.0: 100}[quota])
    assert done.stdout.split() == [str(expected), str(expected), "5"]


# Memory


def test_memory_of_version_2(system: System) -> None:
    system.write("0::/pod/job", "cgroup2")
    system.group("pod/job", memory_max="max", memory_current="5", memory_stat="inactive_file 0")
    assert memory_left(system.proc) is None
    stat = "anon 700\ninactive_file 100\nactive_file 7"
    system.group("pod", memory_max="1000", memory_current="800", memory_stat=stat)
    assert memory_left(system.proc) == 300
    system.group("pod", memory_current="1200")
    assert memory_left(system.proc) == 0


def test_memory_of_version_1(system: System) -> None:
    system.write("4:cpu:/other\n7:memory:/job", "cgroup", "rw,memory")
    system.group(
        "job",
        memory_limit_in_bytes="1000",
        memory_usage_in_bytes="600",
        memory_stat="cache 50\ntotal_inactive_file 20",
    )
    assert memory_left(system.proc) == 420


def test_available_memory_is_the_least(tmp_path: Path) -> None:
    proc = tmp_path / "all"
    (proc / "self").mkdir(parents=True)
    assert available_memory(proc) is None
    (proc / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:       3 kB\n")
    assert available_memory(proc) == 3072
    system = System(tmp_path)
    system.write("0::/job", "cgroup2")
    system.group("job", memory_max="2000", memory_current="0", memory_stat="anon 0")
    for file in system.proc.iterdir():
        file.rename(proc / "self" / file.name)
    assert available_memory(proc) == 2000
