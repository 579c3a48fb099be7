"""Fits whose iterations are extrapolated."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import assert_same_bits
from data import Floats
from gaussmix import GaussianMixture, select
from sklearn.datasets import load_iris, load_wine
from sklearn.mixture import GaussianMixture as Peer

pytestmark = pytest.mark.usefixtures("unfinished_fits_are_quiet")


def model_of(**settings: Any) -> GaussianMixture:
    defaults: dict[str, Any] = {"random_state": 0, "max_iter": 5000, "tol": 1e-8, "reg_covar": 0}
    return GaussianMixture(**defaults | settings)


@pytest.fixture(name="X")
def slow_rows() -> Floats:
    """Clusters that overlap: EM needs hundreds of iterations."""
    rng = np.random.default_rng(0)
    return rng.normal(rng.normal(size=(8, 3))[rng.integers(0, 8, 2000)], 1.0)


@pytest.mark.parametrize("load", [load_iris, load_wine])
@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_the_optimum_is_one_of_scikit_learns(load: Any, covariance_type: str) -> None:
    X = load().data
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    ours = model_of(
        n_components=3, covariance_type=covariance_type, acceleration="squarem", reg_covar=1e-6
    ).fit(X)
    peer = Peer(
        3, covariance_type=covariance_type, tol=1e-10, max_iter=20000, weights_init=ours.weights_,
        means_init=ours.means_, precisions_init=ours.precisions_,
    ).fit(X)  # fmt: skip
    assert ours.converged_
    assert peer.score(X) - ours.score(X) < 1e-6
    np.testing.assert_allclose(peer.means_, ours.means_, atol=1e-2)


def test_passes_are_fewer_and_lower_bounds_do_not_fall(X: Floats) -> None:
    plain = model_of(n_components=8).fit(X)
    told: list[tuple[float, ...]] = []
    quick = model_of(
        n_components=8, acceleration="squarem", callback=lambda *call: told.append(call)
    ).fit(X)
    assert 2 * quick.n_iter_ < plain.n_iter_
    assert quick.lower_bound_ > plain.lower_bound_ - 1e-4
    assert (np.diff(quick.lower_bounds_) >= -1e-12).all()
    assert [call[0] for call in told] == list(range(1, quick.n_iter_ + 1))
    np.testing.assert_allclose([call[1] for call in told], quick.lower_bounds_)
    changes = np.array([call[2] for call in told])
    np.testing.assert_allclose(changes[1:], np.diff(quick.lower_bounds_), atol=1e-12)


def test_where_em_is_fast_it_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(10 * j, 1, (100, 2)) for j in range(3)])
    plain = model_of(n_components=3, tol=1e-3).fit(X)
    quick = model_of(n_components=3, tol=1e-3, acceleration="squarem").fit(X)
    assert_same_bits(quick, plain, X)


@pytest.mark.parametrize("max_iter", range(20, 40))
def test_a_fit_that_ends_anywhere_is_no_worse_than_its_lower_bound(
    X: Floats, max_iter: int
) -> None:
    model = model_of(n_components=8, acceleration="squarem", max_iter=max_iter).fit(X)
    assert model.n_iter_ == max_iter == len(model.lower_bounds_)
    assert model.score(X) >= model.lower_bound_ - 1e-12


def test_it_goes_on_from_a_checkpoint_to_the_same_bits(X: Floats, tmp_path: Path) -> None:
    settings = {"n_components": 8, "acceleration": "squarem", "n_init": 2}
    path = tmp_path / "fit.checkpoint"
    expected = model_of(**settings, max_iter=60).fit(X, checkpoint=path)
    with pytest.raises(ZeroDivisionError):
        model_of(**settings, max_iter=60, callback=lambda i, *_: 1 / (i != 35)).fit(
            X, checkpoint=path
        )
    resumed = model_of(**settings, max_iter=60).fit(X, resume=path)
    assert_same_bits(resumed, expected, X)
    with pytest.raises(ValueError, match="acceleration was squarem then and is None now"):
        model_of(n_components=8, n_init=2).fit(X, resume=path)


def test_select_passes_it_on(X: Floats) -> None:
    found = select(
        X, [8], covariance_types=["full"], acceleration="squarem", tol=1e-8, max_iter=5000,
        random_state=0, n_init=1,
    )  # fmt: skip
    direct = model_of(n_components=8, acceleration="squarem", reg_covar=1e-6).fit(X)
    assert_same_bits(found.best_, direct, X)


@pytest.mark.parametrize("family", ["EVE", "VVE", "EEV", "VEV"])
def test_it_is_not_for_families_without_coordinates(X: Floats, family: str) -> None:
    message = f"acceleration='squarem' is not for covariance_type='{family}'"
    with pytest.raises(ValueError, match=message):
        model_of(n_components=2, covariance_type=family, acceleration="squarem").fit(X)


def test_it_is_not_for_float32_nor_for_batches(X: Floats) -> None:
    model = model_of(n_components=2, acceleration="squarem")
    with pytest.raises(ValueError, match="is for float64 rows, but X is float32"):
        model.fit(X.astype(np.float32))
    with pytest.raises(ValueError, match="is for rows in one array: fit them with `fit`"):
        model.fit_batches([X[:1000], X[1000:]])
    assert not hasattr(model, "means_")


@pytest.mark.parametrize("value", ["anderson", True, 1, ""])
def test_other_values_are_refused(X: Floats, value: Any) -> None:
    message = (
        f"The 'acceleration' parameter of GaussianMixture must be None or 'squarem'. Got {value!r}"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        model_of(n_components=2, acceleration=value).fit(X)
