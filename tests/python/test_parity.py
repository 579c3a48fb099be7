"""From the same start, every attribute and output equals scikit-learn's."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from compare import PARAMETERS, assert_close, condition
from data import Floats, precisions_of, start
from gaussmix import GaussianMixture
from sklearn import mixture as sklearn_mixture

pytestmark = [
    pytest.mark.arithmetic,
    pytest.mark.filterwarnings("ignore:Best performing initialization did not converge"),
]

TOLERANCE = 1e-9
TOLERANCE_FLOAT32 = 1e-3
CENTRES = np.array([[-6.0, 0.0], [0.0, 9.0], [6.0, 0.0]])
STARTS = ("weights_init", "means_init", "precisions_init")


def stop_after(n_iter: int | None) -> dict[str, float]:
    """The settings for exactly `n_iter` iterations; for as many as it takes if None."""
    return {"max_iter": 1000, "tol": 1e-6} if n_iter is None else {"max_iter": n_iter, "tol": 0}


@pytest.mark.parametrize("n_iter", [1, 2, 10, None])
def test_whole_start(X: Floats, covariance_type: str, n_iter: int | None) -> None:
    settings = start(X, 4, covariance_type) | stop_after(n_iter)
    ours = GaussianMixture(**settings).fit(X)
    theirs = sklearn_mixture.GaussianMixture(**settings).fit(X)
    assert_close(ours, theirs, X, TOLERANCE, inflation=max(1, condition(theirs) / 1e6))


@pytest.mark.parametrize("n_iter", [1, 2, 10, None])
def test_float32_against_float64(X: Floats, covariance_type: str, n_iter: int | None) -> None:
    single = X.astype(np.float32)
    double = single.astype(np.float64)
    settings = start(double, 4, covariance_type) | stop_after(n_iter)
    settings["tol"] = 1e-3 if n_iter is None else 0
    ours = GaussianMixture(**settings).fit(single)
    theirs = GaussianMixture(**settings).fit(double)
    assert {getattr(ours, name).dtype for name in PARAMETERS} == {np.dtype(np.float32)}
    assert_close(ours, theirs, single, TOLERANCE_FLOAT32)


def copies() -> Floats:
    """Three far copies of one cluster, so that the order of k-means' labels does not matter."""
    noise = np.random.RandomState(0).standard_normal((60, 2)) * [1.0, 2.0]
    return np.concatenate([noise + centre for centre in CENTRES])


def in_order_of_means(mixture: Any) -> Any:
    """The mixture with its components in the order of their first coordinate."""
    order = np.argsort(mixture.means_[:, 0])
    shared = ("covariances_", "precisions_", "precisions_cholesky_")
    per_component = () if mixture.covariance_type == "tied" else shared
    for name in ("weights_", "means_", *per_component):
        setattr(mixture, name, np.ascontiguousarray(getattr(mixture, name)[order]))
    return mixture


@pytest.mark.parametrize("n_iter", [1, 5])
@pytest.mark.parametrize("given", [s for r in range(3) for s in combinations(STARTS, r)])
def test_partial_start(covariance_type: str, given: tuple[str, ...], n_iter: int) -> None:
    X = copies()
    whole = {
        "weights_init": np.full(3, 1 / 3),
        "means_init": CENTRES + np.array([1.0, 2.0]),
        "precisions_init": precisions_of(X.var(axis=0), 3, covariance_type),
    }
    settings = {name: whole[name] for name in given} | stop_after(n_iter)
    settings |= {"n_components": 3, "covariance_type": covariance_type, "random_state": 0}
    ours = GaussianMixture(**settings).fit(X)
    theirs = sklearn_mixture.GaussianMixture(**settings).fit(X)
    assert_close(in_order_of_means(ours), in_order_of_means(theirs), X, TOLERANCE)
