"""gaussmix.dask fits what the ordinary class fits, on the schedulers that need no cluster."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import gaussmix
import numpy as np
import pandas as pd
import pytest
from dask_tables import CHUNKS, bits, chunked, fitted_by_verbs, given_start, table
from data import COVARIANCE_TYPES, noisy
from gaussmix._types import FAMILIES
from gaussmix.dask import GaussianMixture, _graph
from gaussmix.dask._chunks import as_chunks
from gaussmix.exceptions import ConvergenceWarning, NotFittedError
from gaussmix.noise import NoiseBox
from selection import slow_but
from sklearn.base import clone

pytestmark = pytest.mark.filterwarnings("ignore:Best performing init")


def assert_same_fit(found: Any, expected: Any, tolerance: float = 1e-9) -> None:
    for name in ("weights_", "means_", "covariances_", "precisions_"):
        np.testing.assert_allclose(
            getattr(found, name), getattr(expected, name), rtol=tolerance, atol=tolerance
        )
    np.testing.assert_allclose(found.lower_bounds_, expected.lower_bounds_, rtol=tolerance)
    assert (found.n_iter_, found.converged_) == (expected.n_iter_, expected.converged_)


@pytest.mark.parametrize("covariance_type", slow_but(COVARIANCE_TYPES, COVARIANCE_TYPES))
@pytest.mark.parametrize("prior", [None, "default", {"shrinkage": 5.0, "dof": 9.0}])
def test_same_parameters_as_in_memory(covariance_type: str, prior: Any) -> None:
    params = {**given_start(covariance_type), "prior": prior}
    found = GaussianMixture(**params).fit(chunked(table()))
    assert_same_fit(found, gaussmix.GaussianMixture(**params).fit(table()))


@pytest.mark.parametrize("family", slow_but(("VEV", "EEI"), FAMILIES))
def test_families(family: str) -> None:
    # All rows are in the sample, so that the first M-step is that of a fit in memory.
    params = {
        "n_components": 4,
        "covariance_type": family,
        "means_init": given_start()["means_init"],
        "tol": 0.0,
        "max_iter": 5,
        "random_state": 0,
    }
    found = GaussianMixture(**params).fit(chunked(table()))
    expected = gaussmix.GaussianMixture(**params).fit(table())
    assert_same_fit(found, expected)
    assert found.fit_report_.starts[0].origin == expected.fit_report_.starts[0].origin


def unsigned(box: NoiseBox) -> tuple[Any, ...]:
    """A box whose axes have no sign: its centre, its widths and its axes."""
    return box.corner + box.widths / 2 @ box.axes, box.widths, np.abs(box.axes)


@pytest.mark.parametrize("name", ["wide", "turned", "five"])
@pytest.mark.parametrize("prior", [None, "default"])
@pytest.mark.parametrize("covariance_type", ["full", "diag"])
def test_noise(name: str, prior: Any, covariance_type: str) -> None:
    X, _ = noisy(name)
    params = {
        "n_components": 3,
        "covariance_type": covariance_type,
        "noise": 0.1,
        "prior": prior,
        "means_init": 8 * np.vstack([np.zeros(X.shape[1]), np.eye(X.shape[1])[:2]]),
        "random_state": 0,
        "tol": 0.0,
        "max_iter": 10,
    }
    found = GaussianMixture(**params).fit(da.from_array(X, chunks=(170, -1)))
    expected = gaussmix.GaussianMixture(**params).fit(X)
    assert_same_fit(found, expected)
    assert found.noise_weight_ == pytest.approx(expected.noise_weight_, rel=1e-9)
    assert found.noise_box_ is not None
    assert expected.noise_box_ is not None
    for ours, theirs in zip(unsigned(found.noise_box_), unsigned(expected.noise_box_), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    proba = found.predict_proba(da.from_array(X, chunks=(170, -1)))
    assert proba.shape == (len(X), 4)
    np.testing.assert_array_equal(
        found.predict(da.from_array(X, chunks=(170, -1))).compute(), found.to_local().predict(X)
    )


def test_noise_needs_a_volume() -> None:
    X = np.column_stack([table()[:, 0], table()[:, 0]])
    model = GaussianMixture(2, noise=True, random_state=0)
    with pytest.raises(ValueError, match="these lie in a hyperplane"):
        model.fit(da.from_array(X, chunks=(500, -1)))
    X = np.column_stack([table()[:, 0], np.ones(len(table()))])
    with pytest.raises(ValueError, match="column 1 is constant"):
        model.fit(da.from_array(X, chunks=(500, -1)))


def test_float32() -> None:
    X, params = table("float32"), given_start()
    found = GaussianMixture(**params).fit(chunked(X))
    expected = gaussmix.GaussianMixture(**params).fit(X)
    assert found.means_.dtype == found.covariances_.dtype == np.float32
    assert found.score_samples(chunked(X)).dtype == np.float32
    assert found.predict_proba(chunked(X)).compute().dtype == np.float32
    assert_same_fit(found, expected, tolerance=4 * float(np.finfo(np.float32).eps))
    # Rounded once, in the end, and not in each iteration.
    double = GaussianMixture(**params).fit(chunked(X.astype(np.float64)))
    np.testing.assert_allclose(found.lower_bounds_, double.lower_bounds_, rtol=1e-7)


def test_one_chunk_of_another_dtype_makes_all_float64() -> None:
    X = da.concatenate([chunked(table("float32")[:2000], (1000, 1000)), table()[2000:]])
    assert GaussianMixture(**given_start()).fit(X).means_.dtype == np.float64


def test_float32_too_large_to_round() -> None:
    X = chunked(table("float32") * np.float32(1e25))
    with pytest.raises(ValueError, match="represented in float32"):
        GaussianMixture(2, random_state=0).fit(X)


def test_same_bits_as_the_verbs_over_the_same_chunks() -> None:
    params = given_start()
    first = gaussmix.GaussianMixture(**{**params, "max_iter": 0}).fit(table())
    expected = fitted_by_verbs(table(), CHUNKS, first.set_params(max_iter=params["max_iter"]))
    found = GaussianMixture(**params).fit(chunked(table()))
    assert bits(found) == bits(expected)


@pytest.mark.parametrize("seeded", [False, True])
def test_same_bits_on_threads_as_in_turn(seeded: bool) -> None:
    params = {"n_components": 4, "random_state": 1} if seeded else given_start()
    with dask.config.set(scheduler="synchronous"):
        expected = bits(GaussianMixture(**params).fit(chunked(table())))
    for n_jobs in (None, 2):
        with dask.config.set(scheduler="threads", num_workers=8):
            model = GaussianMixture(**params, n_jobs=n_jobs).fit(chunked(table()))
        assert bits(model) == expected


@pytest.mark.alone
def test_same_bits_in_processes() -> None:
    params = {**given_start(), "max_iter": 2}
    expected = bits(GaussianMixture(**params).fit(chunked(table())))
    with dask.config.set(scheduler="processes", num_workers=2):
        assert bits(GaussianMixture(**params).fit(chunked(table()))) == expected


@pytest.mark.parametrize("kind", ["array", "frame"])
def test_weights_of_one_change_nothing(kind: str) -> None:
    X: Any = chunked(table())
    ones: Any = da.ones(3000, chunks=(CHUNKS,))
    if kind == "frame":
        frame = pd.DataFrame(table(), columns=list("abc")).assign(weight=1.0)
        both = dd.from_pandas(frame, npartitions=4)
        X, ones = both[["a", "b", "c"]], both["weight"]
    for params in ({"n_components": 4, "random_state": 0}, given_start()):
        assert bits(GaussianMixture(**params).fit(X)) == bits(
            GaussianMixture(**params).fit(X, sample_weight=ones)
        )


def test_weights_are_those_of_the_fit_in_memory() -> None:
    rng = np.random.RandomState(0)
    weights = rng.exponential(1, 3000) * (rng.uniform(size=3000) > 0.2)
    weights[:700] = 0  # a whole chunk
    X = table().copy()
    X[5] = np.nan  # a row that does not count
    column = da.from_array(weights, chunks=1000)  # cut otherwise than X
    found = GaussianMixture(**given_start()).fit(chunked(X), sample_weight=column)
    expected = gaussmix.GaussianMixture(**given_start()).fit(X, sample_weight=weights)
    assert_same_fit(found, expected)
    rows = chunked(table())
    for method in ("score", "bic", "aic", "icl"):
        assert getattr(found, method)(rows, sample_weight=column) == pytest.approx(
            getattr(expected, method)(table(), sample_weight=weights), rel=1e-12
        )


def test_rows_of_weight_zero_are_not_there() -> None:
    weights = np.ones(3000)
    weights[::3] = 0
    few = GaussianMixture(4, random_state=0).fit(
        da.from_array(table()[weights > 0], chunks=(500, -1))
    )
    all_rows = GaussianMixture(4, random_state=0).fit(
        da.from_array(table(), chunks=(750, -1)), sample_weight=da.from_array(weights, chunks=750)
    )
    assert bits(few) == bits(all_rows)


def test_scores() -> None:
    model = GaussianMixture(4, random_state=0).fit(chunked(table()))
    local = model.to_local()
    for method in ("score", "bic", "aic", "icl"):
        found = getattr(model, method)(chunked(table()))
        assert found == pytest.approx(getattr(local, method)(table()), rel=1e-12)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "score_samples"])
def test_methods_of_rows_are_lazy(method: str) -> None:
    computed = []

    def noted(block: Any) -> Any:
        computed.append(len(block))
        return block

    model = GaussianMixture(4, random_state=0).fit(chunked(table()))
    rows = chunked(table()).map_blocks(noted, dtype=np.float64, meta=np.empty((0, 0)))
    result = getattr(model, method)(rows)
    assert computed == []
    expected = getattr(model.to_local(), method)(table())
    assert isinstance(result, da.Array)
    assert (result.shape, result.dtype) == (expected.shape, expected.dtype)
    assert result.chunks[0] == CHUNKS
    assert result._meta.dtype == expected.dtype
    values = result.compute()
    np.testing.assert_array_equal(values, expected)
    assert values.dtype == expected.dtype
    assert len(computed) == len(CHUNKS)
    assert result.name == getattr(model, method)(rows).name
    np.testing.assert_array_equal(result[2990:].compute(), expected[2990:])


@pytest.mark.parametrize("method", ["predict", "predict_proba", "score_samples"])
def test_frames_keep_their_index(method: str) -> None:
    frame = pd.DataFrame(table(), columns=list("abc"), index=np.arange(3000) * 2)
    rows = dd.from_pandas(frame, npartitions=4)
    model = GaussianMixture(4, noise=True, random_state=0).fit(rows)
    assert list(model.feature_names_in_) == ["a", "b", "c"]
    expected = getattr(model.to_local(), method)(frame)
    result = getattr(model, method)(rows)
    assert isinstance(result, dd.DataFrame if expected.ndim == 2 else dd.Series)
    values = result.compute()
    np.testing.assert_array_equal(values.to_numpy(), expected)
    assert values.index.equals(frame.index)
    if expected.ndim == 2:
        assert list(result.columns) == [0, 1, 2, 3, -1]
        assert list(values.columns) == [0, 1, 2, 3, -1]
    else:
        assert result.dtype == values.dtype == expected.dtype


def test_frame_is_fitted_as_an_array_of_unknown_chunks() -> None:
    frame = pd.DataFrame(table(), columns=list("abc"))
    rows = dd.from_pandas(frame, npartitions=4)
    array = rows.to_dask_array()
    assert np.isnan(array.shape[0])
    known = rows.to_dask_array(lengths=True)
    for params in ({"n_components": 4, "random_state": 0}, given_start()):
        by_frame = GaussianMixture(**params).fit(rows)
        assert bits(by_frame) == bits(GaussianMixture(**params).fit(array))
        assert bits(by_frame) == bits(GaussianMixture(**params).fit(known))
    model = GaussianMixture(4, random_state=0).fit(array)
    np.testing.assert_array_equal(model.predict(array).compute(), model.to_local().predict(table()))
    assert model.score(array) == pytest.approx(model.to_local().score(table()))


def test_frame_after_a_filter_has_empty_partitions() -> None:
    frame = pd.DataFrame(table(), columns=list("abc")).assign(d=np.arange(3000))
    rows = dd.from_pandas(frame, npartitions=6)
    rows = rows[(rows["d"] < 400) | (rows["d"] > 2000)][["a", "b", "c"]]
    model = GaussianMixture(2, random_state=0).fit(rows)
    kept = rows.compute().to_numpy()
    assert len(kept) == 1399
    np.testing.assert_allclose((model.weights_ @ model.means_), kept.mean(axis=0), atol=1e-6)


def test_columns_in_several_chunks_are_joined() -> None:
    split = da.from_array(table(), chunks=(1000, 2))
    whole = da.from_array(table(), chunks=(1000, 3))
    model = GaussianMixture(**given_start()).fit(split)
    assert bits(model) == bits(GaussianMixture(**given_start()).fit(whole))
    np.testing.assert_array_equal(model.predict(split), model.predict(whole))


def test_start_does_not_depend_on_the_chunks() -> None:
    params = {"n_components": 4, "random_state": 3, "max_iter": 0}
    expected = bits(GaussianMixture(**params).fit(chunked(table())))
    assert bits(GaussianMixture(**params).fit(da.from_array(table(), chunks=(130, -1)))) == expected
    assert bits(GaussianMixture(**params).fit(chunked(table(), (3000,)))) == expected


def test_large_table_begins_with_a_sample() -> None:
    X = da.from_array(np.tile(table(), (20, 1)), chunks=(7000, -1))
    model = GaussianMixture(4, random_state=0).fit(X)
    assert model.fit_report_.starts[0].origin == "k-means in a sample of 20000 rows"
    assert model.converged_
    assert model.n_iter_ < 10


def test_n_init_and_init_params_are_those_of_the_sample() -> None:
    called = []

    def halves(X: Any, n_components: int, random_state: int) -> Any:
        called.append(X.shape)
        return (X[:, 0] > np.median(X[:, 0])).astype(int)

    model = GaussianMixture(2, init_params=halves, random_state=0, n_init=2).fit(chunked(table()))
    assert set(called) == {(3000, 3)}
    auto = GaussianMixture(4, n_init="auto", random_state=0).fit(chunked(table()))
    assert auto.lower_bound_ > model.lower_bound_


def test_max_iter_zero_returns_the_start() -> None:
    params = {"n_components": 4, "random_state": 0, "max_iter": 0}
    found = GaussianMixture(**params).fit(chunked(table()))
    expected = gaussmix.GaussianMixture(**params).fit(table())
    np.testing.assert_array_equal(found.means_, expected.means_)
    assert (found.n_iter_, found.lower_bound_) == (0, -np.inf)


def test_warm_start_goes_on() -> None:
    params = given_start()
    whole = GaussianMixture(**params).fit(chunked(table()))
    model = GaussianMixture(**{**params, "max_iter": 5, "warm_start": True}).fit(chunked(table()))
    model.set_params(max_iter=3).fit(chunked(table()))
    np.testing.assert_array_equal(model.means_, whole.means_)
    assert model.lower_bounds_ == whole.lower_bounds_[5:]
    with pytest.raises(ValueError, match="n_components was 4 then and is 3 now"):
        model.set_params(
            n_components=3, weights_init=None, means_init=None, precisions_init=None
        ).fit(chunked(table()))


def test_callback_and_messages(capsys: pytest.CaptureFixture[str]) -> None:
    calls: dict[str, list[Any]] = {"dask": [], "memory": []}
    for kind, model_class, X in (
        ("dask", GaussianMixture, chunked(table())),
        ("memory", gaussmix.GaussianMixture, table()),
    ):
        params = {**given_start(), "callback": lambda *told: calls[kind].append(told)}  # noqa: B023
        model_class(**params, verbose=1, verbose_interval=3).fit(X)
    np.testing.assert_allclose(calls["dask"], calls["memory"], rtol=1e-9)
    shown = capsys.readouterr().out
    assert shown[: len(shown) // 2] == shown[len(shown) // 2 :]
    assert "Iteration 6" in shown


def test_callback_stops_or_fails() -> None:
    X = chunked(table())
    stopped = GaussianMixture(**{**given_start(), "callback": lambda i, *_: i == 3}).fit(X)
    assert stopped.n_iter_ == 3
    before = bits(stopped)

    def fails(*_: Any) -> None:
        raise KeyError("callback")

    with pytest.raises(KeyError):
        stopped.set_params(callback=fails).fit(X)
    assert bits(stopped) == before


def test_progress_bar() -> None:
    steps = []

    class Bar:
        def __init__(self, total: int, desc: str) -> None:
            steps.append(total)

        def update(self, n: int) -> None:
            steps.append(n)

        def __getattr__(self, name: str) -> Callable[..., None]:
            return lambda *args, **kwargs: None

    GaussianMixture(**given_start(), progress=Bar).fit(chunked(table()))
    assert steps == [8, *[1] * 8]


def test_warns_unless_converged() -> None:
    model = GaussianMixture(**given_start())
    with pytest.warns(ConvergenceWarning) as caught:
        model.fit(chunked(table()))
    assert caught[0].filename == __file__
    assert GaussianMixture(4, random_state=0).fit(chunked(table())).converged_


def test_repairs_are_reported() -> None:
    params = given_start()
    params["means_init"][3] = 1e6
    found = GaussianMixture(**params).fit(chunked(table()))
    expected = gaussmix.GaussianMixture(**params).fit(table())
    assert [str(repair) for repair in found.fit_report_.repairs] == [
        str(repair) for repair in expected.fit_report_.repairs
    ]
    assert len(found.fit_report_.repairs) == 1


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda X: X.__setitem__((750, 1), np.nan), r"chunk 3 of X, row 49 of it: .*contains NaN"),
        (lambda X: X.__setitem__((0, 2), np.inf), r"chunk 0 of X, row 0 of it: .*infinity"),
        (lambda X: X.__setitem__((2999, 0), -np.inf), r"chunk 9 of X, row 24 of it: .*infinity"),
    ],
)
def test_rows_that_are_not_finite_are_named(spoil: Callable[[Any], None], message: str) -> None:
    X = table().copy()
    spoil(X)
    model = GaussianMixture(4, random_state=0).fit(chunked(table()))
    before = bits(model)
    with pytest.raises(ValueError, match=message):
        model.fit(chunked(X))
    assert bits(model) == before
    with pytest.raises(ValueError, match=message):
        model.predict(chunked(X)).compute()
    with pytest.raises(ValueError, match=message):
        model.score(chunked(X))


def test_nan_in_a_frame_is_named() -> None:
    frame = pd.DataFrame(table().copy(), columns=list("abc"))
    frame.iloc[1600, 1] = np.nan
    rows = dd.from_pandas(frame, npartitions=3)
    with pytest.raises(ValueError, match="chunk 1 of X, row 600 of it"):
        GaussianMixture(4).fit(rows)
    model = GaussianMixture(4, random_state=0).fit(rows.dropna())
    with pytest.raises(ValueError, match="chunk 1 of X, row 600 of it"):
        model.predict(rows).compute()


@pytest.mark.parametrize("value", [np.nan, -1.0, np.inf])
def test_weights_that_are_none_are_named(value: float) -> None:
    weights = np.ones(3000)
    weights[2001] = value
    with pytest.raises(ValueError, match=r"chunk 5 of X, row 1 of it: .*sample_weight"):
        GaussianMixture(4).fit(
            chunked(table()), sample_weight=da.from_array(weights, chunks=(CHUNKS,))
        )


def test_weights_that_do_not_fit() -> None:
    X, model = chunked(table()), GaussianMixture(4)
    with pytest.raises(TypeError, match="sample_weight must be a dask array or a dask series"):
        model.fit(X, sample_weight=np.ones(3000))
    with pytest.raises(ValueError, match=r"sample_weight.shape == \(2999,\), expected \(3000,\)"):
        model.fit(X, sample_weight=da.ones(2999, chunks=1000))
    with pytest.raises(ValueError, match="1D dask array, got 2D"):
        model.fit(X, sample_weight=da.ones((3000, 1), chunks=1000))
    with pytest.raises(ValueError, match="rows whose sample_weight is 0 do not count"):
        model.fit(X, sample_weight=da.zeros(3000, chunks=1000))
    rows = dd.from_pandas(pd.DataFrame(table(), columns=list("abc")), npartitions=3)
    other = dd.from_pandas(pd.Series(np.ones(3000)), npartitions=2)
    with pytest.raises(ValueError, match="the chunks of X, which are 3, but has 2"):
        model.fit(rows, sample_weight=other)
    other = dd.from_pandas(pd.Series(np.ones(2700)), npartitions=3)
    with pytest.raises(ValueError, match="its chunk 0 has 900 of them for 1000 rows"):
        model.fit(rows, sample_weight=other)


def test_partitions_with_other_columns_are_named() -> None:
    frame = pd.DataFrame(table(), columns=list("abc"))
    meta = frame.iloc[:0]
    parts = [dask.delayed(frame.iloc[:1000]), dask.delayed(frame.iloc[1000:, :2])]
    rows = dd.from_delayed(parts, meta=meta, verify_meta=False)
    with pytest.raises(ValueError, match=r"chunk 1 of X.*it has 2 columns, but X has 3"):
        GaussianMixture(2).fit(rows)
    parts[1] = dask.delayed(frame.iloc[1000:][["b", "a", "c"]])
    rows = dd.from_delayed(parts, meta=meta, verify_meta=False)
    with pytest.raises(ValueError, match=r"chunk 1 of X.*\['b', 'a', 'c'\], but those of X are"):
        GaussianMixture(2).fit(rows)
    blocks = [da.from_delayed(dask.delayed(table()[:, :n]), (3000, 3), float) for n in (3, 2)]
    with pytest.raises(ValueError, match=r"chunk 1 of X.*it has 2 columns, but X has 3"):
        GaussianMixture(2).fit(da.concatenate(blocks))


def test_chunks_of_other_lengths_than_they_say() -> None:
    X = da.from_delayed(dask.delayed(table()), (2500, 3), float)
    with pytest.raises(
        ValueError, match=r"chunk 0 of X has 3000 rows that count.*should have 2500"
    ):
        GaussianMixture(2).fit(X)


def test_rows_that_change_from_pass_to_pass() -> None:
    lengths = iter([3000, 3000, 1000])
    block = dask.delayed(lambda: table()[: next(lengths)], pure=False)()
    X = da.from_delayed(block, (np.nan, 3), float)
    with (
        dask.config.set(scheduler="synchronous"),
        pytest.raises(ValueError, match="changed from one pass to the next"),
    ):
        GaussianMixture(**given_start()).fit(X)


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (table(), TypeError, "X must be a dask array or a dask data frame, but is ndarray"),
        (da.zeros(5, chunks=2), ValueError, "must have two dimensions"),
        (da.zeros((0, 3), chunks=(2, 3)), ValueError, r"0 sample\(s\) \(shape=\(0, 3\)\)"),
        (da.zeros((5, 0), chunks=(2, 1)), ValueError, r"0 feature\(s\)"),
        (da.zeros((1, 3), chunks=(2, 3)), ValueError, "minimum of 2"),
        (da.zeros((3, 3), chunks=(2, 3)), ValueError, "n_components = 4, n_samples = 3"),
        (da.full((9, 3), 1j, chunks=(2, 3)), ValueError, "chunk . of X.*Complex data"),
        (da.full((9, 3), "a", chunks=(2, 3)), ValueError, "chunk . of X.*convert string to float"),
    ],
)
def test_tables_that_cannot_be_fitted(X: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        GaussianMixture(4).fit(X)


def test_unknown_number_of_columns() -> None:
    X = chunked(table())
    X = X[:, da.from_array(np.array([True, False, True]), chunks=3)]
    with pytest.raises(ValueError, match=r"known number of columns: call X.compute_chunk_sizes"):
        GaussianMixture(2).fit(X)
    X.compute_chunk_sizes()
    assert GaussianMixture(2, random_state=0).fit(X).n_features_in_ == 2


def test_predict_checks_columns() -> None:
    frame = pd.DataFrame(table(), columns=list("abc"))
    rows = dd.from_pandas(frame, npartitions=3)
    model = GaussianMixture(2, random_state=0).fit(rows)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(rows[["b", "a", "c"]])
    with pytest.raises(ValueError, match="X has 2 features, but GaussianMixture is expecting 3"):
        GaussianMixture(2, random_state=0).fit(chunked(table())).predict(chunked(table())[:, :2])
    with pytest.warns(UserWarning, match="does not have valid feature names") as caught:
        model.predict(chunked(table()))
    assert caught[0].filename == __file__
    with pytest.raises(TypeError, match=r"gaussmix.GaussianMixture for rows in memory"):
        model.predict(frame)


def test_not_fitted() -> None:
    model = GaussianMixture(2)
    for use in (model.predict, model.score, lambda X: model.means_):
        with pytest.raises(NotFittedError):
            use(chunked(table()))
    assert not hasattr(model.to_local(), "means_")


def test_parameters_are_checked() -> None:
    with pytest.raises(ValueError, match="'tol' parameter of GaussianMixture"):
        GaussianMixture(2, tol=-1).fit(chunked(table()))
    with pytest.raises(ValueError, match="precisions_init"):
        GaussianMixture(2, covariance_type="fixed").fit(chunked(table()))
    with pytest.raises(ValueError, match="should have the shape of"):
        GaussianMixture(2, means_init=np.zeros((3, 3))).fit(chunked(table()))


def test_is_an_estimator() -> None:
    model = GaussianMixture(4, random_state=0, tol=1e-4)
    assert repr(model) == "GaussianMixture(n_components=4, tol=0.0001, random_state=0)"
    copy = clone(model).set_params(n_components=3)
    assert copy.get_params() == {**model.get_params(), "n_components": 3}
    theirs = inspect.signature(gaussmix.GaussianMixture)
    assert inspect.signature(GaussianMixture).parameters == theirs.parameters


def test_pickles_and_becomes_local() -> None:
    rows = dd.from_pandas(pd.DataFrame(table(), columns=list("abc")), npartitions=3)
    model = GaussianMixture(4, random_state=0).fit(rows)
    again = pickle.loads(pickle.dumps(model))
    assert bits(again) == bits(model)
    local = model.to_local()
    assert type(local) is gaussmix.GaussianMixture
    assert bits(local) == bits(model)
    assert local.get_params() == model.get_params()
    assert list(local.feature_names_in_) == ["a", "b", "c"]
    assert str(local.fit_report_) == str(model.fit_report_)


def test_fit_predict() -> None:
    model = GaussianMixture(4, random_state=0)
    labels = model.fit_predict(chunked(table()))
    np.testing.assert_array_equal(labels.compute(), model.to_local().predict(table()))


def test_tasks_have_names_and_are_pure() -> None:
    graphs: list[dict[Any, Any]] = []

    def noting(graph: Any, keys: Any, **options: Any) -> Any:
        graphs.append(dict(graph))
        return dask.get(graph, keys, **options)

    with dask.config.set(scheduler=noting):
        for _ in range(2):
            GaussianMixture(**given_start(), random_state=0).fit(chunked(table()))
    first, second = graphs[: len(graphs) // 2], graphs[len(graphs) // 2 :]
    assert [set(graph) for graph in first] == [set(graph) for graph in second]
    assert len({key for graph in first for key in graph}) > 9 * len(CHUNKS)
    prefixes = {dask.utils.key_split(key) for graph in first for key in graph}
    assert prefixes >= {"gaussmix-survey", "gaussmix-expect", "gaussmix-merge", "gaussmix-mixture"}
    own = [value for value in first[-1].values() if type(value) is tuple]
    assert len(own) == 1 + len(CHUNKS) + 3
    for task in own:
        function = task[0]
        assert getattr(sys.modules[function.__module__], function.__name__) is function


def test_graph_of_many_chunks_is_cheap_to_make() -> None:
    n_chunks, calls = 10000, []
    chunks = as_chunks(da.zeros((n_chunks, 2), chunks=(1, 2)), None, "GaussianMixture")
    graphs: list[int] = []

    def count_calls(frame: Any, event: str, argument: Any) -> None:
        if event in ("call", "c_call"):
            calls.append(None)

    with dask.config.set(scheduler=lambda graph, key: graphs.append(len(graph))):
        sys.setprofile(count_calls)
        try:
            _graph.map_reduce(
                chunks, "gaussmix-expect", len, sum, shared=_graph.Shared("a", b"", "b")
            )
        finally:
            sys.setprofile(None)
    merges = 1250 + 157 + 20 + 3 + 1
    assert graphs == [len(chunks.graph) + n_chunks + merges + 1]
    assert len(calls) < 3 * n_chunks


def test_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['dask'] = None\n"
        "try:\n    import gaussmix.dask\n"
        "except ImportError as error:\n    print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'gaussmix[dask]'" in ran.stdout


def test_gaussmix_itself_does_without() -> None:
    code = "import gaussmix, sys; gaussmix.GaussianMixture; print('dask' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
