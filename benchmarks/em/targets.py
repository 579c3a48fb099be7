"""What gaussmix set out to reach, and what it did reach."""

import statistics
from collections.abc import Callable, Iterable

from em.limits import EXPONENTIALS, PRODUCT_FLOPS, PRODUCT_LIMITS, PRODUCT_ONE_THREAD
from em.problems import COVARIANCE_TYPES
from em.rounds import Case
from em.target import Target

OURS, OURS_FLOAT32, OURS_ONE_THREAD = "gaussmix", "gaussmix float32", "gaussmix, 1 thread"
# Of the rate of matrix products, shape by shape: what must be, and what is hoped for.
PRODUCT_TARGETS = {"B": (0.28, None), "C": (0.5, 0.75), "D": (0.6, 0.75), "E": (0.65, 0.75),
                   "F": (0.6, 0.75)}  # fmt: skip


def milliseconds(case: Case, name: str) -> float | None:
    """The median of an iteration; None for who failed or did not take part."""
    entry = case.entries.get(name)
    if entry is None or entry.failure is not None or not entry.seconds:
        return None
    return float(statistics.median(entry.iteration_times()))


def ratio(case: Case, slow: str, fast: str) -> float | None:
    """How many times as long one takes as the other."""
    times = milliseconds(case, slow), milliseconds(case, fast)
    return None if None in times else times[0] / times[1]  # type: ignore[operator]


def ratio_of(slow: str, fast: str) -> Callable[[Case], float | None]:
    """The same, of any case."""
    return lambda case: ratio(case, slow, fast)


def product_rate(case: Case) -> tuple[str, float] | None:
    """The faster of the matrix products that ran in the case's rounds, in GFLOP/s."""
    rates = {}
    for name in PRODUCT_LIMITS:
        entry = case.entries.get(name)
        if entry is not None and entry.failure is None and entry.seconds:
            rates[name] = PRODUCT_FLOPS / statistics.median(entry.seconds) / 1e9
    return max(rates.items(), key=lambda item: item[1]) if rates else None


def useful_fraction(case: Case) -> float | None:
    """2 n k d^2 operations an iteration, against the rate of matrix products."""
    time, rate = milliseconds(case, OURS), product_rate(case)
    if time is None or rate is None:
        return None
    shape = case.shape
    work = 2.0 * shape.n_samples * shape.n_components * shape.n_features**2
    return work / (time * 1e-3) / 1e9 / rate[1]


def targets(cases: list[Case]) -> list[Target]:
    """The table of targets, from those cases that have separated clusters and 10 iterations."""
    standard = [case for case in cases if case.data == "separated" and case.iterations == 10]
    of = {t: [case for case in standard if case.covariance_type == t] for t in COVARIANCE_TYPES}
    wide = [case for case in of["full"] if case.shape.name in "CDEF"]
    return [
        _speedup("full", of["full"], "scikit-learn", 25, 40),
        _speedup("full", of["full"], "oneDAL", 4, 8),
        *_fractions(of["full"]),
        *_against_exponentials(of["full"]),
        _speedup("diag", of["diag"], "oneDAL", 3, 6),
        _speedup("diag", of["diag"], "VLFeat", 3, 5),
        _speedup("diag", of["diag"], "scikit-learn", 10, 20),
        _speedup("tied and spherical", of["tied"] + of["spherical"], "scikit-learn", 15, 30),
        _smallest("float32 against float64, full", wide, ratio_of(OURS, OURS_FLOAT32), 1.7, 2),
        _threads(of["full"]),
        *_accuracy(standard),
    ]


def _values(cases: list[Case], measure: Callable[[Case], float | None]) -> tuple[list[float], str]:
    measured = [(case.shape.name, measure(case)) for case in cases]
    detail = ", ".join(f"{n} {v:.3g}" if v is not None else f"{n} failed" for n, v in measured)
    return [value for _, value in measured if value is not None], detail


def _speedup(types: str, cases: list[Case], peer: str, must: float, reach: float) -> Target:
    values, detail = _values(cases, lambda case: ratio(case, peer, OURS))
    mean = statistics.geometric_mean(values) if values else None
    return Target(f"{types}, against {peer}: geometric mean", mean, must, reach, detail=detail)


def _smallest(
    what: str, cases: list[Case], measure: Callable[[Case], float | None], must: float, reach: float
) -> Target:
    values, detail = _values(cases, measure)
    complete = values and len(values) == len(cases)  # nobody failed
    smallest = min(values) if complete else None
    return Target(f"{what}: the smallest", smallest, must, reach, detail=detail)


def _threads(cases: list[Case]) -> Target:
    ours = ratio_of(OURS_ONE_THREAD, OURS)
    target = _smallest("one thread to two, full", cases, ours, 1.85, 1.95)
    _, products = _values(cases, ratio_of(PRODUCT_ONE_THREAD, PRODUCT_LIMITS[1]))
    target.detail += f" (products: {products})"
    return target


def _fractions(cases: list[Case]) -> Iterable[Target]:
    for case in cases:
        if case.shape.name in PRODUCT_TARGETS:
            must, reach = PRODUCT_TARGETS[case.shape.name]
            what = f"full, {case.shape.name}: useful work against the rate of matrix products"
            yield Target(what, useful_fraction(case), must, reach)


def _against_exponentials(cases: list[Case]) -> Iterable[Target]:
    for case in cases:
        if EXPONENTIALS in case.entries:
            what = f"full, {case.shape.name}: time against that of exp alone on n k values"
            yield Target(what, ratio(case, OURS, EXPONENTIALS), 4, 2, lower_is_better=True)


def _accuracy(cases: list[Case]) -> Iterable[Target]:
    entries = [(case, case.entries[OURS]) for case in cases if OURS in case.entries]
    for what, attribute, must in (
        ("mean log-likelihood", "log_likelihood_difference", 1e-10),
        ("parameters, normwise", "parameter_difference", 1e-8),
    ):
        found = [(getattr(entry, attribute), case) for case, entry in entries]
        known = [(value, case) for value, case in found if value is not None]
        value, worst = max(known, key=lambda pair: pair[0], default=(None, None))
        if len(known) < len(found):
            value = None
        detail = f"in {worst.shape.name}, {worst.covariance_type}" if worst else ""
        name = f"all, {what} after 10 iterations: the largest difference"
        yield Target(name, value, must, None, lower_is_better=True, detail=detail)
