"""What the benchmark ran on."""

import os
import platform
from pathlib import Path

from gaussmix import _core

from em import native


def n_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def describe(n_threads: int) -> dict[str, str]:
    core = _core.config()
    return {
        "CPU": _cpu(),
        "threads": f"{n_threads}, on {n_cores()} cores",
        "system": f"{platform.system()} {platform.release()}, {platform.libc_ver()[0]}",
        "Python": platform.python_version(),
        "gaussmix": f"{core['version']}, {core['isa']}, Eigen {core['eigen']}, {core['compiler']}",
        "compiler of the C++ peers": native.compiler(),
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    known = dict(line.split(":", 1) for line in lines if ":" in line)
    fields = {name.strip(): value.strip() for name, value in known.items()}
    flags = fields.get("flags", "").split()
    widest = next((f for f in ("avx512f", "avx2", "avx") if f in flags), "")
    name = fields.get("model name", platform.machine())
    return f"{name}, family {fields.get('cpu family')}, model {fields.get('model')}, {widest}"
