"""Types of the compiled core. `gaussmix.GaussianMixture` is the public face of it."""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import CovarianceType, Floats, InitParams

_Observer: TypeAlias = Callable[[int, int, float, float, bool], bool | None]

class Mixture:
    """An immutable Gaussian mixture; every array is read-only and has the dtype of the model."""

    @staticmethod
    def from_covariances(
        weights: Floats, means: Floats, covariances: Floats, covariance_type: CovarianceType
    ) -> Mixture: ...
    @staticmethod
    def from_precisions(
        weights: Floats, means: Floats, precisions: Floats, covariance_type: CovarianceType
    ) -> Mixture: ...
    @staticmethod
    def from_precisions_cholesky(
        weights: Floats,
        means: Floats,
        precisions_cholesky: Floats,
        covariance_type: CovarianceType,
        covariances: Floats | None = None,
    ) -> Mixture: ...
    @property
    def covariance_type(self) -> CovarianceType: ...
    @property
    def n_components(self) -> int: ...
    @property
    def n_features(self) -> int: ...
    @property
    def n_parameters(self) -> int: ...
    @property
    def dtype(self) -> np.dtype[Any]: ...
    @property
    def weights(self) -> Floats: ...
    @property
    def means(self) -> Floats: ...
    @property
    def covariances(self) -> Floats: ...
    @property
    def precisions(self) -> Floats: ...
    @property
    def precisions_cholesky(self) -> Floats: ...

class Predictor:
    """A mixture prepared for scoring: immutable, safe to use from many threads at once.

    X is (n_samples, n_features), C-contiguous, of the mixture's dtype.
    """

    def __init__(self, mixture: Mixture) -> None: ...
    def score_samples(self, X: Floats, n_threads: int) -> Floats: ...
    def log_responsibilities(self, X: Floats, n_threads: int) -> Floats: ...
    def responsibilities(self, X: Floats, n_threads: int) -> Floats: ...
    def predict(self, X: Floats, n_threads: int) -> NDArray[np.intp]: ...
    def score(
        self, X: Floats, sample_weight: NDArray[np.float64] | None, n_threads: int
    ) -> float: ...

class StartReport:
    """How one start ended."""

    @property
    def lower_bound(self) -> float: ...
    @property
    def n_iter(self) -> int: ...
    @property
    def converged(self) -> bool: ...

class Repair:
    """One repair of a degenerate component. `component` is -1 for a covariance that all share."""

    @property
    def start(self) -> int: ...
    @property
    def iteration(self) -> int: ...
    @property
    def component(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def action(self) -> str: ...

class FitResult:
    @property
    def mixture(self) -> Mixture: ...
    @property
    def converged(self) -> bool: ...
    @property
    def n_iter(self) -> int: ...
    @property
    def lower_bound(self) -> float: ...
    @property
    def lower_bounds(self) -> list[float]: ...
    @property
    def starts(self) -> list[StartReport]: ...
    @property
    def best_start(self) -> int: ...
    @property
    def repairs(self) -> list[Repair]: ...

def fit(
    X: Floats,
    sample_weight: NDArray[np.float64] | None,
    *,
    n_components: int,
    covariance_type: CovarianceType,
    tol: float,
    reg_covar: float,
    max_iter: int,
    n_init: int,
    init_params: InitParams,
    seed: int,
    degenerate: Literal["repair", "raise"],
    weights_init: NDArray[np.float64] | None,
    means_init: NDArray[np.float64] | None,
    precisions_init: NDArray[np.float64] | None,
    previous: Mixture | None,
    previous_lower_bound: float,
    n_threads: int,
    observer: _Observer | None,
) -> FitResult: ...
def max_threads() -> int: ...
def config() -> dict[str, str]: ...
