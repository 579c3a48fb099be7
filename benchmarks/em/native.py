"""C++ code that is compiled for the machine that the benchmark runs on."""

import ctypes
import functools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parents[1] / "peers"
BUILD = Path(__file__).parents[2] / "build" / "benchmarks"
COMPILER = os.environ.get("CXX", "g++")
FLAGS = ("-std=c++17", "-O3", "-march=native", "-fopenmp", "-shared", "-fPIC")


class CompileError(RuntimeError):
    pass


def compiler() -> str:
    """Which compiler, with which flags."""
    done = subprocess.run([COMPILER, "--version"], capture_output=True, text=True, check=True)
    return f"{done.stdout.splitlines()[0]}, {' '.join(FLAGS[:4])}"


@functools.cache
def load(name: str, *link: str) -> ctypes.CDLL:
    """Compiles peers/<name>.cpp and loads it.

    Raises CompileError with the compiler's first error.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    library = BUILD / f"{name}-{os.getpid()}.so"
    # Eigen is where pip or the system puts it.
    places = [Path(folder) / "cmeel.prefix" / "include" for folder in sys.path]
    folders = [place / "eigen3" for place in (*places, Path("/usr/include"))]
    includes = [f"-I{folder}" for folder in folders if folder.exists()]
    command = [COMPILER, *FLAGS, *includes, FOLDER / f"{name}.cpp", "-o", library, *link]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if "error" in line]
        raise CompileError(f"{name}.cpp: {(errors or ['the compiler failed'])[0]}")
    try:
        return ctypes.CDLL(str(library))
    finally:
        library.unlink()


def pointer(array: NDArray[np.float64]) -> ctypes.c_void_p:
    """The numbers of a contiguous array of doubles, for C."""
    assert array.dtype == np.float64
    assert array.flags.c_contiguous
    return ctypes.c_void_p(array.ctypes.data)
