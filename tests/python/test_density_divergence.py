"""The Kullback-Leibler divergence of two mixtures."""

from typing import Any

import numpy as np
import pytest
from gaussmix import GaussianMixture
from gaussmix._types import COVARIANCE_TYPES
from gaussmix.density.divergence import gaussian_divergences
from mixtures import Array, fitted, line, made, matrices
from scipy.integrate import quad
from scipy.optimize import minimize

pytestmark = pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")


def gaussian_kl(m: Array, S: Array, n: Array, T: Array) -> float:
    """The textbook's formula, with inverses."""
    inverse = np.linalg.inv(T)
    log_det = np.log(np.linalg.det(T) / np.linalg.det(S))
    return float(np.trace(inverse @ S) - len(m) + (n - m) @ inverse @ (n - m) + log_det) / 2


def all_pairs(p: GaussianMixture, q: GaussianMixture) -> Array:
    return np.array(
        [
            [gaussian_kl(m, S, n, T) for n, T in zip(q.means_, matrices(q), strict=True)]
            for m, S in zip(p.means_, matrices(p), strict=True)
        ]
    )


PAIRS = [
    (line([0.5, 0.5], [0, 1], [1, 1]), line([0.3, 0.7], [0.5, 2], [1, 2])),
    (line([0.2, 0.8], [0, 5], [1, 0.5]), line([0.6, 0.4], [0, 5], [1, 1])),
    (line([0.2, 0.3, 0.5], [0, 3, -3], [1, 2, 0.5]), line([1.0], [0], [3])),
    (line([1.0], [0], [1]), line([0.5, 0.5], [-1, 1], [1, 1])),
]


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_value_is_the_integral_within_its_error(p: GaussianMixture, q: GaussianMixture) -> None:
    def integrand(x: float) -> float:
        log_p, log_q = (m.score_samples([[x]])[0] for m in (p, q))
        return float(np.exp(log_p) * (log_p - log_q))

    exact = quad(integrand, -30, 30, epsabs=1e-12, limit=400)[0]
    found = p.set_params(random_state=0).kl(q)
    assert 0 < found.standard_error < 0.01
    assert found.value == pytest.approx(exact, abs=4 * found.standard_error)
    assert found.upper_bound >= exact - 1e-12


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES[:18])
def test_two_gaussians_have_a_closed_form(covariance_type: str) -> None:
    X = np.random.default_rng(0).normal(size=(60, 3)) @ np.array([[1, 1, 0], [0, 2, 1], [0, 0, 3]])
    p = GaussianMixture(1, covariance_type=covariance_type).fit(X)
    q = GaussianMixture(1).fit(X[:30] + 0.5)
    for one, other in ((p, q), (q, p)):
        found = one.kl(other)
        exact = gaussian_kl(one.means_[0], matrices(one)[0], other.means_[0], matrices(other)[0])
        assert found.value == pytest.approx(exact, rel=1e-11)
        assert (found.standard_error, found.variational) == (0.0, found.value)


def test_variational_approximation_is_the_papers() -> None:
    """Hershey, Olsen 2007, without logarithms of sums."""
    p, q = made(3, 2, seed=1), made(4, 2, seed=2)
    own, other = np.exp(-all_pairs(p, p)), np.exp(-all_pairs(p, q))
    expected = p.weights_ @ np.log((own @ p.weights_) / (other @ q.weights_))
    assert p.kl(q, n_samples=10).variational == pytest.approx(expected, rel=1e-12)


def test_upper_bound_is_the_least_of_all_splits() -> None:
    """By an optimiser over the splits of the weights, which knows nothing of the fixed point."""
    p, q = made(2, 2, seed=1), made(3, 2, seed=5)
    pairs = all_pairs(p, q)
    np.testing.assert_allclose(gaussian_divergences(p._model.mixture, q._model.mixture), pairs)

    def bound(theta: Array) -> float:
        phi, psi = np.exp(theta.reshape(2, 2, 3))
        phi *= p.weights_[:, None] / phi.sum(axis=1, keepdims=True)
        psi *= q.weights_ / psi.sum(axis=0)
        return float((phi * (np.log(phi / psi) + pairs)).sum())

    least = minimize(bound, np.zeros(12), tol=1e-12).fun
    assert p.kl(q, n_samples=10).upper_bound == pytest.approx(least, rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_upper_bound_is_above_the_divergence(seed: int) -> None:
    p, q = made(3, 3, seed=seed, random_state=0), made(3, 3, seed=seed + 10)
    found = p.kl(q)
    assert found.value - 4 * found.standard_error <= found.upper_bound
    assert found.upper_bound < all_pairs(p, q).max()


def test_divergence_of_a_mixture_from_itself_is_zero() -> None:
    model = fitted("full")
    found = model.kl(model.order_by("weight"))
    for value in (found.value, found.standard_error, found.variational, found.upper_bound):
        assert value == pytest.approx(0.0, abs=1e-9)


def test_standard_error_is_the_spread_of_estimates() -> None:
    p, q = made(3, 2, seed=1, random_state=np.random.default_rng(0)), made(2, 2, seed=2)
    found = [p.kl(q, n_samples=200) for _ in range(100)]
    spread = np.std([f.value for f in found])
    assert np.mean([f.standard_error for f in found]) == pytest.approx(spread, rel=0.2)


def test_mixtures_far_apart_are_compared() -> None:
    p, q = line([0.5, 0.5], [0, 1], [1, 1], random_state=0), line([1.0, 0.0], [1e4, 0], [1, 1])
    found = p.kl(q)
    mean = 0.5 * (0.5 * 1e8 + 0.5 * 9999.0**2)
    assert found.value == pytest.approx(mean, rel=1e-3)
    assert found.variational == pytest.approx(mean, rel=1e-3)
    assert found.value <= found.upper_bound + 4 * found.standard_error


def test_float32_and_weights_of_zero() -> None:
    single, double = fitted("full", np.float32), fitted("diag")
    one, two = single.kl(double), fitted("full").kl(double)
    assert one.value == pytest.approx(two.value, rel=0.05)
    p = line([0.0, 1.0], [0, 1], [1, 1])
    assert p.kl(line([1.0, 0.0], [2, 9], [1, 1])).upper_bound == pytest.approx(0.5)
    assert line([0.0, 1.0], [0, 1], [1, 1]).kl(p).variational == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("other", "error", "message"),
    [
        ("q", TypeError, "other should be a GaussianMixture, but got 'q'"),
        (made(2, 3), ValueError, "other should be of the same 2 features, but has 3"),
        (
            made(2, 2, feature_names=["a", "c"]),
            ValueError,
            r"other should have the features \['a', 'b'\], but has \['a', 'c'\]",
        ),
    ],
)
def test_what_cannot_be_compared_is_an_error(
    other: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        made(2, 2, feature_names=["a", "b"]).kl(other)


def test_wrong_numbers_of_samples_are_errors() -> None:
    for n in (1, 2.5, True):
        with pytest.raises(ValueError, match="n_samples should be an int of at least 2, but got"):
            made(2, 2).kl(made(2, 2), n_samples=n)
