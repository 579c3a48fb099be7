"""Thresholds of the log-density, outliers, and the order of components."""

from typing import Any

import gaussmix
import numpy as np
import pandas as pd
import pytest
from data import load
from gaussmix import GaussianMixture
from gaussmix._types import COVARIANCE_TYPES
from mixtures import fitted, line, made
from scipy.stats import chi2

pytestmark = pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")

Q = np.array([0.001, 0.01, 0.1, 0.5, 0.9, 0.999])


@pytest.mark.parametrize("seed", range(3))
def test_fraction_below_the_threshold_on_fresh_rows(seed: int) -> None:
    """Within four standard errors, of the threshold and of the fresh sample."""
    model = made(3, 3, seed=seed, random_state=seed)
    n, fresh = 50_000, 200_000
    thresholds = model.log_density_quantile(Q, n_samples=n)
    X = model.set_params(random_state=1000 + seed).sample(fresh)[0]
    below = (model.score_samples(X)[:, None] < thresholds).mean(axis=0)
    error = np.sqrt(Q * (1 - Q) * (1 / n + 1 / fresh))
    np.testing.assert_array_less(np.abs(below - Q), 4 * error)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_one_gaussian_has_a_chi_squared_distance(d: int) -> None:
    A = np.tril(np.ones((d, d)))
    model = GaussianMixture.from_parameters([1.0], np.zeros((1, d)), [A @ A.T], random_state=0)
    found, errors = model.log_density_quantile(Q, return_error=True)
    exact = -0.5 * (chi2.ppf(1 - Q, d) + d * np.log(2 * np.pi))
    np.testing.assert_array_less(np.abs(found - exact), 4 * errors + 1e-12)


def test_the_mass_below_is_q_on_average_with_its_standard_error() -> None:
    model = line([1.0], [0.0], [1.0], random_state=np.random.default_rng(0))
    n = 199
    for q in (0.02, 0.5):
        found = np.array([model.log_density_quantile(q, n_samples=n) for _ in range(1000)])
        mass = chi2.sf(-2 * found - np.log(2 * np.pi), 1)
        error = np.sqrt(q * (1 - q) / n)
        assert mass.mean() == pytest.approx(q, abs=4 * error / np.sqrt(1000))
        assert mass.std() == pytest.approx(error, rel=0.1)


def test_error_of_the_threshold_is_its_spread() -> None:
    model = made(3, 2, random_state=np.random.default_rng(0))
    drawn = [model.log_density_quantile([0.05, 0.5], n_samples=4000, return_error=True)
             for _ in range(200)]  # fmt: skip
    found, errors = np.array(drawn).swapaxes(0, 1)
    np.testing.assert_allclose(errors.mean(axis=0), found.std(axis=0), rtol=0.2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_outliers_are_below_the_threshold(dtype: Any) -> None:
    model = fitted("full", dtype)
    X = np.random.default_rng(0).normal(0, 4, (500, 4)).astype(dtype)
    flagged = model.is_outlier(X, 0.05)
    assert flagged.dtype == np.bool_
    assert 0 < flagged.sum() < 500
    np.testing.assert_array_equal(
        flagged, model.score_samples(X) < model.log_density_quantile(0.05)
    )
    assert model.is_outlier(np.full((1, 4), 1e3, dtype), 1e-4).all()
    assert not model.is_outlier(model.modes().points[:1], 0.5).any()


def test_shapes_and_random_state() -> None:
    model = made(2, 2, random_state=3)
    assert isinstance(model.log_density_quantile(0.1), float)
    assert model.log_density_quantile(np.full((2, 3), 0.1)).shape == (2, 3)
    assert model.log_density_quantile(0.1) == model.log_density_quantile(0.1)
    threshold, error = model.log_density_quantile(0.1, n_samples=1, return_error=True)
    assert (np.isfinite(threshold), error) == (True, 0.0)


def test_wrong_fractions_are_errors() -> None:
    model = made(2, 2)
    for q in (0, 1, -0.5, 2):
        for ask in (model.log_density_quantile, lambda q: model.is_outlier([[0, 0]], q)):
            with pytest.raises(
                ValueError, match=f"q should be between 0 and 1, but got {float(q)}"
            ):
                ask(q)
    with pytest.raises(ValueError, match="n_samples should be an int of at least 1, but got 0"):
        model.log_density_quantile(0.5, n_samples=0)
    with pytest.raises(ValueError, match="The 'random_state' parameter of GaussianMixture"):
        made(2, 2, random_state=-1).log_density_quantile(0.5)


# The order of components


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES[:18])
def test_order_keeps_the_density_and_the_bits(covariance_type: str) -> None:
    model = fitted(covariance_type)
    X = np.random.default_rng(0).normal(0, 4, (50, 4))
    ordered = model.order_by([2, 0, 1])
    assert ordered is not model
    np.testing.assert_array_equal(ordered.weights_, model.weights_[[2, 0, 1]])
    np.testing.assert_array_equal(ordered.means_, model.means_[[2, 0, 1]])
    back = ordered.order_by([1, 2, 0])
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_"):
        np.testing.assert_array_equal(getattr(back, name), getattr(model, name))
    np.testing.assert_allclose(
        ordered.predict_proba(X), model.predict_proba(X)[:, [2, 0, 1]], rtol=1e-10, atol=1e-300
    )
    np.testing.assert_allclose(ordered.score_samples(X), model.score_samples(X), rtol=1e-12)


def test_order_by_weight_and_by_a_mean() -> None:
    names = ["length", "depth", "flipper", "mass"]
    frame = pd.DataFrame(load("penguins"), columns=names)
    model = GaussianMixture(4, random_state=0, max_iter=3).fit(frame)
    assert (np.diff(model.order_by().weights_) >= 0).all()
    assert (np.diff(model.order_by("weight", descending=True).weights_) <= 0).all()
    ordered = model.order_by("mass")
    assert (np.diff(ordered.means_[:, 3]) >= 0).all()
    np.testing.assert_array_equal(ordered.means_, model.order_by(3).means_)
    assert (np.diff(model.order_by(np.int64(1), descending=True).means_[:, 1]) <= 0).all()
    assert ordered.feature_names_in_.tolist() == names
    assert ordered.get_params() == model.get_params()
    for name in ("n_iter_", "converged_", "lower_bound_", "lower_bounds_"):
        assert getattr(ordered, name) == getattr(model, name)
    assert str(ordered.fit_report_) == str(model.fit_report_)


def test_equal_components_keep_their_order() -> None:
    model = line([0.25, 0.25, 0.5], [3.0, 1.0, 2.0], [1.0, 1.0, 1.0])
    assert model.order_by("weight").means_.ravel().tolist() == [3.0, 1.0, 2.0]
    assert model.order_by("weight", descending=True).means_.ravel().tolist() == [2.0, 3.0, 1.0]


@pytest.mark.parametrize("order", [[0, 1], [0, 1, 1], [1, 2, 3], [0.0, 1.0, 2.0], [], [[0, 1, 2]]])
def test_what_is_no_order_is_an_error(order: Any) -> None:
    with pytest.raises(ValueError, match="the order should have each of the 3 components' numbers"):
        made(3, 2).order_by(order)


def test_features_that_are_not_there_are_errors() -> None:
    with pytest.raises(ValueError, match="there is no feature 'mass'"):
        made(3, 2).order_by("mass")
    with pytest.raises(ValueError, match="there is no feature 2"):
        made(3, 2).order_by(2)


# All of them


@pytest.mark.parametrize(
    "ask",
    [
        lambda m: m.marginal(0), lambda m: m.condition(0, 1), lambda m: m.regress([[1]], 0),
        lambda m: m.cdf([[0, 0]]), lambda m: m.quantile(0.5), lambda m: m.modes(),
        lambda m: m.kl(made(2, 2)), lambda m: made(2, 2).kl(m), lambda m: m.merge(1),
        lambda m: m.log_density_quantile(0.5), lambda m: m.is_outlier([[0, 0]], 0.5),
        lambda m: m.score_gradient([[0, 0]]), lambda m: m.order_by(),
    ],
)  # fmt: skip
def test_a_mixture_has_to_be_fitted(ask: Any) -> None:
    with pytest.raises(gaussmix.exceptions.NotFittedError, match="is not fitted yet"):
        ask(GaussianMixture(2))


@pytest.mark.parametrize(
    "ask",
    [
        lambda m, X: m.cdf(X), lambda m, X: m.score_gradient(X),
        lambda m, X: m.is_outlier(X, 0.5), lambda m, X: m.merge(1, X),
    ],
)  # fmt: skip
def test_names_of_columns_are_compared_with_the_fits(ask: Any) -> None:
    frame = pd.DataFrame(load("penguins")[:, :2], columns=["a", "b"])
    model = GaussianMixture(2, random_state=0).fit(frame)
    with pytest.warns(UserWarning, match="X does not have valid feature names") as caught:
        ask(model, load("penguins")[:5, :2])
    assert caught[0].filename == __file__
    with pytest.raises(ValueError, match="feature names should match"):
        ask(model, frame[["b", "a"]])
