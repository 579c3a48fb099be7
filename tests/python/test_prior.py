"""The conjugate prior: its M-step is that of the paper, and its objective never falls."""

import re
from pathlib import Path
from typing import Any

import gaussmix
import numpy as np
import pytest
from data import Floats, blobs, penguins
from gaussmix import GaussianMixture
from sklearn.base import clone
from sklearn.datasets import load_iris

Prior = dict[str, Any]


def labels_of(X: Floats, k: int, seed: int) -> Any:
    """Labels 0 to k - 1 of the rows, all of which occur."""
    labels = np.arange(len(X)) % k
    np.random.RandomState(seed).shuffle(labels)
    return labels.astype(np.int32)


def defaults(X: Floats, k: int, covariance_type: str) -> Prior:
    """What mclust's defaultPrior returns."""
    d = X.shape[1]
    covariance = np.cov(X, rowvar=False).reshape(d, d)
    if covariance_type in ("full", "tied"):
        scale = covariance if len(X) > d else np.diag(covariance.diagonal())
    else:
        scale = covariance.diagonal().mean()
    return {
        "shrinkage": 0.01,
        "mean": X.mean(axis=0),
        "dof": d + 2,
        "scale": scale / k ** (2 / d),
    }


def map_estimates(X: Floats, labels: Any, covariance_type: str, prior: Prior) -> tuple[Any, Any]:
    """Means and covariances as in the table of Fraley, Raftery (2007)."""
    n, d = X.shape
    k = labels.max() + 1
    kappa, nu = prior["shrinkage"], prior["dof"]
    counts = np.bincount(labels)
    own = np.array([X[labels == j].mean(axis=0) for j in range(k)])
    means = (counts[:, None] * own + kappa * prior["mean"]) / (counts[:, None] + kappa)
    scatters = np.zeros((k, d, d))
    for j in range(k):
        z, delta = X[labels == j] - own[j], own[j] - prior["mean"]
        scatters[j] = z.T @ z + kappa * counts[j] / (kappa + counts[j]) * np.outer(delta, delta)
    diagonals = scatters.diagonal(axis1=1, axis2=2)
    one = float(kappa > 0)  # a flat density of the mean has no determinant
    if covariance_type == "full":
        return means, (prior["scale"] + scatters) / (nu + d + 1 + one + counts)[:, None, None]
    if covariance_type == "tied":
        return means, (prior["scale"] + scatters.sum(axis=0)) / (nu + d + 1 + k * one + n)
    if covariance_type == "diag":
        return means, (prior["scale"] + diagonals) / (nu + 2 + one + counts)[:, None]
    return means, (prior["scale"] + diagonals.sum(axis=1)) / (nu + 2 + (counts + one) * d)


def first_m_step(X: Floats, labels: Any, covariance_type: str, prior: Any) -> GaussianMixture:
    return GaussianMixture(
        labels.max() + 1,
        covariance_type=covariance_type,
        prior=prior,
        reg_covar=0.0,
        max_iter=0,
        init_params=lambda *_: labels,
    ).fit(X)


@pytest.mark.parametrize("k", [1, 3])
def test_the_default_is_that_of_mclust(X: Floats, covariance_type: str, k: int) -> None:
    labels = labels_of(X, k, 0)
    mixture = first_m_step(X, labels, covariance_type, "default")
    expected = map_estimates(X, labels, covariance_type, defaults(X, k, covariance_type))
    np.testing.assert_allclose(mixture.means_, expected[0], rtol=1e-9, atol=1e-9)
    scale = np.abs(expected[1]).max()
    np.testing.assert_allclose(mixture.covariances_, expected[1], rtol=1e-9, atol=1e-12 * scale)
    np.testing.assert_allclose(mixture.weights_, np.bincount(labels) / len(X), rtol=1e-12)


@pytest.mark.parametrize("shrinkage", [0.0, 2.5, 1e12])
def test_what_a_dict_holds_is_taken(covariance_type: str, shrinkage: float) -> None:
    X = blobs()
    labels = labels_of(X, 3, 1)
    scale = {
        "full": np.diag([1.0, 2.0, 3.0]) + 0.5,
        "tied": np.diag([1.0, 2.0, 3.0]) - 0.25,
        "diag": [1.0, 2.0, 3.0],
        "spherical": 7,
    }[covariance_type]
    prior = {"shrinkage": shrinkage, "mean": [1.0, -2.0, 3.0], "dof": 11, "scale": scale}
    mixture = first_m_step(X, labels, covariance_type, prior)
    prior = prior | {"mean": np.array(prior["mean"]), "scale": np.asarray(scale)}
    expected = map_estimates(X, labels, covariance_type, prior)
    np.testing.assert_allclose(mixture.means_, expected[0], rtol=1e-9)
    np.testing.assert_allclose(mixture.covariances_, expected[1], rtol=1e-9)


@pytest.mark.parametrize("key", ["shrinkage", "mean", "dof", "scale"])
def test_what_a_dict_lacks_is_the_default(covariance_type: str, key: str) -> None:
    X, k = blobs(), 3
    labels = labels_of(X, k, 2)
    prior = defaults(X, k, covariance_type)
    prior[key] = prior[key] * 1.5
    mixture = first_m_step(X, labels, covariance_type, {key: prior[key]})
    expected = map_estimates(X, labels, covariance_type, prior)
    np.testing.assert_allclose(mixture.covariances_, expected[1], rtol=1e-9)


def log_prior(mixture: GaussianMixture, prior: Prior, d: int) -> float:
    """The logarithm of the density of one component of type full, but for a constant."""
    precision, (covariance,) = mixture.precisions_[0], mixture.covariances_
    delta = mixture.means_[0] - prior["mean"]
    return -0.5 * (
        (prior["dof"] + d + 2) * np.linalg.slogdet(covariance)[1]
        + np.trace(precision @ prior["scale"])
        + prior["shrinkage"] * delta @ precision @ delta
    )


def test_lower_bound_is_penalised_and_score_is_not() -> None:
    X = penguins()
    mixture = GaussianMixture(prior="default", reg_covar=0.0).fit(X)
    penalty = log_prior(mixture, defaults(X, 1, "full"), X.shape[1])
    assert mixture.lower_bound_ == pytest.approx(mixture.score(X) + penalty / len(X), rel=1e-12)
    assert mixture.bic(X) == pytest.approx(
        -2 * mixture.score_samples(X).sum() + 14 * np.log(len(X)), rel=1e-12
    )


@pytest.mark.filterwarnings("ignore:Best performing:gaussmix.exceptions.ConvergenceWarning")
def test_the_objective_never_falls(X: Floats, covariance_type: str) -> None:
    mixture = GaussianMixture(
        5, covariance_type=covariance_type, prior="default", reg_covar=0.0, random_state=0, tol=1e-9
    ).fit(X)
    assert np.diff(mixture.lower_bounds_).min() >= -1e-10


@pytest.mark.filterwarnings("ignore:Best performing:gaussmix.exceptions.ConvergenceWarning")
def test_many_components_in_few_rows_need_no_repair(covariance_type: str) -> None:
    X = np.random.RandomState(0).normal(size=(60, 5))
    repaired = 0
    for seed in range(100):
        mixture = GaussianMixture(
            8, covariance_type=covariance_type, reg_covar=0.0, random_state=seed, max_iter=1000
        )
        repaired += bool(mixture.fit(X).fit_report_.repairs)
        mixture.set_params(prior="default").fit(X)
        assert mixture.converged_
        assert not mixture.fit_report_.repairs, seed
    if covariance_type == "full":
        assert repaired > 50


def test_a_prior_fades_as_weights_grow(covariance_type: str) -> None:
    X = blobs()
    plain = GaussianMixture(4, covariance_type=covariance_type, random_state=0, tol=1e-6).fit(X)
    prior = clone(plain).set_params(prior="default").fit(X, sample_weight=1e10)
    np.testing.assert_allclose(prior.means_, plain.means_, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(prior.covariances_, plain.covariances_, rtol=1e-6, atol=1e-6)


def test_weights_are_repetitions(covariance_type: str) -> None:
    X = blobs()
    weights = np.random.RandomState(3).randint(0, 4, len(X))
    start = GaussianMixture(3, covariance_type=covariance_type, random_state=0).fit(X)
    mixture = GaussianMixture(
        3,
        covariance_type=covariance_type,
        prior="default",
        weights_init=start.weights_,
        means_init=start.means_,
        precisions_init=start.precisions_,
    )
    weighted = clone(mixture).fit(X, sample_weight=weights)
    repeated = clone(mixture).fit(np.repeat(X, weights, axis=0))
    np.testing.assert_allclose(weighted.covariances_, repeated.covariances_, rtol=1e-9)
    assert weighted.lower_bound_ == pytest.approx(repeated.lower_bound_, rel=1e-12)


def test_float32_is_near_float64(covariance_type: str) -> None:
    X = blobs().astype(np.float32)
    mixture = GaussianMixture(
        4, covariance_type=covariance_type, prior="default", random_state=0, tol=1e-5
    )
    single, double = clone(mixture).fit(X), clone(mixture).fit(X.astype(np.float64))
    assert single.means_.dtype == np.float32
    np.testing.assert_allclose(single.covariances_, double.covariances_, rtol=1e-3, atol=1e-3)


def test_no_number_depends_on_threads(covariance_type: str) -> None:
    X = np.tile(blobs(), (20, 1)) + np.random.RandomState(0).normal(size=(8000, 3))
    first, *others = (
        GaussianMixture(
            5, covariance_type=covariance_type, prior="default", random_state=0, n_jobs=jobs
        ).fit(X)
        for jobs in (1, 2, 3)
    )
    for other in others:
        np.testing.assert_array_equal(first.covariances_, other.covariances_)
        assert first.lower_bounds_ == other.lower_bounds_


def test_several_starts_compare_what_em_maximises() -> None:
    X = np.random.RandomState(0).normal(size=(60, 5))
    mixture = GaussianMixture(4, prior="default", n_init=8, random_state=0).fit(X)
    starts = mixture.fit_report_.starts
    assert mixture.lower_bound_ >= max(s.lower_bound for s in starts if not s.dropped) - 1e-9


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        ("weak", "The 'prior' parameter of GaussianMixture must be None, 'default' or a dict"),
        (3, "The 'prior' parameter of GaussianMixture must be None, 'default' or a dict"),
        ({"strength": 1}, "keys among {'shrinkage', 'mean', 'dof', 'scale'}"),
        ({"shrinkage": -1}, "prior['shrinkage'] must be at least 0, but is -1"),
        ({"shrinkage": "a"}, "prior['shrinkage'] must be a number, but is 'a'"),
        ({"shrinkage": np.inf}, "prior['shrinkage'] must be finite, but is inf"),
        ({"mean": [0.0, 1.0]}, "prior['mean'] must have the shape (3,), but has (2,)"),
        ({"mean": [0.0, 1.0, np.nan]}, "prior['mean'] contains NaN"),
        ({"dof": 2}, "prior['dof'] must be greater than n_features - 1 = 2"),
        ({"dof": True}, "prior['dof'] must be a number, but is True"),
        ({"scale": 1.0}, "prior['scale'] must have the shape (3, 3), but has ()"),
        ({"scale": -np.eye(3)}, "prior['scale'] must be symmetric and positive definite"),
    ],
)
def test_what_is_no_prior_is_an_error(prior: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        GaussianMixture(prior=prior).fit(blobs())


@pytest.mark.parametrize(
    ("covariance_type", "prior", "message"),
    [
        ("diag", {"scale": np.eye(3)}, "must have the shape () or (3,), but has (3, 3)"),
        ("diag", {"scale": [1, 0, 1]}, "prior['scale'] must be positive"),
        ("spherical", {"scale": [1, 1, 1]}, "must have the shape (), but has (3,)"),
        ("spherical", {"scale": 0}, "prior['scale'] must be positive, but is 0"),
        ("spherical", {"dof": 0}, "prior['dof'] must be greater than 0"),
    ],
)
def test_a_prior_suits_the_covariance_type(covariance_type: Any, prior: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        GaussianMixture(covariance_type=covariance_type, prior=prior).fit(blobs())


def test_files_keep_the_prior(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    X = blobs()
    for prior in ("default", {"dof": 9, "mean": np.zeros(3), "scale": np.eye(3)}, None):
        mixture = GaussianMixture(2, prior=prior, random_state=0).fit(X)
        mixture.save(path)
        loaded = gaussmix.load(path)
        assert loaded.lower_bound_ == mixture.lower_bound_
        again = clone(loaded).fit(X)
        np.testing.assert_array_equal(again.covariances_, mixture.covariances_)
        assert again.get_params()["prior"] == (
            {"dof": 9, "mean": [0.0] * 3, "scale": np.eye(3).tolist()}
            if isinstance(prior, dict)
            else prior
        )


def test_clone_and_repr_show_the_prior() -> None:
    mixture = GaussianMixture(prior={"dof": 9})
    assert clone(mixture).get_params()["prior"] == {"dof": 9}
    assert repr(mixture) == "GaussianMixture(prior={'dof': 9})"


def test_select_takes_a_prior() -> None:
    X = np.random.RandomState(0).normal(size=(60, 5))
    found = gaussmix.select(X, [1, 8], covariance_types=["full"], prior="default", random_state=0)
    assert all(record["n_repairs"] == 0 for record in found.records)
    assert found.best_.prior == "default"


@pytest.mark.parametrize(
    ("family", "log_likelihood", "mean", "weights", "variance"),
    [
        ("VII", -384.478676215, 5.0061674333, [0.3333333339, 0.4154375696, 0.2512290965],
         0.1585405123),
        ("VVI", -312.904087065, 5.0061674332, [0.3333333333, 0.2969047476, 0.3697619191],
         0.1933858392),
        ("EEE", -257.739376608, 5.0061674332, [0.3333333333, 0.3479929098, 0.3186737569],
         0.2441350168),
        ("VVV", -192.695283865, 5.0061674332, [0.3333333333, 0.3138087993, 0.3528578674],
         0.2229940979),
    ],
)  # fmt: skip
def test_the_default_is_mclusts(
    family: str, log_likelihood: float, mean: float, weights: list[float], variance: float
) -> None:
    """By me() of mclust 6.0.0 with priorControl(), from the species of iris, tol = 1e-12.

    Of its other families with a prior, its M-step does not find the highest posterior density
    (EEI leaves the mean without a prior), which ours does.
    """
    X, y = load_iris(return_X_y=True)
    mixture = GaussianMixture(
        3, covariance_type=family, prior="default", reg_covar=0, tol=1e-13, max_iter=20_000,
        init_params=lambda *_: y.astype(np.int32),
    ).fit(X)  # fmt: skip
    assert mixture.score(X) * len(X) == pytest.approx(log_likelihood, abs=1e-4)
    assert mixture.means_[0, 0] == pytest.approx(mean, abs=1e-8)
    assert mixture.weights_ == pytest.approx(np.array(weights), abs=1e-5)
    index = {"VII": (1,), "VVI": (1, 0), "EEE": (0, 0), "VVV": (1, 0, 0)}[family]
    assert mixture.covariances_[index] == pytest.approx(variance, abs=1e-6)
