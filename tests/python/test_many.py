"""Fits to many tables."""

import pickle
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from compare import assert_same_bits
from data import COVARIANCE_TYPES, Floats, sample_mixture
from gaussmix import GaussianMixture, ManyFits, _core, exceptions, fit_many
from gaussmix._fit import core_settings


@pytest.fixture(name="tables")
def tables_of_different_sizes() -> list[Floats]:
    return [sample_mixture(40 + 7 * i, 2, 3, seed=i) for i in range(12)]


def assert_as_alone(fits: ManyFits, tables: Any, weights: Any = None, **settings: Any) -> None:
    assert len(fits) == len(tables)
    for i, X in enumerate(tables):
        alone = GaussianMixture(**settings).fit(X, sample_weight=weights and weights[i])
        assert_same_bits(fits[i], alone, X)
        assert fits[i].lower_bounds_ == alone.lower_bounds_
        assert fits[i].get_params() == alone.get_params()


@pytest.mark.parametrize("covariance_type", [*COVARIANCE_TYPES, "VEV", "EVE"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_each_has_the_bits_of_a_fit_alone(
    tables: list[Floats], covariance_type: str, dtype: Any
) -> None:
    tables = [X.astype(dtype) for X in tables]
    settings: dict[str, Any] = {"covariance_type": covariance_type, "random_state": 4}
    fits = fit_many(tables, 3, **settings)
    assert_as_alone(fits, tables, n_components=3, **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"n_init": "auto"},
        {"n_init": 3, "init_params": "random_from_data"},
        {"noise": True},
        {"prior": "default", "reg_covar": 0.0},
        {"acceleration": "squarem", "tol": 1e-7, "max_iter": 5000},
        {"degenerate": "raise"},
    ],
)
def test_every_setting_counts(tables: list[Floats], settings: dict[str, Any]) -> None:
    settings = {"n_components": 3, "random_state": 1} | settings
    assert_as_alone(fit_many(tables, **settings), tables, **settings)


def test_weights_count_and_rows_of_weight_zero_do_not(tables: list[Floats]) -> None:
    rng = np.random.default_rng(0)
    weights = [rng.integers(0, 3, len(X)).astype(float) for X in tables]
    fits = fit_many(tables, 2, sample_weight=weights, random_state=0)
    assert_as_alone(fits, tables, weights, n_components=2, random_state=0)
    assert [r["n_samples"] for r in fits.records] == [int((w > 0).sum()) for w in weights]


def test_tables_may_be_an_array_a_dict_or_groups_of_rows() -> None:
    stack = np.stack([sample_mixture(60, 3, 2, seed=i) for i in range(5)])
    expected = fit_many(list(stack), 2, random_state=0)
    of_array = fit_many(stack, 2, random_state=0)
    of_dict = fit_many(dict(zip("edcba", stack, strict=True)), 2, random_state=0)
    labels = np.repeat(["a", "b", "c", "d", "e"], 60)
    of_groups = fit_many(np.concatenate(stack), 2, groups=labels, random_state=0)
    for i, X in enumerate(stack):
        assert_same_bits(of_array[i], expected[i], X)
        assert_same_bits(of_dict[i], expected[i], X)
        assert_same_bits(of_groups[i], expected[i], X)
    assert of_array.keys == [0, 1, 2, 3, 4]
    assert of_dict.keys == ["e", "d", "c", "b", "a"]
    assert of_groups.keys == ["a", "b", "c", "d", "e"]
    assert_same_bits(of_groups.of("d"), expected[3], stack[3])
    with pytest.raises(KeyError, match="nobody"):
        of_groups.of("nobody")


def test_rows_of_groups_need_not_stand_together() -> None:
    X = sample_mixture(120, 2, 2, seed=0)
    labels, weights = np.arange(120) % 3, np.arange(120.0)
    fits = fit_many(X, 2, groups=labels, sample_weight=weights, random_state=0)
    for label in range(3):
        own = labels == label
        alone = GaussianMixture(2, random_state=0).fit(X[own], sample_weight=weights[own])
        assert_same_bits(fits.of(label), alone, X)


def test_a_data_frame_of_groups_gives_its_columns_their_names() -> None:
    frame = pd.DataFrame(sample_mixture(60, 2, 2, seed=0), columns=["width", "height"])
    fits = fit_many(frame, 2, groups=np.arange(60) % 2, random_state=0)
    assert fits[1].feature_names_in_.tolist() == ["width", "height"]


@pytest.mark.alone
def test_no_result_depends_on_the_number_of_threads(tables: list[Floats]) -> None:
    many = tables * 60  # several jobs
    one, three = (fit_many(many, 3, random_state=0, n_jobs=n) for n in (1, 3))
    np.testing.assert_array_equal(one.means_, three.means_)
    np.testing.assert_array_equal(one.covariances_, three.covariances_)


def test_a_table_that_cannot_be_fitted_fails_alone(tables: list[Floats]) -> None:
    broken: list[Any] = list(tables)
    broken[1] = tables[1][:2]
    broken[3] = np.where(np.arange(2) == 1, np.nan, tables[3])
    broken[5] = [["a", "b"]] * 5
    broken[7] = tables[7][:, 0]
    broken[8] = np.ones((9, 2))
    with pytest.warns(UserWarning, match=r"^5 of 12 tables failed: 1: Expected n_samples >= n_"):
        fits = fit_many(broken, 3, random_state=0, reg_covar=0, degenerate="raise")
    assert list(fits.errors) == [1, 3, 5, 7, 8]
    assert "contains NaN" in str(fits.errors[3])
    assert "could not convert string to float" in str(fits.errors[5])
    assert "Expected 2D array" in str(fits.errors[7])
    with pytest.raises(ValueError, match="the fit of table 1 failed: Expected n_samples >= n_comp"):
        fits[1]
    for i in (0, 2, 4, 6, 9, 10, 11):
        settings: dict[str, Any] = {"random_state": 0, "reg_covar": 0, "degenerate": "raise"}
        assert_same_bits(fits[i], GaussianMixture(3, **settings).fit(tables[i]), tables[i])
    assert np.isnan(fits.means_[[1, 3, 5, 7, 8]]).all()
    assert np.isfinite(fits.means_[[0, 2, 4]]).all()
    assert fits.records[1]["error"] == str(fits.errors[1])
    assert repr(fits) == "<ManyFits of 12 tables, 5 of them failed>"


def test_the_records_are_those_of_the_fits(tables: list[Floats]) -> None:
    fits = fit_many(tables, 3, random_state=0)
    frame = fits.to_frame()
    assert frame["n_samples"].tolist() == [len(X) for X in tables]
    for i, fit in enumerate(fits):
        assert frame["lower_bound"][i] == fit.lower_bound_
        assert (frame["n_iter"][i], frame["converged"][i]) == (fit.n_iter_, fit.converged_)
        assert frame["n_repairs"][i] == len(fit.fit_report_.repairs)
    assert fits.weights_.shape == (12, 3)
    assert fits.covariances_.shape == (12, 3, 2, 2)
    assert [fit.n_iter_ for fit in fits[2:4]] == frame["n_iter"][2:4].tolist()


def test_pickles_are_the_same_fits(tables: list[Floats]) -> None:
    broken = [*tables, tables[0][:1]]
    with pytest.warns(UserWarning, match="1 of 13 tables failed"):
        fits = fit_many(broken, 3, random_state=0)
    again = pickle.loads(pickle.dumps(fits))
    assert repr(again) == repr(fits)
    assert again.records[:12] == fits.records[:12]
    assert again.records[12]["error"] == fits.records[12]["error"]
    for i, X in enumerate(tables):
        assert_same_bits(again[i], fits[i], X)
        assert again[i].get_params() == fits[i].get_params()


def test_fits_that_did_not_converge_are_told_of_once(tables: list[Floats]) -> None:
    message = r"^12 of 12 fits did not converge: 0, 1, 2, 3, 4, \.\.\."
    with pytest.warns(exceptions.ConvergenceWarning, match=message):
        fit_many(tables, 3, max_iter=1, tol=0, random_state=0)


def test_tables_of_different_widths_are_fitted_but_not_stacked() -> None:
    tables = [sample_mixture(50, d, 2, seed=d) for d in (1, 2, 2, 3)]
    fits = fit_many(tables, 2, random_state=0)
    assert_as_alone(fits, tables, n_components=2, random_state=0)
    with pytest.raises(ValueError, match="means of the fits cannot be stacked: tables have diff"):
        _ = fits.means_


def test_progress_counts_tables(tables: list[Floats]) -> None:
    class Bar:
        bars: list["Bar"] = []  # noqa: RUF012

        def __init__(self, total: int, desc: str) -> None:
            self.total, self.done = total, 0
            self.bars.append(self)

        def update(self, n: int) -> None:
            self.done += n

        def close(self) -> None:
            self.closed = True

    fit_many(tables, 2, random_state=0, progress=Bar)
    (bar,) = Bar.bars
    assert (bar.total, bar.done, bar.closed) == (12, 12, True)


def test_tables_that_take_no_time_each_are_given_up_all_the_same() -> None:
    X = np.tile(sample_mixture(100, 2, 3, seed=0), (4000, 1))
    settings = core_settings(GaussianMixture(3), n_features=2, seed=0, threads=1)
    stop = _core.StopFlag()
    stop.set()
    with pytest.raises(_core.StoppedError):
        _core.fit_tables(X, None, [100] * 4000, settings=settings, stop=stop)


def test_no_tables_are_no_fits() -> None:
    assert len(fit_many([], 2)) == 0
    assert fit_many(np.empty((0, 5, 2)), 2).records == []


@pytest.mark.parametrize(
    ("tables", "settings", "error", "message"),
    [
        (3, {}, TypeError, "tables must be a sequence of tables, a dict of them, an array of 3"),
        ("text", {}, TypeError, "but is str"),
        (np.ones((5, 2)), {}, ValueError, "tables must have 3 dimensions, but has shape (5, 2)"),
        (np.ones((5, 2)), {"groups": [1, 2]}, ValueError, "groups.shape == (2,), expected (5,)!"),
        ([np.eye(3)], {"sample_weight": [1, 2]}, ValueError, "weights for each of the 1 tables"),
        ({"a": np.eye(3)}, {"sample_weight": {"b": 1}}, ValueError, "must be a dict with the keys"),
        ([np.eye(3)], {"n_components": 0}, ValueError, "The 'n_components' parameter"),
        ([np.eye(3)], {"means_init": [[1]]}, TypeError, "fit_many() takes no means_init"),
        ([np.eye(3)], {"callback": print}, TypeError, "fit_many() takes no callback"),
        ([np.eye(3)], {"init_params": print}, ValueError, "init_params of fit_many must be a str"),
        ([np.eye(3)], {"colour": 1}, TypeError, "unexpected keyword argument 'colour'"),
    ],
)
def test_arguments_that_cannot_be_used(
    tables: Any, settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        fit_many(tables, **settings)
