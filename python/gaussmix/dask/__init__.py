"""Gaussian mixtures of rows that lie in the chunks of a dask array or data frame (extra `dask`).

`GaussianMixture` has the parameters and attributes of `gaussmix.GaussianMixture`, and fits by the
tasks of whatever scheduler dask has: threads, processes, or the workers of a cluster.
docs/clusters.md says what can be relied on.
"""

try:
    import dask.array as _dask_array  # noqa: F401
except ImportError as _error:
    raise ImportError(
        "gaussmix.dask needs dask with its arrays: pip install 'gaussmix[dask]'"
    ) from _error

from gaussmix.dask.mixture import GaussianMixture

__all__ = ["GaussianMixture"]
