"""Builds the C++ tests and runs them, and holds the builds with and without OpenMP together."""

import os
import sys
from itertools import product
from pathlib import Path

import pytest
from cpp_build import ROOT, TREE, build, has_package, run
from gaussmix._cpu import instruction_sets

SOURCES = ROOT / "tests" / "cpp"
UNIT_TESTS = sorted(
    {path.stem for path in SOURCES.glob("test_*.cpp")} - {"test_fuzz_corpus"}
    | {f"test_{path.stem}" for path in SOURCES.glob("fuzz_*.cpp")}
)
THREAD_TESTS = ("test_fit", "test_parallel")
PROGRAMS = [
    *((isa, name) for isa in instruction_sets() for name in UNIT_TESTS),
    *product(("serial", "own_threads"), THREAD_TESTS),
]


def program(folder: str, name: str) -> Path:
    return TREE / "tests" / "cpp" / folder / name


@pytest.fixture(scope="module")
def unit_tests(cpp_tree: None) -> None:
    if not has_package("GTest"):
        pytest.skip("the C++ tests were skipped: GoogleTest (libgtest-dev) is not installed")
    build()


@pytest.mark.parametrize(("folder", "name"), PROGRAMS, ids="/".join)
def test_unit(folder: str, name: str, unit_tests: None) -> None:
    run(program(folder, name), "--gtest_brief=1")


@pytest.fixture(scope="module")
def digests(cpp_tree: None) -> None:
    best = instruction_sets()[0]
    build(*(f"fit_digest_{name}" for name in (best, "serial", "own_threads")))


def test_same_bits_for_any_number_of_threads_and_without_openmp(digests: None) -> None:
    expected, serial_threads = digest("serial", 8)
    threads = {}
    for folder, n_threads in product((instruction_sets()[0], "own_threads"), (1, 2, 3, 8)):
        actual, threads[folder, n_threads] = digest(folder, n_threads)
        assert actual == expected
    if sys.platform == "linux":
        assert serial_threads == 1
        assert [n_threads for _, n_threads in threads] == [*threads.values()]


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads by /proc")
def test_omp_num_threads_is_read_without_openmp_too(digests: None) -> None:
    asked_for = {"OMP_NUM_THREADS": "3,2"}
    assert digest("serial", 0, **asked_for)[1] == 1
    assert digest("own_threads", 0, **asked_for)[1] == 3
    assert digest("own_threads", 0, OMP_NUM_THREADS="no number")[1] == os.cpu_count()


def digest(folder: str, n_threads: int, **environment: str) -> tuple[list[str], int]:
    """What fit_digest found, a line a fit, and how many threads it saw."""
    *fits, last = run(program(folder, "fit_digest"), n_threads, **environment).splitlines()
    assert len(fits) == 2 * 4 * 4
    assert len(set(fits)) == len(fits)
    return fits, int(last.removeprefix("threads "))


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the names that gcc gives")
def test_core_has_no_dynamic_initialisers(static_prefix: Path) -> None:
    """Code that runs at import runs on every machine, whatever it was compiled for."""
    (library,) = static_prefix.rglob("libgaussmix.a")
    symbols = run("nm", library)
    assert "factor_covariance" in symbols
    assert "_GLOBAL__sub_I" not in symbols
