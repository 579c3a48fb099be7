"""Sample weights: a row of weight n is n rows, one of weight 0 is none, whatever is fitted."""

from typing import Any

import numpy as np
import pytest
from compare import assert_close, assert_same_bits, relative_error
from data import Floats, load, start
from gaussmix import GaussianMixture, KMeans
from hypothesis import assume, given
from problems import Problem, problems

pytestmark = [
    pytest.mark.arithmetic,
    pytest.mark.filterwarnings("ignore:Best performing initialization did not converge"),
]

FEW_ITERATIONS = {"max_iter": 5, "tol": 0}
TO_THE_END = {"max_iter": 500, "tol": 1e-3}


def contents_of_no_use(weights: Floats) -> Floats:
    """What may stand in rows of weight 0: NaN, infinity, and numbers whose squares overflow."""
    return np.resize([np.nan, np.inf, 1e300], (np.count_nonzero(weights == 0), 1))


@pytest.mark.parametrize(("ends", "tolerance"), [(FEW_ITERATIONS, 1e-10), (TO_THE_END, 1e-7)])
@given(problem=problems())
def test_integer_weights_are_repetitions(
    problem: Problem, ends: dict[str, Any], tolerance: float
) -> None:
    weights = problem.rng.randint(0, 4, len(problem.X))
    repeated = np.repeat(problem.X, weights, axis=0)
    assume(len(repeated) > len(problem.X))
    weighted = problem.fit(problem.X, sample_weight=weights, **ends)
    plain = problem.fit(repeated, **ends)
    assert_close(weighted, plain, problem.X, tolerance)
    for name in ("score", "bic", "aic"):
        ours = getattr(weighted, name)(problem.X, sample_weight=weights)
        assert relative_error(ours, getattr(plain, name)(repeated)) < tolerance


def test_integer_weights_are_repetitions_for_kmeans() -> None:
    X = load("blobs")
    weights = np.arange(len(X)) % 4
    repeated = np.repeat(X, weights, axis=0)
    model = KMeans(4, init=start(X, 4, "full")["means_init"], tol=0)
    weighted = KMeans(**model.get_params()).fit(X, sample_weight=weights)
    plain = KMeans(**model.get_params()).fit(repeated)
    np.testing.assert_allclose(weighted.cluster_centers_, plain.cluster_centers_, rtol=1e-10)
    np.testing.assert_array_equal(weighted.labels_, plain.predict(X))
    assert weighted.n_iter_ == plain.n_iter_
    assert weighted.inertia_ == pytest.approx(plain.inertia_, rel=1e-10)
    assert weighted.score(X, sample_weight=weights) == pytest.approx(plain.score(repeated))


def test_one_row_of_weight_2_is_two_rows() -> None:
    row = np.array([[1.0, 3.0]])
    weighted = GaussianMixture().fit(row, sample_weight=[2.0])
    assert_same_bits(weighted, GaussianMixture().fit(np.repeat(row, 2, axis=0)), row)
    with pytest.raises(ValueError, match="minimum of 2"):
        GaussianMixture().fit(row, sample_weight=[1.5])


def test_a_scalar_weight_is_one_for_all() -> None:
    X = load("blobs")
    mixture = GaussianMixture(3, random_state=0, max_iter=500).fit(X)
    assert mixture.bic(X, sample_weight=1) == mixture.bic(X)
    np.testing.assert_allclose(
        mixture.bic(X, sample_weight=2.0), mixture.bic(np.vstack([X, X])), rtol=1e-14
    )


@pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random", "random_from_data"])
def test_rows_of_weight_0_are_not_there(covariance_type: str, init_params: str) -> None:
    weights = np.random.RandomState(0).choice([0.0, 0.5, 1.0, 3.0], len(load("digits")))
    kept = weights > 0
    X = load("digits").copy()
    X[~kept] = contents_of_no_use(weights)
    settings: dict[str, Any] = {"covariance_type": covariance_type, "init_params": init_params}
    settings |= {"n_components": 3, "random_state": 0, "max_iter": 5}
    weighted = GaussianMixture(**settings).fit(X, sample_weight=weights)
    removed = GaussianMixture(**settings).fit(X[kept], sample_weight=weights[kept])
    assert_same_bits(weighted, removed, X[kept])
    for name in ("score", "bic", "aic"):
        found = getattr(weighted, name)(X, sample_weight=weights)
        assert found == getattr(removed, name)(X[kept], sample_weight=weights[kept])


@pytest.mark.parametrize("estimator", [GaussianMixture, KMeans])
def test_rows_of_weight_0_get_labels_alone(estimator: Any) -> None:
    X = load("blobs")
    weights = np.ones(len(X))
    weights[::3] = 0
    labels = estimator(4, random_state=0, max_iter=500).fit_predict(X, sample_weight=weights)
    without = estimator(4, random_state=0, max_iter=500).fit(X[weights > 0])
    np.testing.assert_array_equal(labels, without.predict(X))


def test_rows_of_weight_0_are_not_there_for_kmeans() -> None:
    X = load("blobs")
    weights = np.ones(len(X))
    weights[::3] = 0
    model = KMeans(4, random_state=0).fit(X, sample_weight=weights)
    without = KMeans(4, random_state=0).fit(X[weights > 0])
    np.testing.assert_array_equal(model.cluster_centers_, without.cluster_centers_)
    assert model.inertia_ == without.inertia_
