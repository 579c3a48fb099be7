"""Data that break arithmetic: a fit gives the right answer, repairs and says so, or refuses."""

from typing import Any

import numpy as np
import pytest
from compare import PARAMETERS, is_sound, relative_error
from data import Floats, load, start
from gaussmix import GaussianMixture
from sklearn.mixture import GaussianMixture as SklearnMixture

pytestmark = [
    pytest.mark.arithmetic,
    pytest.mark.filterwarnings("ignore:Best performing initialization did not converge"),
]

ILL_DEFINED = "^Fitting the mixture model failed because some components have ill-defined"


def normal(*shape: int, seed: int = 0) -> Floats:
    return np.random.RandomState(seed).standard_normal(shape)


def three_clusters() -> tuple[Floats, Floats]:
    """Well-separated clusters of unit spread, and which row is in which."""
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    return np.array([[0.0, 0.0], [20.0, 0.0], [0.0, 30.0]])[labels] + normal(100, 2), labels


def same_clusters(a: Floats, b: Floats) -> bool:
    """Two labellings are the same partition."""
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    return len(pairs) == len(set(a.tolist())) == len(set(b.tolist()))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [(0, 0), (57, 2), (149, 3)])
def test_a_value_that_is_not_finite(place: tuple[int, int], value: float, dtype: type) -> None:
    X = load("iris").astype(dtype)
    mixture = GaussianMixture(2, random_state=0).fit(X)
    before = {name: getattr(mixture, name).copy() for name in PARAMETERS}
    broken = X.copy()
    broken[place] = value
    complaint = "^Input X contains " + ("NaN" if np.isnan(value) else "infinity")
    for method in (mixture.fit, mixture.fit_predict, mixture.predict, mixture.predict_proba,
                   mixture.score_samples, mixture.score, mixture.bic, mixture.aic):  # fmt: skip
        with pytest.raises(ValueError, match=complaint):
            method(broken)
    for name in PARAMETERS:
        assert np.array_equal(getattr(mixture, name), before[name])


@pytest.mark.parametrize("n_components", [1, 2, 5])
def test_fewer_rows_than_columns(covariance_type: str, n_components: int) -> None:
    X = normal(5, 20)
    mixture = GaussianMixture(n_components, covariance_type=covariance_type, random_state=0)
    assert is_sound(mixture.fit(X), X)
    assert is_sound(mixture.set_params(reg_covar=0).fit(X), X)


def test_constant_columns(covariance_type: str) -> None:
    X = load("iris").copy()
    X[:, 1] = 7
    mixture = GaussianMixture(2, covariance_type=covariance_type, random_state=0)
    assert is_sound(mixture.fit(X), X)
    assert not mixture.fit_report_.repairs
    assert np.allclose(mixture.means_[:, 1], 7, rtol=1e-15)
    assert is_sound(mixture.set_params(reg_covar=0).fit(X), X)
    assert bool(mixture.fit_report_.repairs) == (covariance_type != "spherical")


@pytest.mark.parametrize("reg_covar", [0, 1e-6])
@pytest.mark.parametrize("n_components", [1, 3])
def test_all_rows_equal(covariance_type: str, n_components: int, reg_covar: float) -> None:
    X = np.full((30, 3), 0.1)
    mixture = GaussianMixture(
        n_components, covariance_type=covariance_type, reg_covar=reg_covar, random_state=0
    ).fit(X)
    assert is_sound(mixture, X)
    assert np.allclose(mixture.weights_ @ mixture.means_, 0.1, rtol=1e-14)


def test_one_far_outlier(covariance_type: str) -> None:
    X, labels = three_clusters()
    X = np.append(X, [[1e12, -1e12]], axis=0)
    labels = np.append(labels, 3)
    mixture = GaussianMixture(4, covariance_type=covariance_type, n_init=5, random_state=0)
    assert is_sound(mixture.fit(X), X)
    assert same_clusters(mixture.predict(X), labels)


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag"])
def test_scales_of_1e_minus_150_and_1e150(covariance_type: str) -> None:
    """Powers of two as scales: the scaled fit is the plain one, scaled."""
    X, _ = three_clusters()
    X = np.hstack([X, normal(100, 1)])
    scales = np.array([2.0**-498, 2.0**498, 1.0])
    settings = start(X, 3, covariance_type) | {"reg_covar": 0}
    plain = GaussianMixture(**settings).fit(X)
    squares = scales if covariance_type == "diag" else scales[:, np.newaxis]
    settings["means_init"] = settings["means_init"] * scales
    settings["precisions_init"] = settings["precisions_init"] / squares / scales
    scaled = GaussianMixture(**settings).fit(X * scales)
    assert np.array_equal(scaled.predict(X * scales), plain.predict(X))
    assert relative_error(scaled.weights_, plain.weights_) < 1e-12
    assert relative_error(scaled.means_ / scales, plain.means_) < 1e-12
    assert relative_error(scaled.covariances_ / squares / scales, plain.covariances_) < 1e-12
    assert scaled.score(X * scales) == pytest.approx(plain.score(X), abs=1e-9)


def test_extreme_scales_from_own_starts(covariance_type: str) -> None:
    X = normal(60, 3) * [1e-150, 1e150, 1]
    for reg_covar in (0, 1e-6):
        mixture = GaussianMixture(
            2, covariance_type=covariance_type, reg_covar=reg_covar, random_state=0
        )
        assert is_sound(mixture.fit(X), X)


def test_an_offset_of_1e8(covariance_type: str) -> None:
    """Rows that are the same with the offset and without it, to the last bit."""
    X, labels = three_clusters()
    far = X + 1e8
    near = far - 1e8
    settings: dict[str, Any] = {"covariance_type": covariance_type, "random_state": 0}
    with_offset = GaussianMixture(3, **settings).fit(far)
    without = GaussianMixture(3, **settings).fit(near)
    assert np.array_equal(with_offset.predict(far), without.predict(near))
    assert same_clusters(without.predict(near), labels)
    assert relative_error(with_offset.means_ - 1e8, without.means_) < 1e-8
    for name in ("weights_", "covariances_", "lower_bounds_"):
        assert relative_error(getattr(with_offset, name), getattr(without, name)) < 1e-8


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag"])
def test_raise_as_scikit_learn_does(covariance_type: str) -> None:
    X = load("iris")
    flat = np.column_stack([X, np.zeros(len(X))])
    mixture = GaussianMixture(
        2, covariance_type=covariance_type, reg_covar=0, random_state=0, degenerate="raise"
    ).fit(X)
    before = {name: getattr(mixture, name).copy() for name in PARAMETERS}
    with pytest.raises(ValueError, match=ILL_DEFINED):
        mixture.fit(flat)
    for name in PARAMETERS:
        assert np.array_equal(getattr(mixture, name), before[name])


@pytest.mark.parametrize("seed", range(20))
def test_raise_refuses_what_repair_would_have_repaired(seed: int) -> None:
    """Also where rounding leaves something of a variance of zero."""
    X = normal(100, 3, seed=seed)
    X[0] = 100 + normal(3, seed=seed + 20)
    settings: dict[str, Any] = {"reg_covar": 0, "random_state": 0}
    repaired = GaussianMixture(2, **settings).fit(X)
    (first, *_) = repaired.fit_report_.repairs
    assert first.reason == "its covariance is not positive definite"
    with pytest.raises(ValueError, match=ILL_DEFINED):
        GaussianMixture(2, **settings, degenerate="raise").fit(X)


def test_with_raise_a_component_without_rows_is_at_the_origin(covariance_type: str) -> None:
    """Where scikit-learn has it."""
    X, _ = three_clusters()
    settings = start(X, 2, covariance_type) | {"means_init": [[0.0, 0.0], [1e9, 1e9]], "tol": 0}
    settings |= {"max_iter": 3}
    with pytest.warns(UserWarning, match="did not converge"):
        ours = GaussianMixture(**settings, degenerate="raise").fit(X)
    with pytest.warns(UserWarning, match="did not converge"):
        theirs = SklearnMixture(**settings).fit(X)
    assert not ours.fit_report_.repairs
    for name in ("weights_", "means_", "covariances_"):
        assert relative_error(getattr(ours, name), getattr(theirs, name)) < 1e-9


@pytest.mark.parametrize("covariance_type", ["full", "diag"])
def test_a_repair_is_reported(covariance_type: str) -> None:
    """The third component holds equal rows; what was done is there to read."""
    X = np.concatenate([normal(40, 2), normal(40, 2) + 20, np.full((20, 2), -30.0)])
    labels = np.repeat([0, 1, 2], [40, 40, 20])
    settings = start(X, 3, covariance_type) | {
        "means_init": np.array([X[labels == j].mean(axis=0) for j in range(3)]),
        "reg_covar": 0,
    }
    mixture = GaussianMixture(**settings).fit(X)
    assert is_sound(mixture, X)
    assert same_clusters(mixture.predict(X), labels)
    repairs = mixture.fit_report_.repairs
    assert {(repair.start, repair.component) for repair in repairs} == {(0, 2)}
    assert all(1 <= repair.iteration <= mixture.n_iter_ for repair in repairs)
    assert all(repair.reason and repair.action for repair in repairs)


def test_an_empty_component_is_repaired_and_reported(covariance_type: str) -> None:
    X, _ = three_clusters()
    settings = start(X, 2, covariance_type) | {"means_init": [[0.0, 0.0], [1e9, 1e9]]}
    mixture = GaussianMixture(**settings).fit(X)
    assert is_sound(mixture, X)
    assert {repair.component for repair in mixture.fit_report_.repairs} == {1}
    plain = GaussianMixture(**settings | {"means_init": X[:2]}).fit(X)
    assert not plain.fit_report_.repairs


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("weight", [1e-300, 1e-40, 1e-28, 1e38, 1e300])
def test_equal_weights_of_any_size_are_no_weights(weight: float, dtype: type) -> None:
    X = three_clusters()[0].astype(dtype)
    settings: dict[str, Any] = {"n_components": 3, "random_state": 0, "tol": 1e-10}
    weighted = GaussianMixture(**settings).fit(X, sample_weight=np.full(len(X), weight))
    plain = GaussianMixture(**settings).fit(X)
    bound = 1e-10 if dtype is np.float64 else 1e-5
    for name in PARAMETERS:
        assert relative_error(getattr(weighted, name), getattr(plain, name)) < bound


@pytest.mark.parametrize("seed", range(5))
def test_restarts_do_not_make_raise_fail(seed: int) -> None:
    """A partition that EM would not have started from is no reason to raise."""
    settings: dict[str, Any] = {"reg_covar": 0, "degenerate": "raise", "random_state": seed}
    X = load("wine")
    mixture = GaussianMixture(3, n_init=5, **settings).fit(X)
    assert mixture.lower_bound_ >= GaussianMixture(3, **settings).fit(X).lower_bound_


@pytest.mark.parametrize("d", [6, 7, 20])
@pytest.mark.parametrize("first", [True, False])
def test_a_row_of_hardly_any_weight_counts_where_it_is_far_away(
    covariance_type: str, d: int, first: bool
) -> None:
    X, weights = normal(101, d), np.ones(101)
    X[100], weights[100] = 1e14, 1e-25
    order = slice(None, None, -1 if first else 1)
    mixture = GaussianMixture(1, covariance_type=covariance_type, reg_covar=0).fit(
        X[order], sample_weight=weights[order]
    )
    expected = np.average((X - np.average(X, axis=0, weights=weights)) ** 2, 0, weights)
    found = mixture.covariances_.ravel()[0]
    assert found == pytest.approx(
        expected.mean() if covariance_type == "spherical" else expected[0]
    )
