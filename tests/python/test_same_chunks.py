"""The same chunks give the same bits in `fit_batches`, from any source, and in gaussmix.dask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask
import dask.array as da
import gaussmix.dask
import numpy as np
import pytest
from dask_tables import CHUNKS, bits, chunked, table
from data import Floats, sample_mixture
from gaussmix import GaussianMixture
from streamed import again_and_again, write_npy

pytestmark = pytest.mark.filterwarnings("ignore:Best performing init")

SETTINGS: list[dict[str, Any]] = [
    {},
    {"noise": True, "prior": "default"},
    {"covariance_type": "VEV", "n_init": 3},
    {"covariance_type": "diag", "prior": "default", "init_params": "random"},
    {"means_init": table()[:4], "n_init": "auto", "noise": 0.1},
]


def everything(model: Any) -> tuple[Any, ...]:
    """All that a fit found, to the bit, and what it tells of it; times are no part of it."""
    report, box = model.fit_report_, model.noise_box_
    starts = [(s.origin, s.lower_bound, s.n_iter, s.converged, s.dropped) for s in report.starts]
    found_box = None if box is None else [array.tobytes() for array in box]
    repairs = [str(repair) for repair in report.repairs]
    return (*bits(model), found_box, starts, repairs, model.converged_, model.means_.dtype)


def by_dask(X: da.Array, sample_weight: Any = None, **params: Any) -> tuple[Any, ...]:
    """The same on threads as one task after the other."""
    with dask.config.set(scheduler="synchronous"):
        model = gaussmix.dask.GaussianMixture(**params).fit(X, sample_weight=sample_weight)
    with dask.config.set(scheduler="threads", num_workers=4):
        again = gaussmix.dask.GaussianMixture(**params).fit(X, sample_weight=sample_weight)
    assert everything(model) == everything(again)
    return everything(model)


def in_parts(X: Any, chunks: tuple[int, ...]) -> list[Any]:
    return np.split(X, np.cumsum(chunks)[:-1])


@pytest.mark.parametrize("params", SETTINGS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_same_bits(params: dict[str, Any], dtype: str, tmp_path: Path) -> None:
    X, settings = table(dtype), {"n_components": 4, "random_state": 5, "max_iter": 12, "tol": 1e-7}
    params, n = settings | params, 170
    chunks = da.from_array(X, chunks=(n, -1))
    expected = by_dask(chunks, **params)
    assert expected == by_dask(chunks, da.ones(len(X), chunks=n), **params)
    batches, path = in_parts(X, chunks.chunks[0]), write_npy(tmp_path / "x.npy", X)
    assert everything(GaussianMixture(**params).fit_batches(batches)) == expected
    assert everything(GaussianMixture(**params).fit_batches(path, batch_size=n)) == expected
    weighted = GaussianMixture(**params).fit_batches(batches, sample_weight=np.ones(len(X)))
    assert everything(weighted) == expected
    source = again_and_again(batches)
    assert everything(GaussianMixture(**params).fit_batches(source)) == expected


@pytest.mark.parametrize("params", [{}, {"noise": True, "prior": "default"}])
def test_chunks_without_rows_that_count(params: dict[str, Any]) -> None:
    params = {"n_components": 4, "random_state": 0, "max_iter": 9, "tol": 0.0} | params
    weights = np.random.default_rng(0).integers(0, 4, 3000).astype(float)
    weights[1000:2000] = 0  # a whole chunk, of ten, one of which is empty
    column = da.from_array(weights, chunks=(CHUNKS,))
    model = GaussianMixture(**params)
    model.fit_batches(in_parts(table(), CHUNKS), sample_weight=weights)
    assert everything(model) == by_dask(chunked(table()), column, **params)


@pytest.mark.parametrize("weighted", [False, True])
def test_sampled_rows(weighted: bool) -> None:
    X = sample_mixture(60_000, 3, 4, seed=2)
    weights = np.random.default_rng(0).exponential(1.0, len(X)) if weighted else None
    params = {"n_components": 4, "random_state": 0, "noise": True, "max_iter": 3, "tol": 0.0}
    model = GaussianMixture(**params).fit_batches(X, batch_size=7000, sample_weight=weights)
    assert "in a sample of 20000 rows" in model.fit_report_.starts[0].origin
    column = None if weights is None else da.from_array(weights, chunks=7000)
    assert everything(model) == by_dask(da.from_array(X, chunks=(7000, -1)), column, **params)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_warm_start(dtype: str) -> None:
    X: Floats = table(dtype)
    params = {"n_components": 4, "random_state": 0, "max_iter": 3, "tol": 0.0, "noise": True}
    one, other = GaussianMixture(**params), gaussmix.dask.GaussianMixture(**params)
    for _ in range(2):
        one.set_params(warm_start=True).fit_batches(in_parts(X, CHUNKS))
        other.set_params(warm_start=True).fit(chunked(X))
        assert everything(one) == everything(other)


def test_kept_in_memory() -> None:
    """Up to the rounding of components that are far away: here none is."""
    X = np.random.default_rng(0).normal(size=(3000, 3))
    params = {"n_components": 2, "random_state": 0, "max_iter": 5, "tol": 0.0}
    model = GaussianMixture(**params).fit_batches(in_parts(X, CHUNKS), in_memory=True)
    assert everything(model) == by_dask(chunked(X), **params)
