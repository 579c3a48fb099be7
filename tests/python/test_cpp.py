"""Builds the C++ tests and runs them, and holds the builds with and without OpenMP together."""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from gaussmix._cpu import instruction_sets

ROOT = Path(__file__).parents[2]
UNIT_TESTS = sorted(path.stem for path in (ROOT / "tests" / "cpp").glob("test_*.cpp"))


def run(*command: object) -> str:
    """Runs a command and returns what it printed; a failure is a failed test that shows it."""
    # What pip installs (cmake, ninja, Eigen) is found beside the interpreter.
    scripts, packages = sysconfig.get_path("scripts"), sysconfig.get_path("purelib")
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([scripts, os.environ.get("PATH", "")]),
        "CMAKE_PREFIX_PATH": os.pathsep.join(
            filter(None, [packages, os.environ.get("CMAKE_PREFIX_PATH")])
        ),
    }
    done = subprocess.run(
        [str(word) for word in command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{' '.join(map(str, command))}\n{done.stdout}", pytrace=False)
    return done.stdout


def build(name: str, openmp: str) -> Path:
    folder = ROOT / "build" / name
    run(
        "cmake", "--fresh", "-G", "Ninja", "-S", ROOT, "-B", folder, openmp,
        "-DCMAKE_BUILD_TYPE=Release", "-DGAUSSMIX_BUILD_PYTHON=OFF", "-DGAUSSMIX_BUILD_TESTS=ON",
        f"-DGAUSSMIX_ISA={instruction_sets()[0]}",
    )  # fmt: skip
    run("cmake", "--build", folder)
    return folder / "tests" / "cpp"


@pytest.fixture(scope="session")
def parallel_build() -> Path:
    """The programs of a build with OpenMP. Its folder stays, so that a rerun is quick."""
    return build("tests-parallel", "-DGAUSSMIX_OPENMP=ON")


@pytest.fixture(scope="session")
def serial_build() -> Path:
    """The programs of a build without OpenMP."""
    return build("tests-serial", "-DGAUSSMIX_OPENMP=OFF")


def has_googletest(programs: Path) -> bool:
    cache = (programs.parents[1] / "CMakeCache.txt").read_text()
    return re.search(r"^GTest_DIR:PATH=.*NOTFOUND$", cache, re.MULTILINE) is None


@pytest.mark.parametrize("name", UNIT_TESTS)
@pytest.mark.parametrize("programs", ["parallel_build", "serial_build"])
def test_unit(name: str, programs: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(programs)
    if not has_googletest(folder):
        pytest.skip("the C++ tests were skipped: GoogleTest (libgtest-dev) is not installed")
    run(folder / name, "--gtest_brief=1")


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
    library = parallel_build.parents[1] / "libgaussmix.a"
    symbols = run("nm", library)
    assert "philox4x32_10" in symbols
    assert "_GLOBAL__sub_I" not in symbols


def digest(programs: Path, n_threads: int) -> tuple[list[str], int]:
    """What fit_digest found, a line a fit, and how many threads it saw."""
    *fits, last = run(programs / "fit_digest", n_threads).splitlines()
    assert len(fits) == 2 * 4 * 4
    assert len(set(fits)) == len(fits)
    return fits, int(last.removeprefix("threads "))
