"""Builds the C++ tests and runs them, and holds the builds with and without OpenMP together."""

import re
import sys
from pathlib import Path

import pytest
from cpp_build import ROOT, run

UNIT_TESTS = sorted(path.stem for path in (ROOT / "tests" / "cpp").glob("test_*.cpp"))


def has_googletest(build: Path) -> bool:
    cache = (build / "CMakeCache.txt").read_text()
    return re.search(r"^GTest_DIR:PATH=.*NOTFOUND$", cache, re.MULTILINE) is None


def run_unit_test(build: Path, name: str) -> None:
    if not has_googletest(build):
        pytest.skip("the C++ tests were skipped: GoogleTest (libgtest-dev) is not installed")
    run(build / "tests" / "cpp" / name, "--gtest_brief=1")


@pytest.mark.parametrize("name", UNIT_TESTS)
@pytest.mark.parametrize("build", ["parallel_build", "serial_build"])
def test_unit(name: str, build: str, request: pytest.FixtureRequest) -> None:
    run_unit_test(request.getfixturevalue(build), name)


@pytest.mark.parametrize("name", UNIT_TESTS)
def test_unit_for_another_instruction_set(name: str, other_build: Path) -> None:
    run_unit_test(other_build, name)


def test_same_bits_for_any_number_of_threads_and_without_openmp(
    parallel_build: Path, serial_build: Path
) -> None:
    expected, serial_threads = digest(serial_build, 8)
    threads = {}
    for n_threads in (1, 2, 3, 8):
        actual, threads[n_threads] = digest(parallel_build, n_threads)
        assert actual == expected
    if sys.platform == "linux":
        assert serial_threads == 1
        assert threads == {1: 1, 2: 2, 3: 3, 8: 8}


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the names that gcc gives")
def test_core_has_no_dynamic_initialisers(parallel_build: Path) -> None:
    """Code that runs at import runs on every machine, whatever it was compiled for."""
    library = parallel_build / "libgaussmix.a"
    symbols = run("nm", library)
    assert "philox4x32_10" in symbols
    assert "_GLOBAL__sub_I" not in symbols


def digest(build: Path, n_threads: int) -> tuple[list[str], int]:
    """What fit_digest found, a line a fit, and how many threads it saw."""
    *fits, last = run(build / "tests" / "cpp" / "fit_digest", n_threads).splitlines()
    assert len(fits) == 2 * 4 * 4
    assert len(set(fits)) == len(fits)
    return fits, int(last.removeprefix("threads "))
