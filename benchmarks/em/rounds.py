"""One case: everybody fits the same data from the same start, in turns."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture

from em.contestant import Contestant, FailureError
from em.libraries import LIBRARIES
from em.limits import LIMITS
from em.problems import Parameters, Problem, Shape

REFERENCE = "scikit-learn"  # centred, float64, skips nothing
# The largest relative difference of the mean log-likelihood with which a result counts as the same,
# in a library that regularises, rounds or ends differently.
AGREEMENT = 1e-3


@dataclass
class Entry:
    """What came of a contestant in a case; `failure` says why if nothing did."""

    failure: str | None = None
    iterations: int = 0
    seconds: list[float] = field(default_factory=list)  # of a fit, a round each
    log_likelihood_difference: float | None = None  # relative, from the reference
    parameter_difference: float | None = None  # normwise, the largest of the parameters

    def iteration_times(self) -> NDArray[np.float64]:
        """Milliseconds an iteration, a round each."""
        return np.array(self.seconds) / max(1, self.iterations) * 1e3


@dataclass
class Case:
    data: str  # a key of DISTANCES
    shape: Shape
    covariance_type: str
    iterations: int
    entries: dict[str, Entry] = field(default_factory=dict)

    def __str__(self) -> str:
        counted = "1 iteration" if self.iterations == 1 else f"{self.iterations} iterations"
        return f"{self.shape}, {self.covariance_type}, {self.data}, {counted}"


class _Reference:
    """What the reference finds, after whatever number of iterations is asked for.

    Those who add nothing to variances are compared with a reference that does not either, unless it
    needs that.
    """

    def __init__(self, contestant: Contestant, problem: Problem) -> None:
        self._contestant, self._problem = contestant, problem
        self._known: dict[tuple[int, bool], tuple[Parameters, float]] = {}

    def after(self, n_iterations: int, regularizes: bool) -> tuple[Parameters, float]:
        """The parameters and their mean log-likelihood."""
        key = n_iterations, regularizes
        if key not in self._known:
            try:
                self._known[key] = self._find(*key)
            except FailureError:
                if regularizes:
                    raise
                self._known[key] = self.after(n_iterations, True)
        return self._known[key]

    def _find(self, n_iterations: int, regularizes: bool) -> tuple[Parameters, float]:
        if not regularizes:
            self._contestant.problem = dataclasses.replace(self._problem, reg_covar=0.0)
        try:
            self._contestant.seconds(n_iterations)
            found = self._contestant.parameters()
        finally:
            self._contestant.problem = self._problem
        return found, mean_log_likelihood(self._problem, found)


def run_case(case: Case, problem: Problem, contestants: list[Contestant], n_rounds: int) -> None:
    """Fills in the entries: first results, compared with the reference, then times."""
    (reference,) = (_Reference(c, problem) for c in contestants if c.name == REFERENCE)
    for contestant in contestants:
        contestant.problem = problem
    for contestant in contestants:
        try:
            case.entries[contestant.name] = _first_fit(contestant, case, problem, reference)
        except FailureError as failure:
            case.entries[contestant.name] = Entry(failure=str(failure))
    running = [c for c in contestants if case.entries[c.name].failure is None]
    for number in range(n_rounds):
        # Nobody always follows the same one.
        first = number % max(1, len(running))
        for contestant in running[first:] + running[:first]:
            _time(contestant, case.entries[contestant.name], case.iterations)


def _time(contestant: Contestant, entry: Entry, n_iterations: int) -> None:
    if entry.failure is not None:
        return
    try:
        entry.seconds.append(contestant.seconds(n_iterations))
    except FailureError as failure:
        entry.failure = str(failure)


def _first_fit(
    contestant: Contestant, case: Case, problem: Problem, reference: _Reference
) -> Entry:
    contestant.seconds(case.iterations)
    if contestant.library in LIMITS:
        return Entry(iterations=case.iterations)
    found = contestant.parameters()
    library = LIBRARIES[contestant.library]
    right, right_score = reference.after(found.n_iterations, library.regularizes)
    score = mean_log_likelihood(problem, found)
    entry = Entry(
        iterations=found.n_iterations,
        log_likelihood_difference=abs(score - right_score) / abs(right_score),
        parameter_difference=parameter_difference(found, right),
    )
    if not entry.log_likelihood_difference <= AGREEMENT:
        change = score - right_score
        entry.failure = f"another result: its mean log-likelihood is off by {change:+.2g}"
    return entry


def parameter_difference(found: Parameters, right: Parameters) -> float:
    """The largest of the relative differences of weights, means and covariances, normwise."""
    pairs: list[tuple[Any, Any]] = [
        (found.weights, right.weights),
        (found.means, right.means),
        (found.covariances, right.covariances),
    ]
    return max(float(np.linalg.norm(a - b) / np.linalg.norm(b)) for a, b in pairs)


def mean_log_likelihood(problem: Problem, parameters: Parameters) -> float:
    """By scikit-learn. Raises FailureError where a covariance is not positive definite."""
    mixture = GaussianMixture(problem.n_components, covariance_type=problem.covariance_type)
    mixture.weights_, mixture.means_ = parameters.weights, parameters.means
    covariances = parameters.covariances
    try:
        if parameters.precisions_cholesky is not None:
            mixture.precisions_cholesky_ = parameters.precisions_cholesky
        elif problem.covariance_type in ("full", "tied"):
            inverse = np.linalg.inv(np.linalg.cholesky(covariances))
            mixture.precisions_cholesky_ = inverse.swapaxes(-1, -2)
        else:
            mixture.precisions_cholesky_ = 1 / np.sqrt(covariances)
    except np.linalg.LinAlgError:
        raise FailureError("its covariances are not positive definite") from None
    return float(mixture.score(problem.X))
