"""Runs CMake and what it builds."""

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


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


def build_core(name: str, isa: str, *options: str) -> Path:
    """Builds the C++ library in a folder that stays, so that a rerun is quick; returns it."""
    folder = ROOT / "build" / name
    run(
        "cmake", "--fresh", "-G", "Ninja", "-S", ROOT, "-B", folder, "-DCMAKE_BUILD_TYPE=Release",
        "-DGAUSSMIX_BUILD_PYTHON=OFF", f"-DGAUSSMIX_ISA={isa}", *options,
    )  # fmt: skip
    run("cmake", "--build", folder)
    return folder


def install(folder: Path) -> Path:
    """Installs what was built in a folder, below it; returns the prefix."""
    prefix = folder / "prefix"
    run("cmake", "--install", folder, "--prefix", prefix)
    return prefix
