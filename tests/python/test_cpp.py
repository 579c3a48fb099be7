"""Builds the C++ tests and runs them, and holds the builds with and without OpenMP together."""

import sys
from pathlib import Path

import pytest
from cpp_build import ROOT, TREE, build, has_package, run
from gaussmix._cpu import instruction_sets

SOURCES = ROOT / "tests" / "cpp"
UNIT_TESTS = sorted(
    {path.stem for path in SOURCES.glob("test_*.cpp")} - {"test_fuzz_corpus"}
    | {f"test_{path.stem}" for path in SOURCES.glob("fuzz_*.cpp")}
)
SERIAL_TESTS = ("test_fit", "test_parallel")
PROGRAMS = [
    *((isa, name) for isa in instruction_sets() for name in UNIT_TESTS),
    *(("serial", name) for name in SERIAL_TESTS),
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
    build(f"fit_digest_{instruction_sets()[0]}", "fit_digest_serial")


def test_same_bits_for_any_number_of_threads_and_without_openmp(digests: None) -> None:
    expected, serial_threads = digest("serial", 8)
    threads = {}
    for n_threads in (1, 2, 3, 8):
        actual, threads[n_threads] = digest(instruction_sets()[0], n_threads)
        assert actual == expected
    if sys.platform == "linux":
        assert serial_threads == 1
        assert threads == {1: 1, 2: 2, 3: 3, 8: 8}


def digest(folder: str, n_threads: int) -> tuple[list[str], int]:
    """What fit_digest found, a line a fit, and how many threads it saw."""
    *fits, last = run(program(folder, "fit_digest"), n_threads).splitlines()
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
