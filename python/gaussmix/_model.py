"""What an estimator holds once it has parameters."""

from dataclasses import dataclass, field

from gaussmix._core import FitResult, Mixture, Predictor
from gaussmix._types import FeatureNames, Floats


@dataclass(frozen=True, eq=False)
class Model:
    """A mixture ready for scoring, and how it was found. Immutable.

    The estimator swaps one Model for another in a single assignment: whoever uses the estimator
    meanwhile, in another thread too, sees the old one or the new one.
    """

    result: FitResult
    feature_names: FeatureNames | None = None
    mixture: Mixture = field(init=False, repr=False)
    predictor: Predictor = field(init=False, repr=False)
    _arrays: dict[str, Floats] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mixture", self.result.mixture)
        object.__setattr__(self, "predictor", Predictor(self.mixture))

    def array(self, name: str) -> Floats:
        """A parameter array of the mixture, read-only, which is made once."""
        if name not in self._arrays:
            self._arrays[name] = getattr(self.mixture, name)
        return self._arrays[name]

    @classmethod
    def unfitted(cls, mixture: Mixture, feature_names: FeatureNames | None = None) -> "Model":
        """The model of parameters that were given."""
        return cls(FitResult(mixture), feature_names)

    def with_mixture(self, mixture: Mixture) -> "Model":
        """The same history for other parameters."""
        return Model(self.result.with_mixture(mixture), self.feature_names)
