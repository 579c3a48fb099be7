"""Whole fits, from nothing to convergence: one start, and ten, beside one of scikit-learn."""

import statistics
import warnings
from dataclasses import dataclass, field
from typing import Any

import gaussmix
from em.problems import SHAPES, Shape, make_data
from sklearn import mixture

from starts.turns import in_turns, timed

SIZES = tuple(shape for shape in SHAPES if shape.name in "BCD")
QUICK_SIZES = (Shape("tiny", 600, 4, 3),)
TEN = 10

THEIRS, OURS, OURS_TEN = "scikit-learn", "gaussmix", f"gaussmix, n_init={TEN}"
NAMES = (THEIRS, OURS, OURS_TEN)
# A mean log-likelihood is as good as another if it is no lower than this below it.
TOLERANCE = 1e-4


@dataclass
class Fits:
    """What came of each seed."""

    seconds: list[float] = field(default_factory=list)
    log_likelihoods: list[float] = field(default_factory=list)  # mean, by scikit-learn
    n_iterations: list[int] = field(default_factory=list)  # of the best start


@dataclass
class Size:
    shape: Shape
    fits: dict[str, Fits]

    def n_seeds(self) -> int:
        return len(self.fits[THEIRS].seconds)

    def speedup(self, name: str) -> float:
        """How many times as long scikit-learn's fit takes, in the median of the seeds."""
        pairs = zip(self.fits[THEIRS].seconds, self.fits[name].seconds, strict=True)
        return statistics.median(theirs / ours for theirs, ours in pairs)

    def as_good(self, name: str) -> int:
        """The number of seeds whose log-likelihood is as good as scikit-learn's."""
        pairs = zip(self.fits[THEIRS].log_likelihoods, self.fits[name].log_likelihoods, strict=True)
        return sum(ours >= theirs - TOLERANCE for theirs, ours in pairs)


def run_size(shape: Shape, distance: float, n_seeds: int) -> Size:
    X = make_data(shape, distance)
    found = {name: Fits() for name in NAMES}
    for number, name in enumerate(in_turns(list(NAMES), n_seeds)):
        estimator = _estimator(name, shape.n_components, number // len(NAMES))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of who did not converge
            seconds, _ = timed(lambda estimator=estimator: estimator.fit(X))
        found[name].seconds.append(seconds)
        found[name].log_likelihoods.append(mean_log_likelihood(estimator, X))
        found[name].n_iterations.append(estimator.n_iter_)
    return Size(shape, found)


def mean_log_likelihood(fitted: Any, X: Any) -> float:
    """By scikit-learn."""
    scorer = mixture.GaussianMixture(fitted.n_components, covariance_type=fitted.covariance_type)
    for name in ("weights_", "means_", "precisions_cholesky_"):
        setattr(scorer, name, getattr(fitted, name))
    return float(scorer.score(X))


def _estimator(name: str, k: int, seed: int) -> Any:
    if name == THEIRS:
        return mixture.GaussianMixture(k, random_state=seed)
    return gaussmix.GaussianMixture(k, random_state=seed, n_init=TEN if name == OURS_TEN else 1)
