"""How many threads a call may use."""

import functools
import math
import os

from gaussmix import _core
from gaussmix._cgroups import cpu_quota

# So many threads are started at once; a system may allow fewer.
MAX_THREADS = 1024


def n_threads(n_jobs: int | None) -> int:
    """Returns the threads for one call, at least 1.

    None: the cores that this process may use, or fewer where OMP_NUM_THREADS, threadpoolctl or
    joblib say so. A positive number: that many, at most MAX_THREADS. A negative one counts back
    from all cores: -1 is all, -2 all but one.
    """
    if n_jobs is not None and n_jobs > 0:
        return min(int(n_jobs), MAX_THREADS)
    available = _available_cores()
    if n_jobs is None:
        return max(1, min(available, _core.max_threads()))
    return max(1, available + 1 + int(n_jobs))


def _available_cores() -> int:
    """The cores that this process may run on, or as many as its quota fills, rounded up."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    quota = _quota_at_start()
    return cores if quota is None else max(1, min(cores, math.ceil(quota)))


@functools.cache
def _quota_at_start() -> float | None:
    # Read once: it takes longer than scoring a row.
    return cpu_quota()
