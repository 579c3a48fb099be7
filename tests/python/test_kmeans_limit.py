"""Covariances that are given and stay, and k-means as their limit (ESL, exercise 13.1)."""

from pathlib import Path
from typing import Any

import gaussmix
import numpy as np
import pytest
from data import Floats, load
from gaussmix import GaussianMixture
from sklearn.cluster import KMeans

pytestmark = pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")


def fixed(X: Floats, means: Floats, variance: float, **params: Any) -> GaussianMixture:
    """EM from these means, with the covariance variance I for every component."""
    k = len(means)
    return GaussianMixture(
        k,
        covariance_type="fixed",
        precisions_init=np.full(k, 1 / variance),
        means_init=means,
        weights_init=np.full(k, 1 / k),
        **params,
    ).fit(X)


# In float32 a row of iris is as far from two of eight centres, but for rounding.
CLUSTERINGS = [("iris", 3), ("wine", 5), ("blobs", 4), ("digits", 10)]


@pytest.mark.arithmetic
@pytest.mark.parametrize(
    ("name", "k", "dtype"),
    [
        *((*each, np.float64) for each in [*CLUSTERINGS, ("iris", 8)]),
        *((*each, np.float32) for each in CLUSTERINGS),
    ],
)
def test_small_variances_give_kmeans(name: str, k: int, dtype: Any) -> None:
    X = load(name).astype(dtype)
    means = X[np.random.RandomState(0).permutation(len(X))[:k]]
    ours = fixed(X, means, 1e-8 * X.var(), max_iter=300)
    theirs = KMeans(k, init=means, n_init=1, tol=0, algorithm="lloyd").fit(X)
    np.testing.assert_array_equal(ours.predict(X), theirs.labels_)
    tolerance = 1e-9 if dtype is np.float64 else 1e-4
    np.testing.assert_allclose(ours.means_, theirs.cluster_centers_, rtol=tolerance, atol=tolerance)
    assert ours.converged_


def test_each_iteration_is_one_of_kmeans() -> None:
    X = load("blobs")  # where no row is as far from one mean as from another
    means = X[X[:, 0].argsort()[:6]]  # side by side: it takes k-means a while
    for n_iter in range(1, 8):
        ours = fixed(X, means, 1e-10, max_iter=n_iter, tol=0)
        theirs = KMeans(6, init=means, n_init=1, tol=0, max_iter=n_iter, algorithm="lloyd").fit(X)
        np.testing.assert_allclose(ours.means_, theirs.cluster_centers_, rtol=1e-10)


def test_the_log_likelihood_becomes_the_inertia() -> None:
    """-2 sigma^2 log p(x) is the squared distance to the nearest mean, when sigma vanishes."""
    X = load("penguins")
    for variance in (1e-2, 1e-6):
        model = fixed(X, X[[0, 160, 250]], variance, max_iter=500)
        distances = ((X[:, np.newaxis] - model.means_) ** 2).sum(-1).min(1)
        terms = variance * (2 * np.log(len(X)) + X.shape[1] * abs(np.log(6.3 * variance)))
        np.testing.assert_allclose(-2 * variance * model.score_samples(X), distances, atol=terms)


@pytest.mark.arithmetic
def test_em_is_that_of_given_variances() -> None:
    """Against EM in NumPy; the variances may differ by component, and none moves."""
    X, variances = load("blobs"), np.array([0.3, 1.0, 2.0])
    params = {"max_iter": 6, "tol": 0, "reg_covar": 0.5, "weights_init": [0.2, 0.3, 0.5]}
    found = GaussianMixture(
        3, covariance_type="fixed", precisions_init=1 / variances, means_init=X[:3], **params
    ).fit(X)
    weights, means = np.array(params["weights_init"]), X[:3]
    for _ in range(6):
        squares = ((X[:, np.newaxis] - means) ** 2).sum(-1)
        R = weights * variances**-1.5 * np.exp(-0.5 * squares / variances)
        R /= R.sum(1, keepdims=True)
        weights, means = R.mean(0), (R.T @ X) / R.sum(0)[:, np.newaxis]
    np.testing.assert_allclose(found.weights_, weights, rtol=1e-10)
    np.testing.assert_allclose(found.means_, means, rtol=1e-10)
    np.testing.assert_allclose(found.covariances_, variances, rtol=1e-15)
    assert (np.diff(found.lower_bounds_) >= -1e-12).all()


def test_given_variances_are_no_parameters(tmp_path: Path) -> None:
    X = load("blobs")
    model = fixed(X, X[:4], 1.0, max_iter=100)
    log_likelihood = len(X) * model.score(X)
    n_parameters = 3 + 4 * X.shape[1]
    assert model.bic(X) == pytest.approx(n_parameters * np.log(len(X)) - 2 * log_likelihood)
    assert model.aic(X) == pytest.approx(2 * n_parameters - 2 * log_likelihood)
    model.save(tmp_path / "model")
    loaded = gaussmix.load(tmp_path / "model")
    assert loaded.covariance_type == "fixed"
    assert loaded.bic(X) == model.bic(X)


@pytest.mark.parametrize("n_init", [1, 4])
def test_starts_are_seeded_as_ever(n_init: int) -> None:
    X = load("blobs")
    model = GaussianMixture(
        4, covariance_type="fixed", precisions_init=np.ones(4), n_init=n_init, random_state=0
    ).fit(X)
    assert (model.covariances_ == 1.0).all()
    tied = GaussianMixture(4, covariance_type="EII", n_init=n_init, random_state=0).fit(X)
    assert model.score(X) <= tied.score(X) + 1e-3
    again = model.set_params(warm_start=True, precisions_init=None, max_iter=1).fit(X)
    assert (again.covariances_ == 1.0).all()


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({}, "covariance_type='fixed' needs precisions_init"),
        ({"warm_start": True}, "covariance_type='fixed' needs precisions_init"),
        ({"precisions_init": [1.0, 1.0, 1.0]}, "fixed precision"),
        ({"precisions_init": [1.0, -1.0]}, "fixed precision"),
    ],
)
def test_variances_have_to_be_given(params: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        GaussianMixture(2, covariance_type="fixed", **params).fit(load("blobs"))
