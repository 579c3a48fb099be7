"""Fixtures that every test file may ask for, and the settings of hypothesis."""

import signal
from pathlib import Path

import gaussmix._core
import pytest
from cpp_build import build_core, install
from data import COVARIANCE_TYPES, DATA_SETS, Floats, load
from gaussmix._cpu import instruction_sets
from hypothesis import settings
from selection import pytest_addoption, pytest_collection_modifyitems  # noqa: F401

settings.register_profile("no time limits", settings(deadline=None))
settings.load_profile("no time limits")

# What a shell starts in the background ignores Ctrl-C, and so does all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(params=COVARIANCE_TYPES)
def covariance_type(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(name="X", params=DATA_SETS)
def data_set(request: pytest.FixtureRequest) -> Floats:
    return load(request.param)


@pytest.fixture(scope="session")
def parallel_build() -> Path:
    """Where the C++ tests and a static library are built with OpenMP."""
    options = ("-DGAUSSMIX_BUILD_TESTS=ON", "-DGAUSSMIX_OPENMP=ON", "-DBUILD_SHARED_LIBS=OFF")
    return build_core("tests-parallel", instruction_sets()[0], *options)


@pytest.fixture(scope="session", params=instruction_sets()[1:])
def other_build(request: pytest.FixtureRequest) -> Path:
    """Where the C++ tests are built for each of the other instruction sets."""
    return build_core(f"tests-{request.param}", request.param, "-DGAUSSMIX_BUILD_TESTS=ON")


@pytest.fixture(scope="session")
def serial_build() -> Path:
    """Where the C++ tests are built without OpenMP."""
    options = ("-DGAUSSMIX_BUILD_TESTS=ON", "-DGAUSSMIX_OPENMP=OFF", "-DBUILD_SHARED_LIBS=OFF")
    return build_core("tests-serial", instruction_sets()[0], *options)


@pytest.fixture(scope="session")
def static_prefix(parallel_build: Path) -> Path:
    """Where a static library is installed."""
    return install(parallel_build)


@pytest.fixture(scope="session")
def shared_prefix() -> Path:
    """Where a shared library is installed, for the instruction set that Python uses."""
    isa = gaussmix._core.config()["isa"]
    return install(build_core("tests-shared", isa, "-DBUILD_SHARED_LIBS=ON"))


@pytest.fixture(params=["static", "shared"])
def prefix(request: pytest.FixtureRequest) -> Path:
    """Where the library is installed, of one kind and of the other."""
    return request.getfixturevalue(f"{request.param}_prefix")
