"""What Linux grants this process: the limits of its control groups."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath


def cpu_quota(proc: Path = Path("/proc/self")) -> float | None:
    """Returns the least quota of this process's groups and their parents, in cores.

    Read are `cpu.max` of cgroup v2, and `cpu.cfs_quota_us` and `cpu.cfs_period_us` of v1. None:
    there is no quota, or none that can be read.
    """
    try:
        found = [_quota_of(group) for group in _groups(proc, "cpu")]
    except (OSError, ValueError):
        return None
    return min((quota for quota in found if quota is not None), default=None)


def memory_left(proc: Path = Path("/proc/self")) -> int | None:
    """Returns how many bytes are left to this process's groups and their parents, at least 0.

    What a group has of files that it can do without is left to it. Read are `memory.max`,
    `memory.current` and `memory.stat` of cgroup v2, and their likes of v1. None: there is no limit,
    or none that can be read.
    """
    try:
        found = [_left_to(group) for group in _groups(proc, "memory")]
    except (OSError, ValueError):
        return None
    return min((left for left in found if left is not None), default=None)


def _groups(proc: Path, controller: str) -> Iterator[Path]:
    """The folders of the groups with such a limit, each with those of its parents."""
    paths = _group_paths((proc / "cgroup").read_text(), controller)
    for line in (proc / "mountinfo").read_text().splitlines():
        mount, _, file_system = line.partition(" - ")
        _, _, _, root, folder, *_ = mount.split(" ")
        kind, _, options = file_system.split(" ", 2)
        version = 2 if kind == "cgroup2" else 1 if kind == "cgroup" else 0
        if version not in paths or (version == 1 and controller not in options.split(",")):
            continue
        # A container may see the group by its path outside, and mounted as the root.
        path = PurePosixPath(paths[version])
        inside = path.relative_to(root) if path.is_relative_to(root) else PurePosixPath()
        group = Path(_unescaped(folder)) / inside
        yield from (group, *list(group.parents)[: len(inside.parts)])


def _group_paths(text: str, controller: str) -> dict[int, str]:
    """The path of the group by the version of its hierarchy, from lines number:controllers:path."""
    paths = {}
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            paths[2] = path
        elif controller in controllers.split(","):
            paths[1] = path
    return paths


def _quota_of(group: Path) -> float | None:
    if (group / "cpu.max").exists():
        quota, period = (group / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    if (group / "cpu.cfs_quota_us").exists():
        microseconds = int((group / "cpu.cfs_quota_us").read_text())
        period = (group / "cpu.cfs_period_us").read_text()
        return None if microseconds <= 0 else microseconds / int(period)
    return None


def _left_to(group: Path) -> int | None:
    for limit, used, reclaimable in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        if not (group / limit).exists():
            continue
        most = (group / limit).read_text().strip()
        if most == "max":
            return None
        fields = (line.split() for line in (group / "memory.stat").read_text().splitlines())
        of_files = next((int(number) for name, number in fields if name == reclaimable), 0)
        return max(0, int(most) - int((group / used).read_text()) + of_files)
    return None


def _unescaped(folder: str) -> str:
    """A path of mountinfo, in which blanks are octal."""
    return folder.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
