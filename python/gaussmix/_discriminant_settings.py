"""The settings of a classifier by mixtures: the arguments of its constructor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from numpy.typing import ArrayLike

from gaussmix._estimator import Estimator
from gaussmix._seeds import RandomState
from gaussmix._types import CovarianceType, NInit, Prior

NComponents: TypeAlias = int | Sequence[int] | Mapping[Any, int] | Literal["bic"]
ClassCovariances: TypeAlias = (
    CovarianceType
    | Sequence[CovarianceType]
    | Mapping[Any, CovarianceType]
    | Literal["bic", "shared"]
)


class DiscriminantSettings(Estimator):
    """How the classes are to be fitted; what each setting means is said at MixtureDiscriminant."""

    def __init__(
        self,
        n_components: NComponents = "bic",
        *,
        covariance_type: ClassCovariances = "bic",
        priors: ArrayLike | None = None,
        tol: float = 1e-3,
        reg_covar: float = 1e-6,
        max_iter: int = 100,
        n_init: NInit = 1,
        random_state: RandomState = None,
        degenerate: Literal["repair", "raise"] = "repair",
        prior: Prior = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.priors = priors
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.random_state = random_state
        self.degenerate = degenerate
        self.prior = prior
        self.n_jobs = n_jobs

    def _mixture_settings(self) -> dict[str, Any]:
        """Returns those that are parameters of GaussianMixture and the same for all classes."""
        names = ("tol", "reg_covar", "max_iter", "n_init", "random_state", "degenerate", "prior")
        return {name: getattr(self, name) for name in (*names, "n_jobs")}
