"""Fits whose E-steps drop small responsibilities."""

import math
from pathlib import Path
from typing import Any

import gaussmix
import numpy as np
import pytest
from compare import assert_same_bits
from data import Floats
from gaussmix import GaussianMixture, fit_many
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture as Peer

pytestmark = pytest.mark.usefixtures("unfinished_fits_are_quiet")

TYPES = ("full", "tied", "diag", "spherical")


def model_of(n_components: int, truncation: float, **parameters: Any) -> GaussianMixture:
    defaults: dict[str, Any] = {"random_state": 0, "max_iter": 30, "tol": 0, "reg_covar": 1e-6}
    return GaussianMixture(n_components, truncation=truncation, **defaults | parameters)


def rows_of(n: int, d: int, k: int, scale: float = 1.0, seed: int = 0) -> Floats:
    """Clusters that overlap."""
    rng = np.random.default_rng(seed)
    return rng.normal(scale * rng.normal(size=(k, d))[rng.integers(0, k, n)], 1.0)


def log_densities(model: Any, X: Floats) -> tuple[Floats, Floats]:
    """Of each row and component, without weights; and of each row under the mixture."""
    k, d = model.means_.shape
    covariances = {
        "full": lambda: list(model.covariances_),
        "tied": lambda: [model.covariances_] * k,
        "diag": lambda: [np.diag(row) for row in model.covariances_],
        "spherical": lambda: [np.eye(d) * number for number in model.covariances_],
    }[model.covariance_type]()
    of_components = np.column_stack(
        [
            multivariate_normal(mean, covariance).logpdf(X)
            for mean, covariance in zip(model.means_, covariances, strict=True)
        ]
    )
    return of_components, logsumexp(of_components + np.log(model.weights_), axis=1)


def truncated(model: Any, X: Floats, truncation: float) -> tuple[Floats, Floats]:
    """The responsibilities that are left, and the rows' log-densities by these components."""
    of_components, of_mixture = log_densities(model, X)
    kept = of_components > of_mixture[:, None] + math.log(truncation)
    joint = np.where(kept, of_components + np.log(model.weights_), -np.inf)
    log_density = logsumexp(joint, axis=1)
    return np.exp(joint - log_density[:, None]), log_density


def m_step(responsibilities: Floats, X: Floats, weights: Floats, like: Any) -> Any:
    """The parameters of an M-step by scikit-learn's formulas."""
    model = Peer(len(like.weights_), covariance_type=like.covariance_type, reg_covar=1e-6)
    responsibilities = responsibilities * weights[:, None]
    total = responsibilities.sum(axis=0)
    means = responsibilities.T @ X / total[:, None]
    d = X.shape[1]
    scatters = [
        ((X - mean).T * column) @ (X - mean)
        for mean, column in zip(means, responsibilities.T, strict=True)
    ]
    eye = 1e-6 * np.eye(d)
    full = [scatter / number + eye for scatter, number in zip(scatters, total, strict=True)]
    model.covariances_ = {
        "full": lambda: np.array(full),
        "tied": lambda: sum(scatters) / total.sum() + eye,
        "diag": lambda: np.array([np.diag(covariance) for covariance in full]),
        "spherical": lambda: np.array([np.trace(covariance) / d for covariance in full]),
    }[like.covariance_type]()
    model.means_, model.weights_ = means, total / total.sum()
    return model


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("covariance_type", TYPES)
def test_iterations_are_those_of_the_formula(covariance_type: str, weighted: bool) -> None:
    X, truncation, k = rows_of(700, 9, 20), 0.01, 20
    weights = np.random.default_rng(3).uniform(0.5, 2.0, 700) if weighted else np.ones(700)
    first = GaussianMixture(
        k, covariance_type=covariance_type, max_iter=3, random_state=0, tol=0
    ).fit(X, sample_weight=weights)
    ours = model_of(
        k, truncation, covariance_type=covariance_type, max_iter=2, weights_init=first.weights_,
        means_init=first.means_, precisions_init=first.precisions_,
    ).fit(X, sample_weight=weights)  # fmt: skip

    left, log_density = truncated(first, X, truncation)
    assert 0.05 < (left > 0).mean() < 0.9
    second = m_step(left, X, weights, first)
    _, second_log_density = truncated(second, X, truncation)
    of_components, exact = log_densities(second, X)
    all_of_them = np.exp(of_components + np.log(second.weights_) - exact[:, None])
    last = m_step(all_of_them, X, weights, first)

    bounds = [np.average(values, weights=weights) for values in (log_density, second_log_density)]
    np.testing.assert_allclose(ours.lower_bounds_, bounds, rtol=1e-10)
    assert ours.lower_bound_ == ours.lower_bounds_[-1]
    np.testing.assert_allclose(
        ours.fit_report_.truncation_error,
        np.average(exact, weights=weights) - bounds[1],
        rtol=1e-6,
    )
    np.testing.assert_allclose(ours.weights_, last.weights_, rtol=1e-9)
    np.testing.assert_allclose(ours.means_, last.means_, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(ours.covariances_, last.covariances_, rtol=1e-8, atol=1e-9)


@given(
    truncation=st.floats(1e-12, 0.1),
    covariance_type=st.sampled_from(TYPES),
    dtype=st.sampled_from([np.float32, np.float64]),
    scale=st.floats(0.1, 6.0),
    seed=st.integers(0, 100),
)
@settings(max_examples=60)
def test_the_error_is_bounded_and_known(
    truncation: float, covariance_type: str, dtype: Any, scale: float, seed: int
) -> None:
    k, X = 8, rows_of(400, 3, 8, scale, seed).astype(dtype)
    first = GaussianMixture(
        k, covariance_type=covariance_type, max_iter=2, random_state=seed, tol=0
    ).fit(X)
    ours = model_of(
        k, truncation, covariance_type=covariance_type, max_iter=2, weights_init=first.weights_,
        means_init=first.means_, precisions_init=first.precisions_,
    ).fit(X)  # fmt: skip
    peer = Peer(k, covariance_type=covariance_type)
    peer.weights_, peer.means_ = first.weights_.astype(float), first.means_.astype(float)
    peer.precisions_cholesky_ = first.precisions_cholesky_.astype(float)
    rounding = 1e-4 if dtype == np.float32 else 1e-10
    exact = peer.score(X.astype(float))
    for error in (exact - ours.lower_bounds_[0], ours.fit_report_.truncation_error):
        assert -rounding <= error <= -math.log1p(-truncation) + rounding


@pytest.mark.parametrize("truncation", [0.1, 0.01])
def test_an_iteration_leaves_most_of_each_component(truncation: float) -> None:
    """A small component within a large one loses at most the share of its own weight."""
    rng = np.random.default_rng(0)
    X = rng.normal(0, np.where(np.arange(4000) % 10 == 0, 0.8, 1.0)[:, None], (4000, 2))
    first: Any = Peer(3, covariance_type="spherical")
    first.weights_ = np.array([0.9, 0.0999, 0.0001])
    first.means_, first.covariances_ = np.zeros((3, 2)), np.array([1.0, 0.64, 0.5])
    weights: list[Floats] = []
    for share in (0.0, truncation):
        model = model_of(
            3, share, covariance_type="fixed", weights_init=first.weights_, max_iter=2,
            means_init=first.means_, precisions_init=1 / first.covariances_,
            callback=lambda *_: True,
        ).fit(X)  # fmt: skip
        assert model.n_iter_ == 1
        weights.append(model.weights_)
    exact, ours = weights
    assert (truncated(first, X, truncation)[0] == 0).any()
    assert (ours != exact).any()
    assert (ours >= exact - truncation * first.weights_ - 1e-12).all()


def test_no_component_dies_of_it() -> None:
    X = rows_of(6000, 8, 60)
    exact, ours = (model_of(60, tau, max_iter=60).fit(X) for tau in (0.0, 0.01))
    assert ours.weights_.min() > 0.5 * exact.weights_.min()
    assert not ours.fit_report_.repairs
    assert abs(ours.score(X) - exact.score(X)) < 0.01


def test_of_a_truncation_that_drops_nothing_the_fit_is_the_exact_one() -> None:
    X = rows_of(2000, 3, 5, scale=4.0)
    exact, ours = (model_of(5, tau, max_iter=25).fit(X) for tau in (0.0, 1e-200))
    np.testing.assert_allclose(ours.means_, exact.means_, rtol=1e-10)
    np.testing.assert_allclose(ours.lower_bounds_, exact.lower_bounds_, rtol=1e-12)
    assert abs(ours.fit_report_.truncation_error) < 1e-12


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("covariance_type", TYPES)
def test_threads_do_not_change_a_bit(covariance_type: str, dtype: Any) -> None:
    X = rows_of(5000, 9, 24, scale=2.0).astype(dtype)
    one, two, five = (
        model_of(24, 0.003, covariance_type=covariance_type, n_jobs=n_jobs).fit(X)
        for n_jobs in (1, 2, 5)
    )
    assert_same_bits(one, two, X)
    assert_same_bits(one, five, X)
    assert one.fit_report_.truncation_error == five.fit_report_.truncation_error > 0


@pytest.mark.parametrize(
    "parameters",
    [
        {"noise": 0.1},
        {"acceleration": "squarem", "max_iter": 200},
        {"n_init": 3},
        {"n_init": "auto"},
        {"prior": "default"},
        {"covariance_type": "VEV"},
        {"tol": 1e-4, "max_iter": 400},
    ],
)
def test_goes_with_the_other_parameters(parameters: dict[str, Any]) -> None:
    X = rows_of(1500, 4, 6, scale=2.0)
    ours = model_of(6, 0.01, **parameters).fit(X)
    exact = model_of(6, 0.0, **parameters).fit(X)
    assert 0 < ours.fit_report_.truncation_error <= -math.log1p(-0.01)
    assert ours.n_iter_ == len(ours.lower_bounds_) <= ours.max_iter
    assert abs(ours.score(X) - exact.score(X)) < 0.02
    np.testing.assert_allclose(ours.predict_proba(X).sum(axis=1), 1)


def test_known_labels_hold() -> None:
    X = rows_of(600, 3, 3, scale=1.0)
    labels = np.full(600, -1)
    labels[:90] = np.arange(90) % 3
    ours = model_of(3, 0.05).fit(X, known_labels=labels)
    exact = model_of(3, 0.0).fit(X, known_labels=labels)
    assert 0 < ours.fit_report_.truncation_error <= -math.log1p(-0.05)
    assert abs(ours.score(X) - exact.score(X)) < 0.05


def test_max_iter_counts_the_exact_iteration() -> None:
    X = rows_of(300, 3, 4)
    none = model_of(4, 0.01, max_iter=0).fit(X)
    assert (none.n_iter_, none.fit_report_.truncation_error) == (0, 0)
    for n_init in (1, 8, "auto"):
        one, exact = (
            model_of(4, truncation, max_iter=1, n_init=n_init).fit(X) for truncation in (0.01, 0.0)
        )
        assert one.n_iter_ == 1
        assert_same_bits(one, exact, X)
        assert one.fit_report_ == exact.fit_report_
    assert model_of(4, 0.01, max_iter=7).fit(X).n_iter_ == 7


def test_a_callback_that_ends_the_fit_ends_it_at_once() -> None:
    X = rows_of(300, 3, 4)
    ours = model_of(4, 0.01, callback=lambda *call: call[0] == 3).fit(X)
    assert ours.n_iter_ == 3
    assert ours.fit_report_.truncation_error == pytest.approx(-math.log1p(-0.01))


def test_the_report_is_read_by_people_and_kept_in_files(tmp_path: Path) -> None:
    X = rows_of(300, 3, 4)
    ours = model_of(4, 0.01).fit(X)
    assert "truncation lowers the log-likelihood by " in str(ours.fit_report_)
    assert "truncation" not in str(model_of(4, 0.0).fit(X).fit_report_)
    ours.save(tmp_path / "model.safetensors")
    again = gaussmix.load(tmp_path / "model.safetensors")
    assert again.fit_report_.truncation_error == ours.fit_report_.truncation_error > 0


@pytest.mark.parametrize("scale", [1.0, 4.0])
@pytest.mark.parametrize(("n_iter", "n_init"), [(12, 1), (21, 1), (30, 1), (41, 1), (41, 3)])
def test_a_fit_goes_on_from_its_checkpoint(
    tmp_path: Path, n_iter: int, n_init: int, scale: float
) -> None:
    X = rows_of(3000, 4, 6, scale)
    path = tmp_path / "checkpoint"
    arguments: dict[str, Any] = {"checkpoint": path, "checkpoint_every": 5}
    settings: dict[str, Any] = {"max_iter": 41, "n_init": n_init, "tol": 1e-5}
    whole = model_of(6, 0.01, **settings).fit(X, **arguments)
    parts = model_of(6, 0.01, **settings | {"max_iter": n_iter}).fit(X, **arguments)
    parts.set_params(max_iter=41).fit(X, **arguments, resume=path)
    assert_same_bits(parts, whole, X)
    assert parts.fit_report_.truncation_error == whole.fit_report_.truncation_error
    with pytest.raises(ValueError, match="truncation"):
        model_of(6, 0.02, **settings).fit(X, **arguments, resume=path)


def test_many_tables() -> None:
    tables = [rows_of(300, 3, 4, seed=seed) for seed in range(3)]
    many = fit_many(tables, 4, truncation=0.01, max_iter=20, random_state=0)
    for estimator in many:
        assert 0 < estimator.fit_report_.truncation_error <= -math.log1p(-0.01)


@pytest.mark.parametrize("truncation", [-0.1, 0.11, math.nan, math.inf, True, "0.1", None])
def test_other_values_are_refused(truncation: Any) -> None:
    with pytest.raises(ValueError, match="The 'truncation' parameter of GaussianMixture must be"):
        GaussianMixture(2, truncation=truncation).fit(rows_of(30, 2, 2))


def test_batches_are_not_truncated() -> None:
    X = rows_of(50, 2, 2)
    with pytest.raises(ValueError, match=r"truncation=0\.01 is for rows in one array"):
        model_of(2, 0.01).fit_batches([X])
    with pytest.raises(ValueError, match=r"truncation=0\.01 is for rows in one array"):
        model_of(2, 0.01).partial_fit(X)
