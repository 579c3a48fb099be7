"""The settings of a mixture's estimator: the arguments of its constructor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from numpy.typing import ArrayLike

from gaussmix._estimator import Estimator
from gaussmix._progress import Callback
from gaussmix._seeds import RandomState
from gaussmix._types import CovarianceType, InitParams, NInit, Noise, Prior


class MixtureSettings(Estimator):
    """How a mixture is to be fitted; what each setting means is said at `GaussianMixture`."""

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_type: CovarianceType = "full",
        tol: float = 1e-3,
        reg_covar: float = 1e-6,
        max_iter: int = 100,
        n_init: NInit = 1,
        init_params: InitParams = "kmeans",
        weights_init: ArrayLike | None = None,
        means_init: ArrayLike | None = None,
        precisions_init: ArrayLike | None = None,
        random_state: RandomState = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        degenerate: Literal["repair", "raise"] = "repair",
        prior: Prior = None,
        noise: Noise = None,
        acceleration: Literal["squarem"] | None = None,
        truncation: float = 0.0,
        n_jobs: int | None = None,
        callback: Callback | None = None,
        progress: bool | Callable[..., Any] = False,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval
        self.degenerate = degenerate
        self.prior = prior
        self.noise = noise
        self.acceleration = acceleration
        self.truncation = truncation
        self.n_jobs = n_jobs
        self.callback = callback
        self.progress = progress

    def _quiet_copy(self, **changed: Any) -> MixtureSettings:
        """The settings, some of them changed, of a fit that nobody is told of."""
        told = {"verbose": 0, "callback": None, "progress": False}
        return MixtureSettings(**MixtureSettings.get_params(self) | told | changed)
