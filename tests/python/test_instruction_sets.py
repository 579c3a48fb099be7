"""The other instruction sets of this CPU: what pytest itself runs on is the best of them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
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
