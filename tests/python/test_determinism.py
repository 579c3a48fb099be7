"""The same answer, to the last bit, whatever runs it: threads, forks, batches, control words."""

import ctypes
import ctypes.util
import multiprocessing
import platform
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from compare import assert_same_arrays, assert_same_bits, results
from data import COVARIANCE_TYPES, Floats, load, sample_mixture, start
from gaussmix import GaussianMixture, KMeans

pytestmark = [
    pytest.mark.arithmetic,
    pytest.mark.filterwarnings("ignore:Best performing initialization did not converge"),
]

INIT_PARAMS = ("kmeans", "k-means++", "random", "random_from_data")


@cache
def many_rows(dtype: str) -> Floats:
    """Enough rows that threads are used."""
    return sample_mixture(200_000, 8, 4, seed=0).astype(dtype)


@cache
def row_weights() -> Floats:
    return np.random.RandomState(0).choice([0.0, 0.5, 1.0, 2.0], 200_000)


# Every value of every column stands beside every value of every other column at least once.
CASES = [
    # covariance_type, init_params, dtype, weighted, n_init, n_jobs
    ("full", "kmeans", "float32", True, 1, 3),
    ("full", "k-means++", "float32", False, 3, 8),
    ("full", "random", "float64", True, 3, 2),
    ("full", "random_from_data", "float32", False, 1, 3),
    ("tied", "kmeans", "float64", False, 1, 2),
    ("tied", "k-means++", "float64", False, 1, 2),
    ("tied", "random", "float32", False, 3, 3),
    ("tied", "random_from_data", "float32", True, 1, 8),
    ("diag", "kmeans", "float64", False, 3, 8),
    ("diag", "k-means++", "float32", True, 3, 3),
    ("diag", "random", "float32", True, 1, 8),
    ("diag", "random_from_data", "float64", True, 1, 2),
    ("spherical", "kmeans", "float64", False, 3, 3),
    ("spherical", "k-means++", "float64", False, 1, 2),
    ("spherical", "random", "float32", True, 3, 8),
    ("spherical", "random_from_data", "float32", True, 3, 2),
]


def test_cases_hold_every_pair() -> None:
    values = [dict.fromkeys(column) for column in zip(*CASES, strict=True)]
    assert tuple(values[0]) == COVARIANCE_TYPES
    assert tuple(values[1]) == INIT_PARAMS
    for i, j in combinations(range(len(values)), 2):
        assert {(case[i], case[j]) for case in CASES} == set(product(values[i], values[j]))


@pytest.mark.parametrize(
    ("covariance_type", "init_params", "dtype", "weighted", "n_init", "n_jobs"), CASES
)
def test_any_number_of_threads(
    covariance_type: str, init_params: str, dtype: str, weighted: bool, n_init: int, n_jobs: int
) -> None:
    X = many_rows(dtype)
    settings = {"covariance_type": covariance_type, "init_params": init_params, "random_state": 0}
    # Starts are dropped after 20 iterations.
    settings |= {"n_init": n_init, "max_iter": 2 if n_init == 1 else 22, "tol": 0}
    one, many = (
        GaussianMixture(4, **settings, n_jobs=n).fit(
            X, sample_weight=row_weights() if weighted else None
        )
        for n in (1, n_jobs)
    )
    assert_same_bits(many, one, X)
    assert many.fit_report_ == one.fit_report_


@pytest.mark.parametrize(
    ("init", "dtype", "n_jobs"),
    [
        ("k-means++", "float32", 2),
        ("k-means++", "float64", 3),
        ("k-means++", "float32", 8),
        ("random", "float64", 2),
        ("random", "float32", 3),
        ("random", "float64", 8),
    ],
)
def test_any_number_of_threads_for_kmeans(init: str, dtype: str, n_jobs: int) -> None:
    X, weights = many_rows(dtype)[:60_000], row_weights()[:60_000]
    one, many = (
        KMeans(12, init=init, n_init=2, random_state=0, max_iter=5, n_jobs=n).fit(
            X, sample_weight=weights
        )
        for n in (1, n_jobs)
    )
    assert many.cluster_centers_.tobytes() == one.cluster_centers_.tobytes()
    assert many.labels_.tobytes() == one.labels_.tobytes()
    assert (many.inertia_, many.n_iter_) == (one.inertia_, one.n_iter_)
    assert many.transform(X).tobytes() == one.transform(X).tobytes()


def quick(covariance_type: str = "full", **settings: Any) -> Any:
    """A fit of the digits that takes a moment."""
    settings = {"n_components": 5, "random_state": 0, "max_iter": 5, "tol": 0} | settings
    return GaussianMixture(covariance_type=covariance_type, **settings).fit(load("digits"))


@pytest.mark.parametrize("init_params", INIT_PARAMS)
def test_seeds(init_params: str) -> None:
    first, again, other = (quick(init_params=init_params, random_state=s) for s in (0, 0, 1))
    assert_same_bits(first, again, load("digits"))
    assert first.lower_bounds_[0] != other.lower_bounds_[0]


@pytest.mark.parametrize("init_params", INIT_PARAMS)
def test_a_start_depends_on_the_seed_and_its_number_only(init_params: str) -> None:
    one, three, five = (quick(init_params=init_params, n_init=n).fit_report_ for n in (1, 3, 5))
    outcomes = [
        [(s.lower_bound, s.n_iter, s.converged) for s in report.starts]
        for report in (one, three, five)
    ]
    assert outcomes[0] == outcomes[1][:1]
    assert outcomes[1] == outcomes[2][:3]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_row_scores_the_same_alone_and_in_company(covariance_type: str, dtype: str) -> None:
    X = load("digits")[:201].astype(dtype)
    mixture = GaussianMixture(3, covariance_type=covariance_type, random_state=0, max_iter=4).fit(X)
    for method in (mixture.score_samples, mixture.predict_proba, mixture.predict):
        together = method(X)
        for size in (1, 2, 7, 64):
            parts = [method(X[i : i + size]) for i in range(0, len(X), size)]
            assert np.concatenate(parts).tobytes() == together.tobytes()


def fit_in_child(n_jobs: int) -> Any:
    return GaussianMixture(3, random_state=0, max_iter=2, n_jobs=n_jobs).fit(many_rows("float64"))


@pytest.mark.alone
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork")
def test_fork_after_a_fit() -> None:
    """The child has none of the parent's threads; a fit there must not wait for them."""
    parent = fit_in_child(2)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        child = pool.apply(fit_in_child, [2])
    assert_same_bits(child, parent, many_rows("float64"))


def test_concurrent_fits_and_scores() -> None:
    X = load("digits")
    shared = quick()
    alone = {t: quick(t) for t in COVARIANCE_TYPES}
    scores = shared.score_samples(X)
    with ThreadPoolExecutor(4) as pool:
        fits = [(t, pool.submit(quick, t, n_jobs=2)) for t in COVARIANCE_TYPES * 4]
        scored = [pool.submit(shared.score_samples, X) for _ in range(16)]
        for covariance_type, future in fits:
            assert_same_bits(future.result(), alone[covariance_type], X)
        assert {future.result().tobytes() for future in scored} == {scores.tobytes()}


# machine: words of fenv_t in glibc, the word with the control bits, the bits that flush denormals
FENV_LAYOUT = {"x86_64": (8, 7, 0x8040), "aarch64": (2, 0, 1 << 24)}


class ControlWord:
    """The floating-point control word of the calling thread, through the C library's fenv.h."""

    def __init__(self) -> None:
        self.libm = ctypes.CDLL(ctypes.util.find_library("m"))
        words, self.index, self.flush = FENV_LAYOUT[platform.machine()]
        self.environment = (ctypes.c_uint32 * words)()

    def get(self) -> int:
        self.libm.fegetenv(self.environment)
        return self.environment[self.index]

    def set(self, value: int) -> None:
        self.libm.fegetenv(self.environment)
        self.environment[self.index] = value
        self.libm.fesetenv(self.environment)

    @contextmanager
    def flushing(self) -> Iterator[None]:
        """Denormals are zero, as code built with -ffast-math leaves the thread that loads it."""
        before = self.get()
        self.set(before | self.flush)
        try:
            yield
        finally:
            self.set(before)


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in FENV_LAYOUT,
    reason="the layout of fenv_t is known for glibc on x86-64 and AArch64",
)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_denormals_that_somebody_else_flushes(covariance_type: str, n_jobs: int) -> None:
    regular = many_rows("float64")[:20_000]
    X = regular * ([1e-310] + [1.0] * 7)
    settings = start(regular, 3, covariance_type) | {"means_init": X[:3]}
    settings |= {"max_iter": 2, "n_jobs": n_jobs}

    def run() -> dict[str, Any]:
        return results(GaussianMixture(**settings).fit(X), X)

    def run_flushed() -> dict[str, Any]:
        control_word = ControlWord()
        with control_word.flushing():
            before = control_word.get()
            answer = run()
            # The low six bits on x86-64 are exceptions that happened, not control.
            assert control_word.get() & ~0x3F == before & ~0x3F
        return answer

    plain = run()
    assert 0 < np.abs(plain["means_"][:, 0]).max() < np.finfo(float).tiny
    with ThreadPoolExecutor(1) as fresh_thread:
        assert_same_arrays(fresh_thread.submit(run_flushed).result(), plain)
