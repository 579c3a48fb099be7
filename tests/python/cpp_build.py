"""Runs CMake and what it builds: the C++ library and its tests, in one tree that stays.

Static, shared, parallel and serial libraries share their objects, so they take turns in the tree.
GAUSSMIX_TEST_TREE names a tree in which the Python package was built: then nothing is compiled but
what is not there yet.
"""

import os
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from gaussmix._cpu import instruction_sets

if os.name == "posix":
    import fcntl

ROOT = Path(__file__).parents[2]
TREE = Path(os.environ.get("GAUSSMIX_TEST_TREE") or ROOT / "build" / "tests")


def run(*command: object, **environment: str) -> str:
    """Runs a command and returns what it printed; a failure is a failed test that shows it."""
    # What pip installs (cmake, ninja, Eigen) is found beside the interpreter.
    scripts, packages = sysconfig.get_path("scripts"), sysconfig.get_path("purelib")
    found = {
        "PATH": os.pathsep.join([scripts, os.environ.get("PATH", "")]),
        "CMAKE_PREFIX_PATH": os.pathsep.join(
            filter(None, [packages, os.environ.get("CMAKE_PREFIX_PATH")])
        ),
    }
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **found, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{' '.join(map(str, command))}\n{done.stdout}", pytrace=False)
    return done.stdout


@contextmanager
def in_turn() -> Iterator[None]:
    """Two pytests, or two workers of one, do not build in the tree at once."""
    TREE.mkdir(parents=True, exist_ok=True)
    with open(TREE / "in_turn.lock", "w") as lock:
        if os.name == "posix":
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def configure(*options: str) -> None:
    """Configures the tree; its library is for the best instruction set that the package has."""
    if not os.environ.get("GAUSSMIX_TEST_TREE"):
        options += (
            "-DGAUSSMIX_BUILD_PYTHON=OFF",
            "-DGAUSSMIX_ISAS=" + ";".join(instruction_sets()),
        )
    with in_turn():
        run(
            "cmake", "-G", "Ninja", "-S", ROOT, "-B", TREE, "-DCMAKE_BUILD_TYPE=Release",
            "-DGAUSSMIX_BUILD_TESTS=ON", f"-DGAUSSMIX_ISA={instruction_sets()[0]}", *options,
        )  # fmt: skip


def build(*targets: str) -> None:
    with in_turn():
        run("cmake", "--build", TREE, *(("--target", *targets) if targets else ()))


def has_package(name: str) -> bool:
    """Whether CMake found a package when it configured the tree."""
    cache = (TREE / "CMakeCache.txt").read_text()
    return re.search(rf"^{name}_DIR:PATH=.*NOTFOUND$", cache, re.MULTILINE) is None


def install(kind: str) -> Path:
    """Builds a static or a shared library and installs it; returns the prefix."""
    prefix = TREE / f"prefix-{kind}"
    configure(f"-DBUILD_SHARED_LIBS={'ON' if kind == 'shared' else 'OFF'}")
    build("gaussmix")
    run("cmake", "--install", TREE, "--component", "cpp", "--prefix", prefix)
    return prefix
