"""Mixtures of scikit-learn and mclust, taken in and given back with the same numbers.

tests/reference/mclust_parameters.json holds parameters and densities of mclust itself.
"""

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import gaussmix.exceptions
import numpy as np
import pandas as pd
import pytest
import sklearn.mixture
from data import COVARIANCE_TYPES, ROOT, Floats, load
from gaussmix import GaussianMixture
from gaussmix._families import LAYOUTS
from gaussmix._types import FAMILIES
from gaussmix.noise import NoiseBox

ARRAYS = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_")
REFERENCE = json.loads((ROOT / "tests" / "reference" / "mclust_parameters.json").read_text())
FITS = REFERENCE["fits"]

pytestmark = pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")


@pytest.fixture(name="X")
def penguins() -> Floats:
    return load("penguins")


def agree(ours: GaussianMixture, theirs: Any, X: Floats) -> None:
    """Log-densities to rounding: that of U^T x, whose parts cancel, squared and summed."""
    U = np.abs(ours.precisions_cholesky_).max() * np.abs(X).max()
    bound = 16 * np.finfo(X.dtype).eps * X.shape[1] ** 2 * (1 + U) ** 2
    np.testing.assert_allclose(
        ours.score_samples(X), theirs.score_samples(X), rtol=1e-9, atol=min(bound, 1e-3)
    )
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-3)


# scikit-learn


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", COVARIANCE_TYPES)
def test_from_scikit_learn(X: Floats, kind: str, dtype: Any) -> None:
    rows = ((X - X.mean(axis=0)) / X.std(axis=0)).astype(dtype)
    theirs = sklearn.mixture.GaussianMixture(3, covariance_type=kind, random_state=0).fit(rows)
    ours = GaussianMixture.from_sklearn(theirs)
    for name in ("weights_", "means_", "precisions_cholesky_"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
        assert not np.shares_memory(getattr(ours, name), getattr(theirs, name))
    covariances = theirs.covariances_
    if kind in ("full", "tied"):  # symmetric but for rounding
        covariances = (covariances + covariances.swapaxes(-1, -2)) / 2
    np.testing.assert_array_equal(ours.covariances_, covariances)
    assert ours.means_.dtype == theirs.means_.dtype == dtype
    np.testing.assert_allclose(ours.score_samples(rows), theirs.score_samples(rows), rtol=1e-4)
    np.testing.assert_array_equal(ours.predict(rows), theirs.predict(rows))
    for name in ("converged_", "n_iter_", "lower_bound_", "lower_bounds_", "n_features_in_"):
        assert getattr(ours, name) == getattr(theirs, name)
    shared = theirs.get_params()
    assert {name: ours.get_params()[name] for name in shared} == shared
    assert "scikit-learn" in str(ours.fit_report_)


@pytest.mark.parametrize("kind", [*COVARIANCE_TYPES, *FAMILIES])
def test_to_scikit_learn(X: Floats, kind: Any) -> None:
    ours = GaussianMixture(3, covariance_type=kind, random_state=0).fit(X)
    theirs = ours.to_sklearn()
    assert type(theirs) is sklearn.mixture.GaussianMixture
    assert theirs.covariance_type == LAYOUTS[kind]
    agree(ours, theirs, X)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
        getattr(theirs, name)[...] = 0  # they are copies
    assert ours.weights_.all()
    assert theirs.lower_bounds_ == ours.lower_bounds_


@pytest.mark.parametrize("kind", COVARIANCE_TYPES)
def test_there_and_back_has_the_same_bits(X: Floats, kind: Any) -> None:
    frame = pd.DataFrame(X, columns=list("abcd"))
    ours = GaussianMixture(3, covariance_type=kind, random_state=0, tol=1e-4).fit(frame)
    again = GaussianMixture.from_sklearn(ours.to_sklearn())
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(again, name), getattr(ours, name))
    np.testing.assert_array_equal(again.score_samples(frame), ours.score_samples(frame))
    assert again.get_params() == ours.get_params()
    assert again.feature_names_in_.tolist() == list("abcd")
    assert (again.n_iter_, again.converged_) == (ours.n_iter_, ours.converged_)


def test_what_scikit_learn_makes_of_the_result(X: Floats) -> None:
    """It can be cloned and fitted, though ours has parameters that it has not."""
    ours = GaussianMixture(
        2,
        n_init="auto",
        init_params=lambda X, k, seed: np.arange(len(X)) % k,
        random_state=np.random.default_rng(0),
        prior="default",
        n_jobs=1,
    ).fit(X)
    theirs = sklearn.base.clone(ours.to_sklearn()).fit(X)
    assert theirs.means_.shape == (2, 4)


def test_arrays_that_were_set_by_hand(X: Floats) -> None:
    theirs = sklearn.mixture.GaussianMixture(1).fit(X)
    del theirs.n_iter_, theirs.lower_bound_, theirs.lower_bounds_, theirs.converged_
    ours = GaussianMixture.from_sklearn(theirs)
    assert (ours.n_iter_, ours.converged_, ours.lower_bound_) == (0, False, -np.inf)
    theirs.weights_ = np.array([0.5])
    with pytest.raises(ValueError, match="'weights' should be normalized"):
        GaussianMixture.from_sklearn(theirs)
    theirs.weights_, theirs.covariances_ = np.ones(1), -np.eye(4)[np.newaxis]
    with pytest.raises(ValueError, match="'full covariance' should be symmetric, positive"):
        GaussianMixture.from_sklearn(theirs)


def test_what_is_no_mixture_of_scikit_learn(X: Floats) -> None:
    with pytest.raises(TypeError, match=r"^fitted must be a sklearn.*BayesianGaussianMixture$"):
        GaussianMixture.from_sklearn(sklearn.mixture.BayesianGaussianMixture().fit(X))
    with pytest.raises(TypeError, match=r"^fitted must be a .* is a builtins\.int$"):
        GaussianMixture.from_sklearn(3)
    with pytest.raises(gaussmix.exceptions.NotFittedError, match="not fitted: call its fit"):
        GaussianMixture.from_sklearn(sklearn.mixture.GaussianMixture())
    with pytest.raises(gaussmix.exceptions.NotFittedError):
        GaussianMixture().to_sklearn()
    with pytest.raises(ValueError, match="have no noise component, but this one has"):
        GaussianMixture(2, noise=True).fit(X).to_sklearn()


def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    model = GaussianMixture.from_parameters([1.0], [[0.0]], [[1.0]], "diag")
    monkeypatch.setitem(sys.modules, "sklearn.mixture", None)
    with pytest.raises(ImportError, match=r"^to_sklearn.. needs scikit-learn, which is not inst"):
        model.to_sklearn()
    with pytest.raises(TypeError, match="fitted must be a sklearn"):
        GaussianMixture.from_sklearn(model)


# mclust


def noisy(fit: dict[str, Any]) -> bool:
    return bool(fit["parameters"].get("Vinv"))


@pytest.mark.parametrize("fit", FITS, ids=lambda f: f["model"] + ("-noise" if noisy(f) else ""))
def test_densities_are_those_of_mclust(X: Floats, fit: dict[str, Any]) -> None:
    model = GaussianMixture.from_mclust(fit["parameters"])
    rows = X[:20] if fit["features"] == 4 else X[:20, 2:3]
    one = {"X": "E", "XII": "EII", "XXI": "EEI", "XXX": "EEE"}
    assert model.covariance_type == one.get(fit["model"], fit["model"])
    # The file has 15 digits; a covariance loses what its condition says, times the distance.
    conditions = np.linalg.cond(full_covariances(model)).max()
    bound = 1e-14 * conditions * (1 + np.abs(fit["cdens"]).max())
    assert bound < 1e-3
    np.testing.assert_allclose(model.score_samples(rows), fit["dens"], atol=bound)
    singles = np.stack(
        [
            GaussianMixture.from_parameters([1.0], [mean], [covariance]).score_samples(rows)
            for mean, covariance in zip(model.means_, full_covariances(model), strict=True)
        ],
        axis=1,
    )
    np.testing.assert_allclose(singles, np.reshape(fit["cdens"], singles.shape), atol=bound)
    labels = np.array(fit["labels"])  # from 1; 0 is noise
    np.testing.assert_array_equal(model.predict(rows), labels - 1)
    if noisy(fit):
        assert model.noise_box_.log_volume == pytest.approx(-np.log(fit["parameters"]["Vinv"][0]))
        assert model.noise_weight_ == fit["parameters"]["pro"][-1]
        drawn, labels = model.set_params(random_state=0).sample(2000)
        assert (labels == -1).any()
        assert np.isfinite(drawn).all()


def full_covariances(model: GaussianMixture) -> Floats:
    k, d = model.means_.shape
    layout, covariances = LAYOUTS[model.covariance_type], model.covariances_
    if layout == "full":
        return covariances
    if layout == "tied":
        return np.broadcast_to(covariances, (k, d, d))
    return np.reshape(covariances, (k, -1, 1)) * np.eye(d)


def test_mclust_from_a_file(tmp_path: Path) -> None:
    parameters = FITS[12]["parameters"]
    (tmp_path / "fit.json").write_text(json.dumps(parameters))
    names = ["bill length", "bill depth", "flipper", "mass"]
    model = GaussianMixture.from_mclust(tmp_path / "fit.json", feature_names=names, tol=1e-5)
    np.testing.assert_array_equal(model.means_, np.transpose(parameters["mean"]))
    assert model.feature_names_in_.tolist() == names
    assert model.tol == 1e-5
    assert GaussianMixture.from_mclust(str(tmp_path / "fit.json")).n_features_in_ == 4


def test_mclust_with_numpys_arrays() -> None:
    """As rpy2 has them: no list, and texts without one around."""
    old = FITS[11]["parameters"]
    variance = {"modelName": "VEV", "sigma": np.array(old["variance"]["sigma"])}
    new = {"pro": np.array(old["pro"]), "mean": np.array(old["mean"]), "variance": variance}
    one, other = GaussianMixture.from_mclust(old), GaussianMixture.from_mclust(new)
    np.testing.assert_array_equal(one.covariances_, other.covariances_)


@pytest.mark.parametrize(("number", "form"), [(6, "Sigma"), (0, "sigmasq")])
def test_mclust_without_sigma(number: int, form: str) -> None:
    parameters = copy.deepcopy(FITS[number]["parameters"])
    expected = GaussianMixture.from_mclust(parameters).covariances_
    assert form in parameters["variance"]
    del parameters["variance"]["sigma"]
    covariances = GaussianMixture.from_mclust(parameters).covariances_
    np.testing.assert_allclose(covariances, expected, rtol=1e-13)


def test_box_of_the_noise_may_be_given() -> None:
    (parameters,) = (f["parameters"] for f in FITS if noisy(f) and f["model"] == "VVV")
    volume = 1 / parameters["Vinv"][0]
    box = NoiseBox(np.zeros(4), np.full(4, volume**0.25), np.eye(4))
    model = GaussianMixture.from_mclust(parameters, noise_box=box)
    np.testing.assert_array_equal(model.noise_box_.widths, box.widths)
    with pytest.raises(ValueError, match=r"^noise_box should have the volume 1 / Vinv = "):
        GaussianMixture.from_mclust(parameters, noise_box=box._replace(widths=np.ones(4)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.pop("mean"), r"^parameters should have 'mean', but have \['pro', 'varia"),
        (lambda p: p.pop("variance"), r"^parameters\['variance'\] should be a mapping"),
        (lambda p: p["pro"].pop(), r"^parameters\['pro'\] should have 3 numbers, but has the sh"),
        (lambda p: p["variance"].pop("modelName"), r"\['modelName'\] should be a str, but is None"),
        (lambda p: p["variance"].update(modelName="full"), "one of mclust's models, but is 'full'"),
        (lambda p: p["variance"].update(modelName="VVI"), "model VVI, but they are not diag"),
        (lambda p: p["variance"].update(modelName="EEE"), "model EEE, but they are not tied"),
        (lambda p: p["variance"].update(sigma=[[1.0]]), r"d x d x G, \(4, 4, 3\), but has"),
        (lambda p: p["variance"].pop("sigma"), "should have sigma, Sigma or sigmasq, but has none"),
        (lambda p: p.update(mean=[[[1.0]]]), r"\['mean'\] should be d x G, but has the shape"),
        (lambda p: p.update(Vinv=-1.0, pro=[0.3, 0.3, 0.3, 0.1]), "should be a positive number"),
        (lambda p: p.update(Vinv=1.0), r"should have 3 numbers and one of the noise, but has"),
        (lambda p: p.update(pro=[0.5, 0.1, 0.1]), "'weights' should be normalized"),
    ],
)  # fmt: skip
def test_bad_parameters_of_mclust(change: Any, message: str) -> None:
    parameters = copy.deepcopy(FITS[13]["parameters"])
    change(parameters)
    with pytest.raises(ValueError, match=message):
        GaussianMixture.from_mclust(parameters)


def test_what_is_no_file_of_parameters(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"^parameters should be a mapping or the path"):
        GaussianMixture.from_mclust(3)
    (tmp_path / "no.json").write_text("{")
    with pytest.raises(ValueError, match=r"no\.json: it is not JSON"):
        GaussianMixture.from_mclust(tmp_path / "no.json")
    with pytest.raises(FileNotFoundError):
        GaussianMixture.from_mclust(tmp_path / "nothing.json")


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R")
def test_what_r_writes_today(tmp_path: Path, X: Floats) -> None:
    np.savetxt(tmp_path / "X.csv", X, delimiter=",", fmt="%.17g")
    code = (
        "if (!all(sapply(c('mclust', 'jsonlite'), requireNamespace, quietly = TRUE))) quit()\n"
        "suppressMessages(library(mclust))\n"
        "X <- as.matrix(read.csv('X.csv', header = FALSE))\n"
        "fit <- Mclust(X, G = 3, modelNames = 'VVE', verbose = FALSE)\n"
        "jsonlite::write_json(fit$parameters, 'fit.json', digits = NA)\n"
        "cat(sprintf('%.15g', fit$loglik))"
    )
    ran = subprocess.run(
        ["Rscript", "-e", code], cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=True
    )
    if not ran.stdout:
        pytest.skip("needs the R packages mclust and jsonlite")
    model = GaussianMixture.from_mclust(tmp_path / "fit.json")
    assert len(X) * model.score(X) == pytest.approx(float(ran.stdout), rel=1e-6)
