"""Probabilities of boxes, and quantiles."""

import re
from typing import Any

import mpmath
import numpy as np
import pytest
from data import sample_mixture
from gaussmix import GaussianMixture
from gaussmix._types import COVARIANCE_TYPES
from gaussmix.density import normal
from hypothesis import given, settings
from hypothesis import strategies as st
from mixtures import fitted, line, made, matrices
from mpmath import mp, mpf
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

pytestmark = pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")

EPS = np.finfo(float).eps


def exact_tail(model: GaussianMixture, x: float, side: int = 1) -> mpf:
    """P(X <= x), or P(X >= x) for side -1, at 50 digits."""
    with mp.workdps(50):
        return mpmath.fsum(
            mpf(float(w))
            * mpmath.ncdf(side * (mpf(float(x)) - mpf(float(m))) / mpmath.sqrt(float(v)))
            for w, m, v in zip(model.weights_, model.means_[:, 0], model.covariances_, strict=True)
        )


# The normal distribution


def test_normal_probabilities_at_50_digits() -> None:
    z = np.concatenate([np.linspace(-37.5, 8, 400), [-0.0, 1e-300, -1e-8, 5.0, 15.0]])
    with mp.workdps(50):
        exact = np.array([float(mpmath.ncdf(mpf(float(x)))) for x in z])
    np.testing.assert_allclose(normal.cdf(z), exact, rtol=1e-15)
    np.testing.assert_array_equal(
        normal.cdf(np.array([-np.inf, -40.0, 40.0, np.inf])), [0, 0, 1, 1]
    )
    assert np.isnan(normal.cdf(np.array([np.nan])))


def test_normal_quantiles_at_50_digits() -> None:
    p = np.concatenate(
        [10.0 ** np.linspace(-307, -1, 200), np.linspace(0.05, 0.95, 90), [1 - 1e-9]]
    )
    z = normal.quantile(p)
    with mp.workdps(50):
        errors = [
            float((mpmath.ncdf(mpf(float(x))) - mpf(float(q))) / mpmath.npdf(mpf(float(x))))
            for x, q in zip(z, p, strict=True)
        ]
    np.testing.assert_array_less(np.abs(errors), 1e-15 * np.maximum(np.abs(z), 1.0))


def test_normal_intervals_are_precise_in_both_tails() -> None:
    low = np.array([-9.0, 8.0, -1.0, 30.0, -np.inf, 5.0, 6.0])
    high = np.array([-8.0, 9.0, 2.0, 30.5, -20.0, np.inf, 6.0])
    with mp.workdps(60):
        mirrored = [(-b, -a) if a > 0 else (a, b) for a, b in zip(low, high, strict=True)]
        exact = [float(mpmath.ncdf(b) - mpmath.ncdf(a)) for a, b in mirrored]
    np.testing.assert_allclose(normal.interval(low, high), exact, rtol=2e-15)


# One feature


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_cdf_is_the_integral_of_the_density(covariance_type: str) -> None:
    X = sample_mixture(200, 1, 3, seed=1)
    given = {"precisions_init": [1.0, 0.5, 2.0]} if covariance_type == "fixed" else {}
    model = GaussianMixture(3, covariance_type=covariance_type, random_state=0, **given).fit(X)
    points = np.sort(np.concatenate([X[::40, 0], [X.min() - 3, X.max() + 3]]))
    for x, found in zip(points, model.cdf(points[:, None]), strict=True):
        integral = quad(
            lambda t: np.exp(model.score_samples([[t]])[0]),
            *(X.min() - 40, x), points=[p for p in points if p < x], epsabs=1e-13, limit=500,
        )[0]  # fmt: skip
        assert found == pytest.approx(integral, abs=1e-10)


def test_cdf_at_50_digits() -> None:
    model = line([0.25, 0.5, 0.25], [-1.0, 0.0, 4.0], [0.5, 2.0, 0.25])
    x = np.linspace(-70, 12, 60)
    exact = [float(exact_tail(model, v)) for v in x]
    np.testing.assert_allclose(model.cdf(x[:, None]), exact, rtol=1e-13)
    values, errors = model.cdf([[-np.inf], [np.inf], [0.0]], return_error=True)
    np.testing.assert_array_equal(values[:2], [0.0, 1.0])
    np.testing.assert_array_equal(errors, 0.0)


def test_intervals_far_in_the_upper_tail() -> None:
    model = line([0.5, 0.5], [0.0, 1.0], [1.0, 1.0])
    (found,) = model.cdf([[31.0]], lower=[30.0])
    with mp.workdps(50):
        exact = exact_tail(model, 30.0, -1) - exact_tail(model, 31.0, -1)
    assert found == pytest.approx(float(exact), rel=1e-13)


# More features


@pytest.mark.parametrize("covariance_type", ["diag", "spherical", "EII", "EEI", "VEI", "EVI"])
def test_cdf_of_independent_features_is_exact(covariance_type: str) -> None:
    model = fitted(covariance_type)
    X = np.random.default_rng(0).normal(0, 4, (20, 4))
    S = np.sqrt(matrices(model).diagonal(axis1=1, axis2=2))
    factors = norm.cdf((X[:, None] - model.means_) / S)
    values, errors = model.cdf(X, return_error=True)
    np.testing.assert_allclose(values, factors.prod(axis=2) @ model.weights_, rtol=1e-12)
    np.testing.assert_array_equal(errors, 0.0)


@pytest.mark.parametrize(("d", "seed"), [(2, 0), (3, 1), (5, 2), (8, 3)])
def test_cdf_is_scipys_within_its_error(d: int, seed: int) -> None:
    model = made(2, d, seed=seed, random_state=0)
    X = 2 * np.random.default_rng(seed).standard_normal((12, d)) + 1
    values, errors = model.cdf(X, return_error=True, n_points=2048)
    scipys = sum(
        w * multivariate_normal(m, S, seed=0).cdf(X)  # to 1e-5
        for w, m, S in zip(model.weights_, model.means_, model.covariances_, strict=True)
    )
    assert errors.max() < {2: 1e-4, 3: 1e-3, 5: 2e-3, 8: 2e-3}[d]
    scaled = (values - scipys) / (errors + 1e-5)
    assert np.abs(scaled).max() < 5
    np.testing.assert_array_equal(model.cdf(X, n_points=2048), values)  # random_state is an int


def test_two_features_against_quadrature() -> None:
    """Given one feature, the other's probability is one of a normal distribution."""
    model = made(3, 2, seed=6, random_state=1)
    for x, y in ((0.0, 0.0), (-2.0, 1.0), (1.5, -1.0)):
        expected = 0.0
        for w, m, S in zip(model.weights_, model.means_, model.covariances_, strict=True):
            s = np.sqrt(S[0, 0])
            slope, left = S[0, 1] / S[0, 0], np.sqrt(S[1, 1] - S[0, 1] ** 2 / S[0, 0])
            expected += w * quad(
                lambda t, m=m, s=s, slope=slope, left=left: (
                    norm.pdf(t, m[0], s) * norm.cdf((y - m[1] - slope * (t - m[0])) / left)  # noqa: B023
                ),
                *(m[0] - 12 * s, x), epsabs=1e-13,
            )[0]  # fmt: skip
        (value,), (error,) = model.cdf([[x, y]], n_points=2**15, return_error=True)
        assert error < 1e-5
        assert value == pytest.approx(expected, abs=5 * error)


def test_error_is_the_spread_of_estimates() -> None:
    model = made(2, 3, random_state=np.random.default_rng(0))
    X = np.array([[1.0, 0.5, 1.5]])
    drawn = np.array([model.cdf(X, n_points=256, return_error=True) for _ in range(200)])[:, :, 0]
    assert np.sqrt((drawn[:, 1] ** 2).mean()) == pytest.approx(drawn[:, 0].std(), rel=0.2)
    finer = model.cdf(X, n_points=8192, return_error=True)[1]
    assert finer[0] < drawn[:, 1].mean() / 8  # less than 1 / sqrt(32), as plain Monte Carlo has


def test_boxes_add_up() -> None:
    model = made(3, 2, random_state=0)
    rng = np.random.default_rng(0)
    low, high = -rng.uniform(0, 3, (10, 2)), rng.uniform(0, 3, (10, 2))
    values, errors = model.cdf(high, lower=low, n_points=2**13, return_error=True)
    corners = [high, low, np.column_stack([low[:, 0], high[:, 1]]),
               np.column_stack([high[:, 0], low[:, 1]])]  # fmt: skip
    a, b, c, d = (model.cdf(corner, n_points=2**13) for corner in corners)
    np.testing.assert_allclose(values, a + b - c - d, atol=1e-5)
    assert errors.max() < 1e-5
    np.testing.assert_array_equal(model.cdf(high, lower=-np.inf), model.cdf(high))


def test_boxes_far_in_a_tail_are_relatively_precise() -> None:
    """Independent features, but stored as any matrix: as products they are exact."""
    variances = np.array([[1.0, 2.0, 0.5]])
    full = GaussianMixture.from_parameters(
        [1.0], np.zeros((1, 3)), [np.diag(variances[0])], random_state=0
    )
    diag = GaussianMixture.from_parameters([1.0], np.zeros((1, 3)), variances, "diag")
    low, high = np.array([[8.0, -30.0, 9.0]]), np.array([[np.inf, -25.0, 10.0]])
    np.testing.assert_allclose(
        full.cdf(high, lower=low), diag.cdf(high, lower=low), rtol=1e-12, atol=0
    )
    assert 0 < diag.cdf(high, lower=low)[0] < 1e-100


@pytest.mark.parametrize("covariance_type", ["full", "tied"])
def test_infinite_limits_leave_a_feature_out(covariance_type: str) -> None:
    model = fitted(covariance_type)
    whole = model.cdf([[np.inf] * 4, [-np.inf, 0, 0, 0]])
    np.testing.assert_allclose(whole, [1.0, 0.0], atol=1e-15)
    X = np.full((3, 4), np.inf)
    X[:, 2] = [-1.0, 0.5, 3.0]
    np.testing.assert_allclose(model.cdf(X), model.marginal(2).cdf(X[:, 2:3]), rtol=1e-12)


def test_float32() -> None:
    for covariance_type in ("full", "diag"):
        single, X = fitted(covariance_type, np.float32), np.zeros((2, 4), np.float32)
        values, errors = single.cdf(X, return_error=True)
        assert values.dtype == errors.dtype == np.float32
        np.testing.assert_allclose(values, fitted(covariance_type).cdf(X), atol=1e-3)
    one = single.marginal(0)
    assert one.quantile([0.1, 0.5]).dtype == np.float32
    assert one.cdf(np.array([[np.inf]], np.float32)) == 1


# Quantiles


MIXTURES = st.lists(
    st.tuples(st.floats(0.01, 1), st.floats(-1e3, 1e3), st.floats(1e-3, 1e3)),
    min_size=1,
    max_size=4,
)


def made_line(components: list[tuple[float, float, float]]) -> GaussianMixture:
    weights, means, deviations = np.array(components).T
    return line(weights / weights.sum(), means, deviations)


@settings(max_examples=30)
@given(MIXTURES, st.lists(st.floats(5e-300, 1 - EPS), min_size=1, max_size=4))
def test_quantile_is_the_inverse_of_the_cdf(components: Any, q: list[float]) -> None:
    """As near as neighbouring numbers x, means, or their probabilities, tell."""
    model = made_line(components)
    largest_mean = float(np.abs(model.means_).max())
    for x, p in zip(model.quantile(q), q, strict=True):
        side = 1 if p <= 0.5 else -1
        target = mpf(p) if side == 1 else 1 - mpf(p)
        near = x + np.array([-1, 1]) * side * 4 * np.spacing(max(abs(x), largest_mean, 1e-300))
        low, high = (exact_tail(model, v, side) for v in near)
        slack = mpf(16 * EPS)  # of the weights, which do not sum to 1 at 50 digits, too
        assert low * (1 - slack) <= target <= high * (1 + slack)


@pytest.mark.parametrize("q", [1e-300, 1e-200, 1e-30, 1e-5])
def test_quantiles_deep_in_the_tail(q: float) -> None:
    model = line([0.25, 0.75], [0.0, 5.0], [1.0, 2.0])
    x = model.quantile(q)
    assert float(exact_tail(model, x) / mpf(q)) == pytest.approx(1.0, rel=1e-12)
    mirrored = line([0.25, 0.75], [0.0, -5.0], [1.0, 2.0])
    upper = 1 - 2.0**-40
    assert mirrored.quantile(upper) == pytest.approx(-model.quantile(2.0**-40), rel=1e-15)


def test_quantiles_of_the_ends_and_between_components() -> None:
    model = line([0.5, 0.5], [-1e6, 1e6], [1.0, 1e-3])
    np.testing.assert_array_equal(model.quantile([0, 1]), [-np.inf, np.inf])
    assert model.quantile(0.25) == -1e6
    assert model.quantile(0.75) == 1e6
    assert -1e6 < model.quantile(0.5) < 1e6
    assert line([1.0], [3.0], [2.0]).quantile(0.5) == 3.0
    rare = line([1e-12, 1 - 1e-12], [-1e3, 0.0], [1.0, 1.0])
    assert rare.quantile(5e-13) == pytest.approx(-1e3)


def test_quantile_has_the_shape_of_q() -> None:
    model = line([0.5, 0.5], [0.0, 1.0], [1.0, 1.0])
    q = np.linspace(0, 1, 6).reshape(3, 2)
    assert model.quantile(q).shape == (3, 2)
    assert isinstance(model.quantile(0.5), float)
    assert model.quantile([]).shape == (0,)
    many = np.random.default_rng(0).uniform(size=30_000)
    np.testing.assert_allclose(model.cdf(model.quantile(many)[:, None]), many, rtol=1e-13)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES[:18])
def test_quantiles_of_marginals(covariance_type: str) -> None:
    model = fitted(covariance_type)
    part = model.marginal(2)
    x = part.quantile([0.1, 0.9])
    np.testing.assert_allclose(part.cdf(x[:, None]), [0.1, 0.9], rtol=1e-13)


def test_wrong_arguments_are_errors() -> None:
    model = made(2, 2)
    with pytest.raises(ValueError, match="quantile is for one feature, and the mixture has 2"):
        model.quantile(0.5)
    one = model.marginal(0)
    for q in (-0.1, 1.5, np.nan):
        with pytest.raises(ValueError, match=re.escape(f"q should be from 0 to 1, but got {q}")):
            one.quantile([0.5, q])
    with pytest.raises(ValueError, match="Input X contains NaN: a limit may be infinite"):
        model.cdf([[0.0, np.nan]])
    with pytest.raises(ValueError, match="Input lower contains NaN"):
        model.cdf([[0.0, 0.0]], lower=np.nan)
    with pytest.raises(ValueError, match=re.escape("lower[1, 0] is 1.0 and X[1, 0] is 0.0")):
        model.cdf([[2.0, 0.0], [0.0, 0.0]], lower=[1.0, 0.0])
    with pytest.raises(ValueError, match=re.escape("lower should have the shape of X, (1, 2)")):
        model.cdf([[0.0, 0.0]], lower=[0.0, 0.0, 0.0])
    with pytest.raises(ValueError, match="X has 1 features, but GaussianMixture is expecting 2"):
        model.cdf([[0.0]])
    with pytest.raises(ValueError, match="n_points should be an int of at least 8, but got 1"):
        model.cdf([[0.0, 0.0]], n_points=1)
    with pytest.raises(ValueError, match="Found array with 0 sample"):
        model.cdf(np.empty((0, 2)))
