"""How much memory there is."""

from __future__ import annotations

import re
from pathlib import Path

from gaussmix._cgroups import memory_left


def available_memory(proc: Path = Path("/proc")) -> int | None:
    """Returns how many bytes this process may still take, without swapping.

    It is the least of what the system has and what the control groups leave; None where the system
    does not tell, as on any but Linux.
    """
    try:
        text = (proc / "meminfo").read_text()
    except OSError:
        return None
    found = re.search(r"^MemAvailable: +(\d+) kB$", text, re.MULTILINE)
    left = memory_left(proc / "self")
    amounts = [int(found[1]) * 1024] if found else []
    amounts += [] if left is None else [left]
    return min(amounts, default=None)
