"""mclust's fourteen families of covariances: their M-steps, against numerical optimisation."""

from pathlib import Path
from typing import Any

import gaussmix
import numpy as np
import pytest
from container import Container, put_together, take_apart
from data import load, sample_mixture
from gaussmix import GaussianMixture
from gaussmix._families import LAYOUTS
from gaussmix._types import COVARIANCE_TYPES, FAMILIES
from mixtures import Array, matrices
from scipy.linalg import expm
from scipy.optimize import minimize

pytestmark = pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")

K, D = 3, 3


@pytest.fixture(scope="module", name="X")
def made_rows() -> Array:
    rng = np.random.default_rng(5)
    parts = []
    for j in range(K):
        A = rng.standard_normal((D, D))
        parts.append(rng.standard_normal((40 + 20 * j, D)) @ A + 3 * rng.standard_normal(D))
    return np.concatenate(parts)


def responsibilities_of(X: Array, k: int = K) -> Array:
    R = np.random.default_rng(7).dirichlet(np.full(k, 0.5), len(X))
    return R


def m_step(X: Array, R: Array, family: str, **params: Any) -> GaussianMixture:
    """The model of one M-step on given responsibilities."""
    model = GaussianMixture(
        R.shape[1], covariance_type=family, max_iter=0, reg_covar=params.pop("reg_covar", 0.0),
        init_params=lambda *_: R, **params,
    )  # fmt: skip
    return model.fit(X)


class Family:
    """Covariances of a family as a function of free parameters around a model's."""

    def __init__(self, name: str, covariances: Array) -> None:
        self.volume, self.shape, self.orientation = name
        k, d = covariances.shape[:2]
        self.k, self.d = k, d
        if self.orientation == "I":
            self.axes = np.broadcast_to(np.eye(d), (k, d, d))
        elif self.orientation == "E":
            combined = sum((j + 1.0) * S / np.trace(S) for j, S in enumerate(covariances))
            self.axes = np.broadcast_to(np.linalg.eigh(combined)[1], (k, d, d))
        else:
            self.axes = np.linalg.eigh(covariances)[1]
        rotated = np.einsum("jri,jrs,jsi->ji", self.axes, covariances, self.axes)
        self.logs = np.log(rotated)

    def sizes(self) -> tuple[int, int, int]:
        n_volumes = 1 if self.volume == "E" else self.k
        n_shapes = 0 if self.shape == "I" else 1 if self.shape == "E" else self.k
        n_axes = {"I": 0, "E": 1, "V": self.k}[self.orientation]
        return n_volumes, n_shapes * self.d, n_axes * self.d * (self.d - 1) // 2

    def covariances(self, theta: Array) -> Array:
        v, s, _ = self.sizes()
        volumes = np.resize(theta[:v], self.k)
        shapes = np.zeros((self.k, self.d))
        if s:
            free = theta[v : v + s].reshape(-1, self.d)
            shapes = np.broadcast_to(free - free.mean(1, keepdims=True), (self.k, self.d))
        angles = theta[v + s :].reshape(-1, self.d * (self.d - 1) // 2)
        out = []
        for j in range(self.k):
            axes = self.axes[j]
            if len(angles):
                skew = np.zeros((self.d, self.d))
                skew[np.triu_indices(self.d, 1)] = angles[j % len(angles)]
                axes = axes @ expm(skew - skew.T)
            logs = self.logs[j] + volumes[j] + shapes[j]
            out.append(axes * np.exp(logs) @ axes.T)
        return np.array(out)


def objective(covariances: Array, X: Array, R: Array) -> float:
    """Minus twice the expected log-likelihood, but for a constant, a row."""
    total = 0.0
    for S, r in zip(covariances, R.T, strict=True):
        mean = r @ X / r.sum()
        W = (X - mean).T * r @ (X - mean)
        total += r.sum() * np.linalg.slogdet(S)[1] + np.trace(np.linalg.solve(S, W))
    return total / len(X)


@pytest.mark.parametrize("name", FAMILIES)
def test_m_step_is_a_maximum(X: Array, name: str) -> None:
    """No gradient, and no better by a numerical optimiser from there."""
    R = responsibilities_of(X)
    model = m_step(X, R, name)
    family = Family(name, matrices(model))
    zero = np.zeros(sum(family.sizes()))
    np.testing.assert_allclose(family.covariances(zero), matrices(model), rtol=1e-8, atol=1e-10)

    def f(theta: Array) -> float:
        return objective(family.covariances(theta), X, R)

    step = 1e-5
    gradient = [(f(step * e) - f(-step * e)) / (2 * step) for e in np.eye(len(zero))]
    np.testing.assert_allclose(gradient, 0.0, atol=1e-6)
    found = minimize(f, zero + 0.05 * np.random.default_rng(0).standard_normal(len(zero)))
    assert f(zero) <= found.fun + 1e-8


@pytest.mark.parametrize("name", FAMILIES)
def test_em_never_lowers_the_likelihood(X: Array, name: str) -> None:
    for seed in range(5):
        model = GaussianMixture(
            4, covariance_type=name, reg_covar=0, tol=0, max_iter=60, random_state=seed,
            init_params="random_from_data",
        )  # fmt: skip
        model.fit(X)
        if not model.fit_report_.repairs:
            assert np.diff(model.lower_bounds_).min() >= -1e-10


@pytest.mark.parametrize("name", FAMILIES)
def test_number_of_parameters(name: str) -> None:
    """As in mclust's nMclustParams."""
    k, d = 4, 3
    rows = np.random.default_rng(0).standard_normal((60, d))
    model = GaussianMixture(k, covariance_type=name, random_state=0, max_iter=2).fit(rows)
    covariances = {
        "EII": 1, "VII": k, "EEI": d, "VEI": k + d - 1, "EVI": 1 + k * (d - 1), "VVI": k * d,
        "EEE": d * (d + 1) // 2, "VEE": k - 1 + d * (d + 1) // 2,
        "EVE": 1 + k * (d - 1) + d * (d - 1) // 2, "VVE": k * d + d * (d - 1) // 2,
        "EEV": d + k * d * (d - 1) // 2, "VEV": k + d - 1 + k * d * (d - 1) // 2,
        "EVV": 1 + k * (d * (d + 1) // 2 - 1), "VVV": k * d * (d + 1) // 2,
    }  # fmt: skip
    assert model._n_parameters() == k - 1 + k * d + covariances[name]


@pytest.mark.parametrize("name", FAMILIES)
def test_covariances_have_the_structure(X: Array, name: str) -> None:
    for reg_covar in (0.0, 0.5):
        S = matrices(m_step(X, responsibilities_of(X), name, reg_covar=reg_covar))
        eigenvalues = np.linalg.eigvalsh(S)
        volumes = np.exp(np.log(eigenvalues).mean(1))
        shapes = eigenvalues / volumes[:, np.newaxis]
        if name[0] == "E":
            np.testing.assert_allclose(volumes, volumes[0], rtol=1e-9)
        if name[1] == "I":
            np.testing.assert_allclose(shapes, 1.0, rtol=1e-9)
        if name[1] == "E":
            np.testing.assert_allclose(shapes, shapes[[0] * K], rtol=1e-8)
        if name[2] == "I":
            assert (np.stack([np.diag(np.diag(s)) for s in S]) == S).all()
        if name[2] == "E":
            for other in S[1:]:
                np.testing.assert_allclose(S[0] @ other, other @ S[0], atol=1e-7 * S.max() ** 2)


@pytest.mark.parametrize(
    "group",
    [
        ("EII", "VII"),
        ("EEI", "VEI", "EVI", "VVI"),
        ("EEE", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV"),
    ],
)
def test_families_of_one_component_are_one(X: Array, group: tuple[str, ...]) -> None:
    models = [GaussianMixture(1, covariance_type=name).fit(X) for name in group]
    for model in models[1:]:
        np.testing.assert_allclose(matrices(model), matrices(models[0]), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", FAMILIES)
def test_one_feature(X: Array, name: str) -> None:
    """There are E and V."""
    column = X[:, :1]
    R = responsibilities_of(column)
    expected = m_step(column, R, "E" if name[0] == "E" else "V")
    np.testing.assert_allclose(matrices(m_step(column, R, name)), matrices(expected), rtol=1e-9)


@pytest.mark.parametrize("name", ["E", "V"])
def test_families_of_one_feature_refuse_more(X: Array, name: str) -> None:
    with pytest.raises(ValueError, match=f"covariance_type='{name}' is for one feature.*3"):
        GaussianMixture(2, covariance_type=name).fit(X)


@pytest.mark.parametrize(
    ("name", "other"), [("VVV", "full"), ("EEE", "tied"), ("VVI", "diag"), ("VII", "spherical")]
)
def test_four_are_the_types(X: Array, name: str, other: str) -> None:
    models = [GaussianMixture(3, covariance_type=t, random_state=0).fit(X) for t in (name, other)]
    np.testing.assert_array_equal(models[0].covariances_, models[1].covariances_)
    models[0].set_params(warm_start=True).fit(X)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", COVARIANCE_TYPES)
def test_files_keep_the_family(X: Array, tmp_path: Path, name: str, dtype: type) -> None:
    rows = X[:, :1] if name in ("E", "V") else X
    rows = rows.astype(dtype)
    given = {"precisions_init": [1.0, 2.0, 1.0]} if name == "fixed" else {}
    model = GaussianMixture(3, covariance_type=name, random_state=0, **given).fit(rows)
    model.save(tmp_path / "model")
    loaded = gaussmix.load(tmp_path / "model")
    assert loaded.get_params()["covariance_type"] == name
    np.testing.assert_array_equal(loaded.score_samples(rows), model.score_samples(rows))
    assert loaded.bic(rows) == model.bic(rows)
    assert loaded._get_model().mixture.family == model._get_model().mixture.family
    loaded.set_params(warm_start=True).fit(rows)


@pytest.mark.parametrize("name", FAMILIES)
def test_weights_are_repetitions(X: Array, name: str) -> None:
    weights = np.random.default_rng(1).integers(1, 4, len(X))
    R = responsibilities_of(X)
    weighted = GaussianMixture(K, covariance_type=name, max_iter=0, init_params=lambda *_: R).fit(
        X, sample_weight=weights
    )
    repeated = m_step(np.repeat(X, weights, 0), np.repeat(R, weights, 0), name, reg_covar=1e-6)
    np.testing.assert_allclose(matrices(weighted), matrices(repeated), rtol=1e-8, atol=1e-9)


@pytest.mark.arithmetic
@pytest.mark.parametrize("name", FAMILIES)
def test_the_same_bits_for_any_number_of_threads(name: str) -> None:
    rows = sample_mixture(4000, 6, 4, seed=3)
    fits = [
        GaussianMixture(5, covariance_type=name, random_state=0, n_jobs=n, max_iter=20).fit(rows)
        for n in (1, 2, 3)
    ]
    for fit in fits[1:]:
        np.testing.assert_array_equal(fit.covariances_, fits[0].covariances_)
        np.testing.assert_array_equal(fit.means_, fits[0].means_)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_model_of_parameters(X: Array, name: str) -> None:
    model = GaussianMixture(3, covariance_type=name, random_state=0).fit(X)
    same = GaussianMixture.from_parameters(
        model.weights_, model.means_, model.covariances_, covariance_type=name
    )
    np.testing.assert_allclose(same.score_samples(X), model.score_samples(X), rtol=1e-9)
    assert same.bic(X) == pytest.approx(model.bic(X))


def test_a_component_without_rows_is_repaired() -> None:
    rows = load("iris")
    rows = np.concatenate([rows, rows[:1] + 1e3])
    for name in FAMILIES:
        model = GaussianMixture(12, covariance_type=name, random_state=0, n_init=2).fit(rows)
        assert np.isfinite(model.score(rows))


def test_the_names_are_the_cores() -> None:
    """Those that type checkers and the command know."""
    assert sorted(LAYOUTS) == sorted(COVARIANCE_TYPES)
    assert sorted(FAMILIES) == sorted(name for name in LAYOUTS if len(name) == 3)


@pytest.fixture(name="container")
def file_of_a_family(X: Array) -> Container:
    model = GaussianMixture(3, covariance_type="VEI", random_state=0).fit(X)
    return take_apart(model.__getstate__()["model"])


def test_a_family_of_a_later_version_is_read_as_its_type(X: Array, container: Container) -> None:
    """So that a reader of today gives the right scores, with the parameters of the type."""
    later = container.with_metadata(family="VEX", format_version="1.7", parameters="{}")
    model = gaussmix.load(put_together(later))
    assert model.covariance_type == "diag"
    assert model._n_parameters() == 2 + 3 * D + 3 * D
    np.testing.assert_array_equal(
        model.score_samples(X), gaussmix.load(put_together(container)).score_samples(X)
    )


@pytest.mark.parametrize("family", ["VEV", "full", "EII"])
def test_a_family_that_is_stored_otherwise_is_refused(container: Container, family: str) -> None:
    with pytest.raises(ValueError, match="its family has another covariance_type"):
        gaussmix.load(put_together(container.with_metadata(family=family)))
