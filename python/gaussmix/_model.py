"""What an estimator holds once it has parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from gaussmix._core import FitResult, Mixture, Predictor
from gaussmix._types import FeatureNames
from gaussmix.report import FitReport

_MIXTURE_ARGUMENTS = (
    "weights",
    "means",
    "precisions_cholesky",
    "covariance_type",
    "covariances",
)


@dataclass(frozen=True, eq=False)
class Model:
    """A mixture ready for scoring, and how it was found. Immutable.

    The estimator swaps one Model for another in a single assignment: whoever uses the estimator
    meanwhile, in another thread too, sees the old one or the new one.
    """

    mixture: Mixture
    feature_names: FeatureNames | None = None
    converged: bool = False
    n_iter: int = 0
    lower_bound: float = float("-inf")
    lower_bounds: tuple[float, ...] = ()
    report: FitReport = field(default_factory=FitReport)
    predictor: Predictor = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "predictor", Predictor(self.mixture))

    @classmethod
    def of(cls, result: FitResult, feature_names: FeatureNames | None) -> "Model":
        """The model of a finished fit."""
        return cls(
            result.mixture,
            feature_names,
            result.converged,
            result.n_iter,
            result.lower_bound,
            tuple(result.lower_bounds),
            FitReport.of(result),
        )

    def with_mixture(self, mixture: Mixture) -> "Model":
        """The same history for other parameters."""
        return replace(self, mixture=mixture)

    def to_state(self) -> dict[str, Any]:
        """Returns the model as arrays and plain values, for a pickle."""
        names = [f.name for f in fields(self) if f.name not in ("mixture", "predictor")]
        state = {name: getattr(self, name) for name in names}
        return state | {name: getattr(self.mixture, name) for name in _MIXTURE_ARGUMENTS}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Model":
        """Returns the model of a `to_state`, with the same bits."""
        history = dict(state)
        arguments = {name: history.pop(name) for name in _MIXTURE_ARGUMENTS}
        return cls(Mixture.from_precisions_cholesky(**arguments), **history)
