"""Fixtures that every test file may ask for, and the settings of hypothesis."""

import os
import signal
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command import Run
from cpp_build import configure, install
from data import COVARIANCE_TYPES, DATA_SETS, Floats, load
from hypothesis import settings
from selection import pytest_addoption, pytest_collection_modifyitems  # noqa: F401
from written import Reader

settings.register_profile("no time limits", settings(deadline=None))
settings.load_profile("no time limits")

# What a shell starts in the background ignores Ctrl-C, and so does all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="module")
def _environment() -> Iterator[None]:
    """Takes back what tests of a file add to the environment, as dask does OMP_NUM_THREADS."""
    before = {*os.environ, "PYTEST_CURRENT_TEST"}
    yield
    for name in set(os.environ) - before:
        del os.environ[name]


@pytest.fixture
def unfinished_fits_are_quiet() -> Iterator[None]:
    """No warning of a fit that did not converge; one that says more is shown."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Best performing")
        yield


@pytest.fixture(params=COVARIANCE_TYPES)
def covariance_type(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(name="X", params=DATA_SETS)
def data_set(request: pytest.FixtureRequest) -> Floats:
    return load(request.param)


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Reads a table as the command does."""
    return Reader(tmp_path_factory.mktemp("table"))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command."""
    return Run(capsys)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], str]:
    """Writes the text of a CSV file, and returns its path."""

    def write_data(text: str) -> str:
        path = tmp_path / "data.csv"
        path.write_text(text)
        return str(path)

    return write_data


@pytest.fixture(scope="session")
def cpp_tree() -> None:
    """Where C++ is built, configured."""
    configure()


@pytest.fixture(scope="session")
def static_prefix() -> Path:
    """Where a static library is installed."""
    return install("static")


@pytest.fixture(scope="session")
def shared_prefix() -> Path:
    """Where a shared library is installed."""
    return install("shared")


@pytest.fixture(params=["static", "shared"])
def prefix(request: pytest.FixtureRequest) -> Path:
    """Where the library is installed, of one kind and of the other."""
    return request.getfixturevalue(f"{request.param}_prefix")
