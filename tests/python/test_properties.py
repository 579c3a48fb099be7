"""What holds for every fit and every mixture, on random data from hypothesis."""

from dataclasses import dataclass
from typing import Any

import exact
import numpy as np
import pytest
from compare import assert_close, assert_same_bits, relative_error, spectra
from data import COVARIANCE_TYPES, Floats, load, sample_mixture, start
from gaussmix import GaussianMixture
from hypothesis import assume, given
from hypothesis import strategies as st

pytestmark = pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")

SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Problem:
    """Rows, and the settings of plain EM iterations on them from a whole start."""

    X: Floats
    settings: dict[str, Any]
    rng: np.random.RandomState

    def fit(
        self,
        X: Floats,
        sample_weight: Floats | None = None,
        condition: float = 1e4,
        **changes: Any,
    ) -> Any:
        """The fit, provided that it is well-posed.

        That is: nothing was repaired, and no component is `condition` times narrower than the data.
        """
        mixture = GaussianMixture(**self.settings | changes).fit(X, sample_weight=sample_weight)
        assume(not mixture.fit_report_.repairs)
        assume(X.var(axis=0).max() < condition * spectra(mixture).min())
        return mixture


@st.composite
def problems(draw: st.DrawFn, covariance_types: Any = COVARIANCE_TYPES) -> Problem:
    """A mixture's rows, as they are or rounded until many are equal, and no mean near 0."""
    seed = draw(SEEDS)
    n_components, n_features = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    n_samples = draw(st.integers(10 * n_components * n_features, 400))
    X = sample_mixture(n_samples, n_features, draw(st.integers(1, 5)), seed)
    X = 100 + X.round(draw(st.sampled_from([1, 16])))
    assume((X.var(axis=0) > 1e-3).all())
    assume(len(np.unique(X, axis=0)) >= n_components)
    settings = start(X, n_components, draw(st.sampled_from(covariance_types)), seed)
    return Problem(X, settings | {"reg_covar": 0, "tol": 0, "max_iter": 5}, rng(seed))


def rng(seed: int) -> np.random.RandomState:
    return np.random.RandomState(seed ^ 1)


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


@given(problems())
def test_integer_weights_are_repetition(problem: Problem) -> None:
    weights = problem.rng.randint(0, 4, len(problem.X))
    repeated = np.repeat(problem.X, weights, axis=0)
    assume(len(repeated) > len(problem.X))
    weighted = problem.fit(problem.X, sample_weight=weights)
    plain = problem.fit(repeated)
    assert_close(weighted, plain, problem.X, 1e-10)
    for name in ("score", "bic", "aic"):
        ours = getattr(weighted, name)(problem.X, sample_weight=weights)
        assert relative_error(ours, getattr(plain, name)(repeated)) < 1e-10


@pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random", "random_from_data"])
def test_weight_0_is_removal(covariance_type: str, init_params: str) -> None:
    X = load("digits")
    weights = np.random.RandomState(0).choice([0.0, 0.5, 1.0, 3.0], len(X))
    mixture = GaussianMixture(
        3, covariance_type=covariance_type, init_params=init_params, random_state=0, max_iter=5
    )
    weighted = mixture.fit(X, sample_weight=weights)
    kept = weights > 0
    removed = GaussianMixture(**mixture.get_params()).fit(X[kept], sample_weight=weights[kept])
    assert_same_bits(weighted, removed, X)


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
