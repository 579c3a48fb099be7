"""What holds for every fit and every mixture, on random data from hypothesis."""

import exact
import numpy as np
import pytest
from compare import assert_close, relative_error
from data import COVARIANCE_TYPES, Floats
from gaussmix import GaussianMixture
from hypothesis import given
from hypothesis import strategies as st
from problems import SEEDS, Problem, problems, rng

pytestmark = [
    pytest.mark.arithmetic,
    pytest.mark.filterwarnings("ignore:Best performing initialization did not converge"),
]


@given(problems())
def test_log_likelihood_never_falls(problem: Problem) -> None:
    mixture = problem.fit(problem.X, condition=1e6, max_iter=50)
    bounds = np.append(mixture.lower_bounds_, mixture.score(problem.X))
    assert (np.diff(bounds) >= -1e-10 * np.maximum(1, np.abs(bounds[1:]))).all()


@given(problems())
def test_weights_and_responsibilities_sum_to_1(problem: Problem) -> None:
    mixture = problem.fit(problem.X)
    far_away = 1e6 * problem.rng.standard_normal(problem.X.shape)
    for X in (problem.X, far_away):
        responsibilities = mixture.predict_proba(X)
        assert (responsibilities >= 0).all()
        assert np.abs(responsibilities.sum(axis=1) - 1).max() < 1e-14
    assert (mixture.weights_ >= 0).all()
    assert abs(mixture.weights_.sum() - 1) < 1e-14


@given(problems(["full"]))
def test_affine_equivariance(problem: Problem) -> None:
    d = problem.X.shape[1]
    left, right = (np.linalg.qr(problem.rng.standard_normal((d, d)))[0] for _ in range(2))
    A = left * problem.rng.uniform(0.5, 2, d) @ right
    b = problem.rng.normal(0, 3, d)
    inverse = np.linalg.inv(A)
    mapped_start = {
        "means_init": problem.settings["means_init"] @ A.T + b,
        "precisions_init": inverse.T @ problem.settings["precisions_init"] @ inverse,
    }
    original = problem.fit(problem.X)
    mapped = problem.fit(problem.X @ A.T + b, **mapped_start)
    for actual, expected in [
        (mapped.weights_, original.weights_),
        (mapped.means_, original.means_ @ A.T + b),
        (mapped.covariances_, A @ original.covariances_ @ A.T),
        (mapped.precisions_, inverse.T @ original.precisions_ @ inverse),
        (mapped.lower_bounds_, original.lower_bounds_ - np.log(abs(np.linalg.det(A)))),
    ]:
        assert relative_error(actual, expected) < 1e-9


@given(problems())
def test_order_of_rows_does_not_matter(problem: Problem) -> None:
    order = problem.rng.permutation(len(problem.X))
    assert_close(problem.fit(problem.X[order]), problem.fit(problem.X), problem.X, 1e-10)


@st.composite
def mixtures(draw: st.DrawFn) -> tuple[str, dict[str, Floats], Floats]:
    """A covariance type, parameters with condition numbers up to 1e9, and a few rows."""
    random = rng(draw(SEEDS))
    k, d = draw(st.integers(1, 3)), draw(st.integers(1, 6))
    scales = np.geomspace(1, 10 ** draw(st.floats(0, 4.5)), d) * random.uniform(0.5, 2, (k, 1))
    axes = np.linalg.qr(random.standard_normal((k, d, d)))[0]
    roots = axes * scales[:, np.newaxis]
    matrices = roots @ np.swapaxes(roots, 1, 2)
    covariance_type = draw(st.sampled_from(COVARIANCE_TYPES))
    parameters = {
        "weights": random.dirichlet(np.ones(k)),
        "means": draw(st.sampled_from([0, 1e8])) + random.normal(0, 3, (k, d)),
        "covariances": {
            "full": (matrices + np.swapaxes(matrices, 1, 2)) / 2,
            "tied": (matrices[0] + matrices[0].T) / 2,
            "diag": scales**2,
            "spherical": scales[:, 0],
        }[covariance_type],
    }
    rows = parameters["means"][random.randint(k, size=6)]
    deviations = random.standard_normal((6, d)) * [[1], [1], [1], [1], [100], [1e4]]
    return covariance_type, parameters, rows + deviations


def as_full(covariances: Floats, covariance_type: str, k: int, d: int) -> Floats:
    """These covariances as k matrices of d x d."""
    if covariance_type == "diag":
        return np.array([np.diag(variances) for variances in covariances])
    if covariance_type == "spherical":
        return covariances[:, np.newaxis, np.newaxis] * np.eye(d)
    return np.broadcast_to(covariances, (k, d, d))


@given(mixtures())
def test_log_densities_against_50_digits(mixture: tuple[str, dict[str, Floats], Floats]) -> None:
    covariance_type, parameters, X = mixture
    full = as_full(parameters["covariances"], covariance_type, *parameters["means"].shape)
    truth = exact.score_samples(
        parameters["weights"], parameters["means"], full, X, eps=np.finfo(float).eps
    )
    ours = GaussianMixture.from_parameters(**parameters, covariance_type=covariance_type)
    assert (np.abs(ours.score_samples(X) - truth.log_density) <= truth.bound).all()
