"""The gradient of the log-density, and its maxima."""

import numpy as np
import pytest
from gaussmix import GaussianMixture
from gaussmix._types import COVARIANCE_TYPES
from hypothesis import given, settings
from hypothesis import strategies as st
from mixtures import fitted, line, log_density, made, matrices
from scipy.optimize import minimize

pytestmark = pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")

TYPES = COVARIANCE_TYPES[:18]

# The gradient


@pytest.mark.parametrize("covariance_type", TYPES)
def test_gradient_is_that_of_finite_differences(covariance_type: str) -> None:
    """Of SciPy's density, with an error of h^4."""
    model = fitted(covariance_type)
    X = np.random.default_rng(0).normal(0, 3, (12, 4))
    h = 3e-4
    expected = np.zeros_like(X)
    for i, e in enumerate(np.eye(4)):
        a, b, c, d = (
            log_density(model.weights_, model.means_, matrices(model), X + s * h * e)
            for s in (-2, -1, 1, 2)
        )
        expected[:, i] = (a - 8 * b + 8 * c - d) / (12 * h)
    np.testing.assert_allclose(model.score_gradient(X), expected, rtol=1e-8, atol=1e-8)


def test_gradient_of_one_gaussian_far_away() -> None:
    """Where the density is zero in double precision, its logarithm is not."""
    S = np.array([[2.0, 0.5], [0.5, 1.0]])
    model = GaussianMixture.from_parameters([1.0], [[1.0, 2.0]], [S])
    x = np.array([1e6, -1e7])
    np.testing.assert_allclose(
        model.score_gradient([x])[0], np.linalg.solve(S, [1.0, 2.0] - x), rtol=1e-12
    )


def test_gradient_of_many_rows_and_far_from_zero() -> None:
    model = made(4, 3, n_jobs=2)
    X = (model.sample(100_000)[0] * 64).round() / 64
    gradient = model.score_gradient(X)
    for i in (0, 1, 50_000, 99_999):
        np.testing.assert_allclose(gradient[i], model.score_gradient(X[i : i + 1])[0], rtol=1e-12)
    moved = GaussianMixture.from_parameters(
        model.weights_, (model.means_ * 64).round() / 64 + 2.0**30, model.covariances_
    )
    near = GaussianMixture.from_parameters(
        model.weights_, (model.means_ * 64).round() / 64, model.covariances_
    )
    np.testing.assert_allclose(
        moved.score_gradient(X[:50] + 2.0**30), near.score_gradient(X[:50]), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical", "VEE"])
def test_float32_is_near_float64(covariance_type: str) -> None:
    X = np.random.default_rng(0).normal(0, 3, (12, 4)).astype(np.float32)
    single, double = fitted(covariance_type, np.float32), fitted(covariance_type)
    assert single.score_gradient(X).dtype == np.float32
    np.testing.assert_allclose(
        single.score_gradient(X), double.score_gradient(X), rtol=1e-2, atol=1e-2
    )
    assert single.modes().points.dtype == single.modes().log_density.dtype == np.float32
    np.testing.assert_allclose(single.modes().points, double.modes().points, rtol=1e-3, atol=1e-3)


# Modes


@pytest.mark.parametrize("distance", [0.0, 1.0, 1.9, 1.999, 2.001, 2.1, 3.0, 10.0])
def test_two_equal_gaussians_have_two_modes_beyond_two_deviations(distance: float) -> None:
    """Cohen (1956): a mixture of two with equal weights is bimodal just then."""
    modes = line([0.5, 0.5], [7.0, 7.0 + distance], [1.0, 1.0]).modes()
    assert len(modes) == (2 if distance > 2 else 1)
    if distance > 2:
        np.testing.assert_allclose(modes.points.sum(), 14.0 + distance)
        assert sorted(modes.labels) == [0, 1]
    else:
        np.testing.assert_allclose(modes.points, [[7.0 + distance / 2]], atol=1e-6)
        np.testing.assert_array_equal(modes.labels, [0, 0])


LINES = st.lists(
    st.tuples(st.floats(0.1, 1), st.integers(-20, 20), st.floats(0.5, 3)), min_size=1, max_size=5
)


@settings(max_examples=30)
@given(LINES)
def test_modes_on_a_line_are_the_maxima_of_a_grid(
    components: list[tuple[float, float, float]],
) -> None:
    weights, means, deviations = np.array(components).T
    model = line(weights / weights.sum(), means, deviations)
    grid = np.linspace(-24, 24, 9601)
    log_p = model.score_samples(grid[:, None])
    found = np.sort(model.modes().points[:, 0])
    for x in found:
        near = np.abs(grid - x) < 0.02
        assert log_p[near].max() <= model.score_samples([[x]])[0] + 1e-12
    inner = log_p[1:-1]
    peaks = grid[1:-1][(inner > log_p[:-2] + 1e-9) & (inner > log_p[2:] + 1e-9)]
    assert all(np.abs(found - peak).min() < 0.01 for peak in peaks)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_modes_are_maxima(covariance_type: str) -> None:
    """No optimiser of SciPy's finds a higher place near them, and the density is theirs."""
    model = fitted(covariance_type)
    modes = model.modes()
    assert 1 <= len(modes) <= 3
    assert set(modes.labels) == set(range(len(modes)))
    assert (np.diff(modes.log_density) <= 0).all()
    np.testing.assert_allclose(model.score_samples(modes.points), modes.log_density, rtol=1e-12)
    np.testing.assert_allclose(model.score_gradient(modes.points), 0.0, atol=1e-9)
    for point, height in zip(modes.points, modes.log_density, strict=True):
        for start in (point - 0.05, point + 0.05):
            result = minimize(
                lambda x: -model.score_samples([x])[0],
                start,
                jac=lambda x: -model.score_gradient([x])[0],
            )
            assert -result.fun <= height + 1e-9
            np.testing.assert_allclose(result.x, point, atol=1e-4)


def test_labels_are_where_the_fixed_point_iteration_ends() -> None:
    """Carreira-Perpinan 2000: x is the mean of the means by their precisions."""
    model = made(8, 2, seed=5)
    modes = model.modes()
    assert 1 < len(modes) < 8
    P = np.linalg.inv(model.covariances_)
    for mean, label in zip(model.means_, modes.labels, strict=True):
        x = mean
        for _ in range(500):
            weighted = model.predict_proba([x])[0][:, None, None] * P
            x = np.linalg.solve(
                weighted.sum(axis=0), np.einsum("kij,kj->i", weighted, model.means_)
            )
        np.testing.assert_allclose(x, modes.points[label], atol=1e-6)


def test_a_mean_on_a_saddle_climbs_on() -> None:
    """The gradient is zero between two equal components, and the density is not highest there."""
    modes = line([0.49, 0.49, 0.02], [-2.0, 2.0, 0.0], [1.0, 1.0, 1.0]).modes()
    np.testing.assert_allclose(np.sort(modes.points[:, 0]), [-1.98733342, 1.98733342], atol=1e-6)
    assert len(modes) == 2
    plane = GaussianMixture.from_parameters(
        [0.49, 0.49, 0.02], [[-2.0, 1.0], [2.0, 1.0], [0.0, 1.0]], [1.0, 1.0, 1.0], "spherical"
    )
    np.testing.assert_allclose(np.abs(plane.modes().points), [[1.98733342, 1.0]] * 2, atol=1e-6)


def test_crossing_components_have_a_mode_that_no_mean_leads_to() -> None:
    """What the docstring says: two components, three maxima."""
    model = GaussianMixture.from_parameters(
        [0.5, 0.5], [[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.05], [0.05, 1.0]], "diag"
    )
    modes = model.modes()
    np.testing.assert_allclose(np.sort(modes.points[:, 0]), [0.0, 1.0], atol=1e-2)
    third = minimize(lambda x: -model.score_samples([x])[0], [0.05, 0.05], tol=1e-10)
    assert np.linalg.norm(modes.points - third.x, axis=1).min() > 0.5


def test_scales_and_places_do_not_matter() -> None:
    model = made(5, 3, seed=8)
    scales, offset = np.array([1e-6, 1.0, 1e6]), np.array([1.0, 1e6, -1e12])
    moved = GaussianMixture.from_parameters(
        model.weights_,
        model.means_ * scales + offset,
        model.covariances_ * np.multiply.outer(scales, scales),
    )
    modes, other = model.modes(), moved.modes()
    np.testing.assert_array_equal(other.labels, modes.labels)
    np.testing.assert_allclose((other.points - offset) / scales, modes.points, atol=1e-4)


def test_weight_zero_has_no_mode_of_its_own() -> None:
    modes = line([0.0, 1.0], [5.0, 0.0], [1.0, 1.0]).modes()
    np.testing.assert_allclose(modes.points, [[0.0]], atol=1e-9)
    np.testing.assert_array_equal(modes.labels, [0, 0])
