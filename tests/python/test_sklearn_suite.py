"""scikit-learn's own tests of its mixtures, with this class in the place of scikit-learn's.

The tests are loaded from the installed scikit-learn and collected here one by one, unless
NOT_PUBLIC says why not. Two of them run with something else exchanged as well: see
RaisingMixture and KMeans.
"""

import importlib.util
import inspect
from types import ModuleType
from typing import Any

import gaussmix
import numpy as np
import pytest
import sklearn.mixture
from data import Floats

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NOT_PUBLIC = {
    "test_suffstat_sk_full": "of a private function of the M-step",
    "test_suffstat_sk_tied": "of a private function of the M-step",
    "test_suffstat_sk_diag": "of a private function of the M-step",
    "test_gaussian_suffstat_sk_spherical": "of a private function of the M-step",
    "test_compute_log_det_cholesky": "of a private function of the E-step",
    "test_gaussian_mixture_log_probabilities": "of a private function of the E-step",
    "test_gaussian_mixture_precisions_init": "calls the private method _initialize",
    "test_gaussian_mixture_all_init_does_not_estimate_gaussian_parameters": (
        "counts the calls of a private function"
    ),
    "test_gaussian_mixture_array_api_compliance": "of arrays other than numpy's",
    "test_gaussian_mixture_raises_where_array_api_not_implemented": "of arrays other than numpy's",
}


class RaisingMixture(gaussmix.GaussianMixture):
    """Raises for a degenerate component, as scikit-learn does, where the default is to repair."""

    def __init__(
        self, n_components: int, *, reg_covar: float, covariance_type: Any, random_state: Any
    ) -> None:
        super().__init__(
            n_components,
            reg_covar=reg_covar,
            covariance_type=covariance_type,
            random_state=random_state,
            degenerate="raise",
        )


class KMeans:
    """The clusters that our own seeding finds, in the place of those of scikit-learn's KMeans.

    For a test that takes it for granted that the estimator seeds itself with that class, and so
    numbers the components alike.
    """

    def __init__(self, n_clusters: int, *, n_init: int, random_state: int) -> None:
        self.seeding = gaussmix.GaussianMixture(n_clusters, random_state=random_state, max_iter=0)

    def fit(self, X: Floats) -> "KMeans":
        centres = self.seeding.fit(X).means_
        self.labels_ = ((X[:, np.newaxis] - centres) ** 2).sum(axis=2).argmin(axis=1)
        return self


def load_tests(name: str) -> ModuleType:
    """scikit-learn's test module `name`, with our class in the place of its own."""
    spec = importlib.util.find_spec(f"sklearn.mixture.tests.{name}")
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sklearn.mixture, "GaussianMixture", gaussmix.GaussianMixture)
        spec.loader.exec_module(module)
    return module


suite = load_tests("test_gaussian_mixture")
found = {name: test for name, test in vars(suite).items() if name.startswith("test_")}
globals().update({name: test for name, test in found.items() if name not in NOT_PUBLIC})


@pytest.fixture(params=[np.float32, np.float64])
def global_dtype(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=[0, 42])
def global_random_seed(request: pytest.FixtureRequest) -> int:
    return request.param


def test_regularisation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "GaussianMixture", RaisingMixture)
    found["test_regularisation"]()


def test_gaussian_mixture_precisions_init_diag(
    monkeypatch: pytest.MonkeyPatch, global_dtype: Any
) -> None:
    monkeypatch.setattr(suite, "KMeans", KMeans)
    found["test_gaussian_mixture_precisions_init_diag"](global_dtype)


@pytest.mark.parametrize(
    "name",
    ["test_gaussian_mixture_n_iter", "test_mixture_n_components_greater_than_n_samples_error"],
)
def test_of_every_mixture(name: str) -> None:
    """The tests in test_mixture.py are given the estimator."""
    getattr(load_tests("test_mixture"), name)(gaussmix.GaussianMixture())


def test_each_test_is_accounted_for() -> None:
    assert set(NOT_PUBLIC) <= set(found)
    assert {name for name in found if name not in globals()} == set(NOT_PUBLIC)
    both = [name for name, _ in inspect.getmembers(load_tests("test_mixture"), inspect.isfunction)]
    assert [name for name in both if name.startswith("test_")] == [
        "test_gaussian_mixture_n_iter",
        "test_mixture_n_components_greater_than_n_samples_error",
    ]
