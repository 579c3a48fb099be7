"""Inputs on which other libraries failed, one test each, named after where it was reported.

What they need is made here: the reports' own data is not at hand, or not needed.
"""

import pickle
from typing import Any

import exact
import numpy as np
import pytest
from compare import is_sound, relative_error
from data import COVARIANCE_TYPES, Floats, load, precisions_of, start
from gaussmix import GaussianMixture

pytestmark = [
    pytest.mark.arithmetic,
    pytest.mark.filterwarnings("ignore:Best performing initialization did not converge"),
]


def normal(*shape: int, seed: int = 0) -> Floats:
    return np.random.RandomState(seed).standard_normal(shape)


def one_hot(n_rows: int, levels: list[int]) -> Floats:
    """Random categorical columns with these numbers of levels, one-hot encoded."""
    rng = np.random.RandomState(0)
    return np.hstack([np.eye(n)[rng.randint(n, size=n_rows)] for n in levels])


@pytest.mark.parametrize("reg_covar", [1e-6, 0.1])
def test_sklearn_30382_float32_two_points(covariance_type: str, reg_covar: float) -> None:
    """A variance of -0.9999998."""
    X = np.array([[9999], [0]], dtype=np.float32)
    mixture = GaussianMixture(2, covariance_type=covariance_type, reg_covar=reg_covar).fit(X)
    assert np.allclose(np.sort(mixture.means_, axis=0), [[0], [9999]], rtol=1e-6, atol=1e-6)
    assert np.allclose(mixture.covariances_, reg_covar, rtol=1e-5)


def test_sklearn_29989_condition_number_1e9() -> None:
    """A log-density off by 0.2."""
    covariance = np.array(
        [
            [32.00000007, 35.99999993, 8.00000001],
            [35.99999993, 40.50000006, 8.99999998],
            [8.00000001, 8.99999998, 2.00000008],
        ]
    )
    weights, means = np.ones(1), np.zeros((1, 3))
    mixture = GaussianMixture.from_parameters(weights, means, covariance[np.newaxis], "full")
    X = np.zeros((1, 3))
    truth = exact.score_samples(weights, means, covariance[np.newaxis], X, eps=np.finfo(float).eps)
    assert abs(mixture.score_samples(X) - truth.log_density) <= truth.bound < 1e-4


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("covariance_type", ["diag", "spherical"])
def test_sklearn_29989_far_from_the_origin(covariance_type: str, dtype: type) -> None:
    """Squares of 1e4 that cancel."""
    means = (1e4 + np.array([[0, 1], [3, -2]])).astype(dtype)
    variances = np.array([[1, 0.5], [2, 4]] if covariance_type == "diag" else [1, 2], dtype)
    weights = np.array([0.25, 0.75], dtype)
    mixture = GaussianMixture.from_parameters(weights, means, variances, covariance_type)
    X = (1e4 + 3 * normal(20, 2)).astype(dtype)
    full = np.array([v * np.eye(2) for v in variances])
    truth = exact.score_samples(weights, means, full, X, eps=np.finfo(dtype).eps)
    assert (np.abs(mixture.score_samples(X) - truth.log_density) <= truth.bound).all()


@pytest.mark.slow
def test_sklearn_12056_one_hot_and_500_components() -> None:
    """Covariances that were not positive semi-definite, seen when sampling."""
    X = np.hstack([one_hot(1477, [2] * 42 + [10] * 19), normal(1477, 10)])
    assert X.shape == (1477, 284)
    mixture = GaussianMixture(500, random_state=0, max_iter=1).fit(X)
    assert is_sound(mixture, X)
    np.linalg.cholesky(mixture.covariances_[::20])
    assert mixture.sample(10)[0].shape == (10, 284)


def test_sklearn_29524_two_unique_one_hot_columns(covariance_type: str) -> None:
    """A number and twice as many indicators as rows; it took minutes.

    A matrix of 6001 x 6001 is too much for a test: where there are matrices, fewer rows.
    """
    n = 3000 if covariance_type in ("diag", "spherical") else 600
    X = np.hstack([np.linspace(-1, 1, n)[:, np.newaxis], np.eye(n), np.eye(n)])
    mixture = GaussianMixture(2, covariance_type=covariance_type, random_state=0).fit(X)
    assert is_sound(mixture, X)


@pytest.mark.parametrize("n_rows", [2, 3, 31, 32])
def test_sklearn_23032_one_component_few_rows(covariance_type: str, n_rows: int) -> None:
    """A weight above 1, on which sampling failed."""
    mixture = GaussianMixture(covariance_type=covariance_type).fit(normal(n_rows, 2))
    assert mixture.weights_ == 1
    assert mixture.sample(5)[0].shape == (5, 2)


def test_sklearn_18216_first_restart_collapses() -> None:
    """A NaN in the first restart kept the later ones from being chosen."""
    X = np.concatenate([np.zeros((20, 2)), normal(30, 2) + 5])
    for seed in range(20):
        mixture = GaussianMixture(
            4, init_params="random_from_data", n_init=5, reg_covar=0, random_state=seed
        ).fit(X)
        assert is_sound(mixture, X)
        best = max(s.lower_bound for s in mixture.fit_report_.starts)
        assert mixture.lower_bound_ >= best - 1e-9 * max(1, abs(best))


@pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random", "random_from_data"])
def test_sklearn_7377_an_integer_seed_is_not_one_start(init_params: str) -> None:
    mixture = GaussianMixture(
        3, covariance_type="diag", init_params=init_params, n_init=10, random_state=1
    ).fit(normal(100, 5))
    assert len({start.lower_bound for start in mixture.fit_report_.starts}) > 1


def test_sklearn_16944_26415_precisions_init(covariance_type: str) -> None:
    """A start from a fitted mixture goes on where the fit ended."""
    X = load("iris")
    fitted = GaussianMixture(3, covariance_type=covariance_type, random_state=0).fit(X)
    again = GaussianMixture(
        3,
        covariance_type=covariance_type,
        weights_init=fitted.weights_,
        means_init=fitted.means_,
        precisions_init=fitted.precisions_,
        max_iter=0,
    ).fit(X)
    assert relative_error(again.precisions_cholesky_, fitted.precisions_cholesky_) < 1e-12
    again.set_params(max_iter=1).fit(X)
    assert again.lower_bounds_[0] == pytest.approx(fitted.score(X), rel=1e-12)


def test_mlpack_496_duplicates_shrink_a_covariance(covariance_type: str) -> None:
    X = np.concatenate([np.full((50, 2), 3.0), normal(50, 2)])
    mixture = GaussianMixture(
        3, covariance_type=covariance_type, reg_covar=0, random_state=0, tol=0, max_iter=200
    ).fit(X)
    assert is_sound(mixture, X)


@pytest.mark.parametrize("reg_covar", [0, 1e-6])
@pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random", "random_from_data"])
def test_mlpack_479_many_empty_clusters(
    covariance_type: str, init_params: str, reg_covar: float
) -> None:
    X = np.repeat([[0.0, 0.0], [1.0, 5.0], [4.0, 2.0]], 10, axis=0)
    mixture = GaussianMixture(
        10,
        covariance_type=covariance_type,
        init_params=init_params,
        reg_covar=reg_covar,
        random_state=0,
    ).fit(X)
    assert is_sound(mixture, X)


@pytest.mark.parametrize("distance", [1e2, 1e5, 1e100])
def test_mlpack_833_a_component_far_from_all_data(covariance_type: str, distance: float) -> None:
    X = np.tile([[1.0, 11, 111], [2, 22, 222], [3, 33, 333], [4, 44, 444]], (5, 1))
    settings = start(X, 2, covariance_type) | {
        "means_init": np.array([[0.0] * 3, [distance] * 3]),
        "precisions_init": precisions_of(np.ones(3), 2, covariance_type),
    }
    mixture = GaussianMixture(**settings).fit(X)
    assert is_sound(mixture, X)


def test_em_jl_11_random_points_as_unit_starts(covariance_type: str) -> None:
    """3 x 20 points rounded to 2 digits; also both components hopelessly far from the data."""
    for seed in range(50):
        centres = 2 * normal(3, 1, 2, seed=seed)
        X = (centres + normal(3, 20, 2, seed=seed + 1)).reshape(60, 2).round(2)
        settings = start(X, 3, covariance_type, seed) | {"reg_covar": 0, "tol": 1e-6}
        settings["precisions_init"] = precisions_of(np.ones(2), 3, covariance_type)
        assert is_sound(GaussianMixture(**settings).fit(X), X)
    X = normal(10, 1)
    settings = start(X, 2, covariance_type) | {
        "means_init": [[100.0], [200.0]],
        "precisions_init": precisions_of(np.full(1, 1e-6), 2, covariance_type),
    }
    assert is_sound(GaussianMixture(**settings).fit(X), X)


@pytest.mark.parametrize("reg_covar", [0, 1e-6])
@pytest.mark.parametrize("n_components", [20, 30])
def test_gaussianmixtures_jl_97_components_smaller_than_the_dimension(
    covariance_type: str, n_components: int, reg_covar: float
) -> None:
    X = normal(200, 30)
    mixture = GaussianMixture(
        n_components, covariance_type=covariance_type, reg_covar=reg_covar, random_state=0
    ).fit(X)
    assert is_sound(mixture, X)


def test_pomegranate_151_weights_are_checked_and_used() -> None:
    X = np.array([[1.0, 2], [2, 2], [3, 4]])
    for wrong in (np.zeros(356), np.ones(2), np.ones((3, 1))):
        with pytest.raises(ValueError, match=r"(?i)sample.weight"):
            GaussianMixture().fit(X, sample_weight=wrong)
    weighted = GaussianMixture().fit(X, sample_weight=[1, 1, 2])
    assert np.allclose(weighted.means_, [[2.25, 3]])


@pytest.mark.parametrize("n_components", [1, 2])
@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_nist_numacc4(covariance_type: str, n_components: int) -> None:
    """Eight correct digits of a spread of 0.1 at 1e7; equal components share it."""
    X = 1e7 + np.array([0.2] + [0.1, 0.3] * 500)[:, np.newaxis]
    settings: dict[str, Any] = {"covariance_type": covariance_type, "reg_covar": 0}
    if n_components == 2:
        settings |= start(X, 2, covariance_type) | {"means_init": [[1e7 + 0.2]] * 2}
    mixture = GaussianMixture(**settings).fit(X)
    deviation = np.sqrt(mixture.covariances_)
    assert np.allclose(deviation, np.sqrt(0.01 * 1000 / 1001), rtol=1e-8, atol=0)
    assert np.allclose(mixture.means_, 1e7 + 0.2, rtol=1e-15, atol=0)


def test_float32_with_fewer_rows_than_features_in_a_component() -> None:
    """Its smallest variances, those of reg_covar, would drown in float32 products."""
    rng = np.random.RandomState(0)
    factors = rng.standard_normal((2, 40, 40)) / np.sqrt(40)
    X = np.concatenate(
        [rng.standard_normal((n, 40)) @ f for n, f in zip((400, 25), factors, strict=True)]
    )
    X[400:] += 20
    settings: dict[str, Any] = {
        "n_components": 2,
        "weights_init": [0.9, 0.1],
        "means_init": [X[:400].mean(axis=0), X[400:].mean(axis=0)],
        "precisions_init": np.tile(np.eye(40), (2, 1, 1)),
        "max_iter": 6,
        "tol": 0,
    }
    double = GaussianMixture(**settings).fit(X)
    single = GaussianMixture(**settings).fit(X.astype(np.float32))
    assert np.linalg.eigvalsh(double.covariances_[1])[0] < 2e-6
    assert single.lower_bound_ == pytest.approx(double.lower_bound_, rel=1e-4)
    assert not single.fit_report_.repairs


@pytest.mark.parametrize("max_iter", [0, 1, 3])
def test_float32_components_of_fewer_rows_than_features(max_iter: int) -> None:
    """Their scatter is singular but for reg_covar: of float sums it would be rounding errors, in
    the first M-step as well, when nothing is known of the components yet.
    """
    d, rows, k = 40, 30, 30
    labels = np.repeat(np.arange(k), rows)
    X = (20 * normal(k, d, seed=1)[labels] + normal(k * rows, d, seed=2)).astype(np.float32)
    settings: dict[str, Any] = {
        "n_components": k,
        "init_params": lambda *_: labels,
        "max_iter": max_iter,
        "tol": 0,
    }
    single = GaussianMixture(**settings).fit(X)
    double = GaussianMixture(**settings).fit(X.astype(np.float64))
    assert single.score(X) == pytest.approx(double.score(X.astype(np.float64)), rel=1e-4)
    assert single.lower_bounds_ == pytest.approx(double.lower_bounds_, rel=1e-4)


def test_float32_tied_covariances_of_fewer_rows_than_features() -> None:
    X = normal(10, 12, seed=1).astype(np.float32)
    settings: dict[str, Any] = {"covariance_type": "tied", "random_state": 0, "tol": 0}
    single = GaussianMixture(2, max_iter=3, **settings).fit(X)
    double = GaussianMixture(2, max_iter=3, **settings).fit(X.astype(np.float64))
    assert single.lower_bounds_ == pytest.approx(double.lower_bounds_, rel=1e-4)


@pytest.mark.parametrize("times", [1, 30])
@pytest.mark.parametrize("repeated", [False, True])
def test_float32_few_rows_that_count_often(times: int, repeated: bool) -> None:
    """By weights, or by being there again and again."""
    d = 20
    labels = np.r_[np.zeros(d, int), np.repeat([1, 2], 160)]
    X = (20 * normal(3, d, seed=1)[labels] + normal(len(labels), d, seed=2)).astype(np.float32)
    weights = np.where(labels == 0, times, 1)
    start = np.repeat(labels, weights) if repeated else labels
    settings: dict[str, Any] = {
        "n_components": 3,
        "init_params": lambda *_: start,
        "max_iter": 8,
        "tol": 0,
        "reg_covar": 3e-6,
    }
    rows = np.repeat(X, weights, axis=0) if repeated else X
    sample_weight = None if repeated else weights
    single = GaussianMixture(**settings).fit(rows, sample_weight=sample_weight)
    double = GaussianMixture(**settings).fit(rows.astype(np.float64), sample_weight=sample_weight)
    few = X[:d]
    assert single.score(few) == pytest.approx(double.score(few.astype(np.float64)), abs=1e-4)


def test_float32_start_that_takes_a_component_for_larger_than_it_is() -> None:
    d = 6
    labels = np.r_[np.zeros(4, int), np.repeat(np.arange(1, 10), 200)]
    X = (20 * normal(10, d, seed=1)[labels] + normal(len(labels), d, seed=2)).astype(np.float32)
    settings: dict[str, Any] = {
        "n_components": 10,
        "weights_init": np.full(10, 0.1),
        "means_init": [X[labels == j].mean(axis=0) for j in range(10)],
        "precisions_init": np.tile(np.eye(d), (10, 1, 1)),
        "max_iter": 1,
        "tol": 0,
    }
    single = GaussianMixture(**settings).fit(X)
    double = GaussianMixture(**settings).fit(X.astype(np.float64))
    few = X[:4]
    assert single.score(few) == pytest.approx(double.score(few.astype(np.float64)), rel=1e-4)


@pytest.mark.parametrize("degenerate", ["repair", "raise"])
@pytest.mark.parametrize("covariance_type", ["full", "tied"])
@pytest.mark.parametrize(("scale", "reg_covar"), [(1.0, 0.0), (100.0, 1e-6)])
def test_float32_rows_that_are_nearly_dependent(
    covariance_type: str, scale: float, reg_covar: float, degenerate: str
) -> None:
    """Sums of float32 lose the smallest variance, and what is repaired then stays so."""
    for seed in range(6):
        X = normal(600, 7, seed=seed)
        X[:, 1] = X[:, 0] + 1e-4 * normal(600, seed=seed + 100)
        X[300:] += 10
        single = (scale * X).astype(np.float32)
        bounds = []
        for rows in (single, single.astype(np.float64)):
            mixture = GaussianMixture(
                2,
                covariance_type=covariance_type,
                reg_covar=reg_covar,
                degenerate=degenerate,
                random_state=0,
            ).fit(rows)
            assert not mixture.fit_report_.repairs
            bounds.append(mixture.lower_bound_)
        assert abs(bounds[0] - bounds[1]) < 1e-3 * max(1, abs(bounds[1]))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_means_of_a_start_far_away(dtype: type) -> None:
    """First moments about a place a million deviations off, in one pass."""
    X = normal(3000, 8).astype(dtype)
    means = (1e6 + normal(4, 8, seed=1)).astype(dtype)
    mixture = GaussianMixture(
        4,
        covariance_type="tied",
        weights_init=np.full(4, 0.25, dtype),
        means_init=means,
        precisions_init=np.eye(8, dtype=dtype),
        max_iter=1,
        reg_covar=0,
    ).fit(X)
    total = X.astype(float)
    assert np.allclose(mixture.weights_ @ mixture.means_, total.mean(axis=0), atol=1e-6)
    within = mixture.covariances_ + np.cov(
        mixture.means_.astype(float).T, aweights=mixture.weights_.astype(float), bias=True
    )
    assert relative_error(within, np.cov(total.T, bias=True)) < 1e-6


@pytest.mark.parametrize("exponent", [18, 20, 22, 24])
def test_an_outlier_without_weight_at_the_beginning(exponent: int) -> None:
    """A first row that is as good as not there, as the place about which a block is summed."""
    X = normal(2000, 8)
    X[0] = 10.0**exponent
    weights = np.ones(len(X))
    weights[0] = 1e-300
    fits = []
    for rows, sample_weight in ((X, weights), (X[1:], None)):
        mixture = GaussianMixture(max_iter=2, **start(X[1:], 4, "tied"))
        fits.append(mixture.fit(rows, sample_weight=sample_weight))
    assert relative_error(fits[0].covariances_, fits[1].covariances_) < 1e-12


def test_a_row_whose_weight_vanishes(covariance_type: str) -> None:
    """Zero times a log-density of minus infinity."""
    X = normal(500, 2)
    X[0] = 1e200
    sample_weight = np.full(500, 1e200)
    sample_weight[0] = 1e-200
    mixture = GaussianMixture(2, covariance_type=covariance_type, random_state=0)
    assert np.isfinite(mixture.fit(X, sample_weight=sample_weight).lower_bound_)


@pytest.mark.parametrize("scale", [1e160, 1e200, 1e300])
def test_variances_that_overflow(scale: float) -> None:
    X = normal(500, 2)
    X[250:] += 5
    with pytest.raises(ValueError, match="variances of X are too large"):
        GaussianMixture(2, random_state=0).fit(scale * X)


@pytest.mark.parametrize("scale", [1e-23, 1e-20, 1e17])
def test_float32_rows_at_the_ends_of_its_range(covariance_type: str, scale: float) -> None:
    """Squares that vanish or overflow."""
    X = (load("blobs") * scale).astype(np.float32)
    settings: dict[str, Any] = {"covariance_type": covariance_type, "random_state": 0}
    single, double = (
        GaussianMixture(3, reg_covar=0, **settings).fit(rows) for rows in (X, X.astype(float))
    )
    assert not single.fit_report_.repairs
    assert abs(single.lower_bound_ - double.lower_bound_) < 0.01


@pytest.mark.parametrize("scale", [1e-42, 1e20, 1e30])
def test_float32_parameters_that_do_not_fit(covariance_type: str, scale: float) -> None:
    X = (load("blobs") * scale).astype(np.float32)
    mixture = GaussianMixture(3, covariance_type=covariance_type, reg_covar=0, random_state=0)
    with pytest.raises(ValueError, match="scale the input data"):
        mixture.fit(X)


@pytest.mark.parametrize("scale", [1e-38, 1e18])
def test_float32_parameters_that_just_fit(covariance_type: str, scale: float) -> None:
    X = (load("blobs") * scale).astype(np.float32)
    mixture = GaussianMixture(3, covariance_type=covariance_type, reg_covar=0, random_state=0)
    scores = mixture.fit(X).score_samples(X)
    assert np.isfinite(scores).all()
    assert pickle.loads(pickle.dumps(mixture)).score_samples(X).tobytes() == scores.tobytes()


def test_float32_components_that_are_singular_in_float64_too() -> None:
    """A feature that does not vary: sums in float64 do not help."""
    X = normal(500, 3).astype(np.float32)
    X[:, 2] = 1
    settings = {"covariance_type": "diag", "reg_covar": 0, "random_state": 0, "tol": 0}
    mixture = GaussianMixture(2, max_iter=5, **settings).fit(X)
    wide = GaussianMixture(2, max_iter=5, **settings).fit(X.astype(float))
    assert abs(mixture.lower_bound_ - wide.lower_bound_) < 1e-4
    assert {repair.component for repair in mixture.fit_report_.repairs} == {0, 1}


def exact_covariance(X: Floats) -> Floats:
    """Of maximum likelihood, in the 80 bits of long double, about a row that is near."""
    centred = X.astype(np.longdouble) - X[0].astype(np.longdouble)
    centred -= centred.mean(axis=0)
    return (centred.T @ centred / len(X)).astype(float)


@pytest.mark.parametrize(
    "n_samples", [1_000, 50_000, pytest.param(1_000_000, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("offset", [1e8, 1e9])
def test_no_digit_is_lost_far_from_zero(n_samples: int, offset: float) -> None:
    X = np.random.RandomState(0).standard_normal((n_samples, 3)) + offset
    mixture = GaussianMixture(1, reg_covar=0, max_iter=1, tol=0, n_jobs=2).fit(X)
    assert relative_error(mixture.covariances_[0], exact_covariance(X)) < 1e-13


def test_no_digit_is_lost_between_clusters_far_apart() -> None:
    rng = np.random.RandomState(0)
    labels = rng.randint(2, size=20_000)
    X = rng.standard_normal((20_000, 3)) + 1e9 * labels[:, np.newaxis]
    mixture = GaussianMixture(
        2, reg_covar=0, max_iter=1, tol=0, init_params=lambda *_: labels, n_jobs=2
    ).fit(X)
    for j in (0, 1):
        expected = exact_covariance(X[labels == j])
        assert relative_error(mixture.covariances_[j], expected) < 1e-13
