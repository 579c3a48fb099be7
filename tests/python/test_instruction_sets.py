"""The other instruction sets of this CPU: what pytest itself runs on is the best of them."""

import os
import re
import subprocess
import sys
import warnings
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from data import COVARIANCE_TYPES, Floats
from gaussmix import GaussianMixture, KMeans
from gaussmix._cpu import instruction_sets

HERE = Path(__file__).parent

# What these build, print or look at is the same for every instruction set, or is of all of them.
ELSEWHERE = (
    "test_benchmarks.py",
    "test_c_api.py",
    "test_cli.py",
    "test_cpp.py",
    "test_embed.py",
    "test_examples.py",
    "test_instruction_sets.py",
    "test_logging.py",
    "test_model_file.py",
    "test_package.py",
    "test_parameters.py",
    "test_readme.py",
    "test_table.py",
)


def test_files_that_run_elsewhere_exist() -> None:
    assert [name for name in ELSEWHERE if not (HERE / name).exists()] == []


def run_pytest(isa: str, *options: str) -> str:
    """What pytest prints at its end; fails with all of it unless every test passes."""
    ignored = [f"--ignore={HERE / name}" for name in ELSEWHERE]
    environment = {**os.environ, "GAUSSMIX_ISA": isa}
    # Of the pytest around this one: the options, and whose worker it is.
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", HERE, *ignored, *options,
         "-q", "--tb=short", "--no-header", "--color=no", "-p", "no:cacheprovider"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        begin = max(done.stdout.find("= FAILURES ="), done.stdout.find("= ERRORS ="), 0)
        pytest.fail(f"with GAUSSMIX_ISA={isa}:\n{done.stdout[begin:]}", pytrace=False)
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("isa", instruction_sets()[1:])
def test_passes_the_tests(isa: str, request: pytest.FixtureRequest) -> None:
    """Those of the arithmetic; with --runslow all. No signals or times depend on the set."""
    if request.config.getoption("--runslow", default=False):
        summary = run_pytest(isa, "--runslow", "-m", "not alone")
    else:
        summary = run_pytest(isa, "-m", "arithmetic and not alone")
    assert int(re.match(r"(\d+) passed", summary)[1]) > 100


# Rows, features, components or clusters.
SIZES = ((900, 3, 5), (500, 3, 6))


def separated_clusters(n: int, d: int, k: int) -> Floats:
    """Many starts find the same optimum, their components in another order."""
    rng = np.random.RandomState(n)
    return rng.standard_normal((n, d)) + (6 * rng.standard_normal((k, d)))[rng.randint(k, size=n)]


def write_fits(path: str, n_jobs: int) -> None:
    """The labels, and the means in their order, of fits with several starts."""
    warnings.simplefilter("ignore")
    fits: dict[str, Floats] = {}

    def add(name: str, labels: Any, means: Any) -> None:
        fits[f"{name}-labels"], fits[f"{name}-means"] = labels, means

    for (n, d, k), dtype in product(SIZES, ("float64", "float32")):
        X = separated_clusters(n, d, k).astype(dtype)
        # Where EM runs until rounding alone is left, the most starts tie.
        for tol in (1e-3, 1e-12) if dtype == "float64" else (1e-3,):
            settings = {"n_init": 5, "tol": tol, "max_iter": 500, "n_jobs": n_jobs}
            for seed, covariance_type in product(range(2), COVARIANCE_TYPES):
                model = GaussianMixture(
                    k, covariance_type=covariance_type, random_state=seed, **settings
                ).fit(X)
                name = f"{dtype}-{n}-{tol}-{covariance_type}-{seed}"
                add(name, model.predict(X), model.means_)
        for seed in range(4):
            clusters = KMeans(k, n_init=5, random_state=seed, n_jobs=n_jobs).fit(X)
            add(f"{dtype}-{n}-kmeans-{seed}", clusters.labels_, clusters.cluster_centers_)
    np.savez(path, **fits)


def fits_with(isa: str, n_jobs: int, path: Path) -> dict[str, Floats]:
    """What write_fits writes with an instruction set."""
    code = f"import test_instruction_sets as t; t.write_fits({str(path)!r}, {n_jobs})"
    python_path = os.pathsep.join([str(HERE), *sys.path])
    environment = {**os.environ, "GAUSSMIX_ISA": isa, "PYTHONPATH": python_path}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    with np.load(path) as fits:
        return dict(fits)


def test_labels_and_the_order_of_components_agree(tmp_path: Path) -> None:
    """Starts that tie but for rounding do not change places, on any set and number of threads."""
    best, *others = instruction_sets()
    expected = fits_with(best, 1, tmp_path / "fits.npz")
    for isa, n_jobs in [(best, 2), *product(others, (1, 2))]:
        fits = fits_with(isa, n_jobs, tmp_path / "fits.npz")
        differ = [name for name in expected if not agree(fits[name], expected[name])]
        assert differ == [], (isa, n_jobs)


def agree(values: Floats, expected: Floats) -> bool:
    if values.dtype == np.float32:
        return np.allclose(values, expected, rtol=1e-3, atol=1e-3)
    if values.dtype == np.float64:
        return np.allclose(values, expected, rtol=1e-8, atol=1e-8)
    return np.array_equal(values, expected)
