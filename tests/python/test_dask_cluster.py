"""gaussmix.dask on clusters gives the bits that it gives in one process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from dask_tables import bits, chunked, fitted_in_turn, given_start, table, workers
from distributed import Client
from gaussmix.dask import GaussianMixture

pytestmark = [
    pytest.mark.alone,
    pytest.mark.filterwarnings("ignore:Best performing init"),
]


@pytest.fixture(scope="module")
def two_workers() -> Iterator[Client]:
    with workers(2) as client:
        yield client


PARAMS = {**given_start(), "random_state": 0}


@pytest.mark.parametrize("n", [1, pytest.param(8, marks=pytest.mark.slow)])
def test_same_bits_on_a_cluster(n: int) -> None:
    wanted = fitted_in_turn(chunked(table()), **PARAMS)
    with workers(n):
        assert bits(GaussianMixture(**PARAMS).fit(chunked(table()))) == wanted


@pytest.mark.usefixtures("two_workers")
@pytest.mark.parametrize("persisted", [False, True])
@pytest.mark.parametrize("seeded", [False, True])
def test_same_bits_on_two_workers(persisted: bool, seeded: bool) -> None:
    params = {"n_components": 4, "random_state": 1, "noise": True} if seeded else PARAMS
    wanted = fitted_in_turn(chunked(table()), **params)
    X = chunked(table())
    X = X.persist() if persisted else X
    assert bits(GaussianMixture(**params).fit(X)) == wanted


@pytest.mark.usefixtures("two_workers")
def test_persisted_chunks_are_worked_on() -> None:
    X = (chunked(table()).persist() * 2 - 1)[:, :2]  # what is persisted has another shape
    weights = da.ones(3000, chunks=(X.chunks[0],)).persist() * 3
    params = {"n_components": 4, "random_state": 1}
    model = GaussianMixture(**params).fit(X, sample_weight=weights)
    local = GaussianMixture(**params)
    with dask.config.set(scheduler="threads"):
        local.fit(
            da.from_array(table()[:, :2] * 2 - 1, chunks=(X.chunks[0], -1)),
            sample_weight=da.full(3000, 3.0, chunks=(X.chunks[0],)),
        )
    assert bits(model) == bits(local)


@pytest.mark.usefixtures("two_workers")
def test_frames_and_methods_of_rows() -> None:
    frame = pd.DataFrame(table(), columns=list("abc"))
    rows = dd.from_pandas(frame, npartitions=5).persist()
    model = GaussianMixture(4, random_state=0).fit(rows)
    local = model.to_local()
    np.testing.assert_array_equal(model.predict(rows).compute(), local.predict(frame))
    np.testing.assert_array_equal(model.predict_proba(rows).compute(), local.predict_proba(frame))
    array = chunked(table())
    with pytest.warns(UserWarning, match="feature names"):
        densities = model.score_samples(array)
    np.testing.assert_array_equal(densities.compute(), local.score_samples(frame))
    assert model.score(rows) == pytest.approx(local.score(frame), rel=1e-12)


@pytest.mark.usefixtures("two_workers")
def test_odd_rows_are_named() -> None:
    X = table().copy()
    X[1000:, 1] = np.nan
    with pytest.raises(ValueError, match=r"chunk 4 of X, row 0 of it: .*NaN"):
        GaussianMixture(4).fit(da.from_array(X, chunks=(250, -1))[:1250])


def test_nothing_is_pinned_or_kept(two_workers: Client) -> None:
    X = chunked(table()).persist()
    GaussianMixture(**PARAMS).fit(X)

    def left(dask_scheduler: Any) -> tuple[list[str], list[Any]]:
        pinned = [
            str(task.key)
            for task in dask_scheduler.tasks.values()
            if task.worker_restrictions or task.host_restrictions
        ]
        return pinned, [str(key) for key in dask_scheduler.tasks if "gaussmix" in str(key)]

    while left_over := two_workers.run_on_scheduler(left)[1]:  # released, but not yet forgotten
        assert all("gaussmix" in key for key in left_over)
    assert two_workers.run_on_scheduler(left)[0] == []


def test_fit_in_a_task(two_workers: Client) -> None:
    wanted = fitted_in_turn(chunked(table()), **PARAMS)
    assert two_workers.submit(_fit, PARAMS).result() == wanted


def _fit(params: Any) -> Any:
    return bits(GaussianMixture(**params).fit(chunked(table())))
