"""What type checkers say of a user's program and of the package itself."""

import json
import os
import re
import shutil
import site
import subprocess
import sys
from pathlib import Path
from typing import Any

import gaussmix
import pytest

PROGRAM = Path(__file__).with_name("typed_program.py")
FOLDER = Path(gaussmix.__file__).parents[1]


def run(*command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture(name="folder")
def user(tmp_path: Path) -> Path:
    """A folder with the program, and with pyright's settings."""
    shutil.copy(PROGRAM, tmp_path)
    settings: dict[str, Any] = {
        "include": [PROGRAM.name],
        "extraPaths": [str(FOLDER)],
        "typeCheckingMode": "strict",
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    return tmp_path


def test_mypy_takes_a_users_program(folder: Path) -> None:
    # mypy finds what is installed, and is told of what is not.
    found = {} if str(FOLDER) in site.getsitepackages() else {"MYPYPATH": str(FOLDER)}
    done = run("mypy", "--strict", "--follow-imports=silent", PROGRAM.name, folder=folder, **found)
    assert done.returncode == 0, done.stdout


def test_pyright_takes_a_users_program(folder: Path) -> None:
    pytest.importorskip("pyright")
    done = run("pyright", "--pythonpath", sys.executable, folder=folder)
    assert done.returncode == 0, done.stdout
    assert "0 errors, 0 warnings" in done.stdout


def test_both_find_what_is_wrong(folder: Path) -> None:
    """They look at the types: a program with three mistakes has three errors."""
    pytest.importorskip("pyright")
    program = folder / PROGRAM.name
    program.write_text(
        "from gaussmix import GaussianMixture, select\n"
        "GaussianMixture(2, covariance_type='fll')\n"
        "select([[1.0]], criterion='bik')\n"
        "GaussianMixture(2).fit([[1.0]]).means\n"
    )
    found = {} if str(FOLDER) in site.getsitepackages() else {"MYPYPATH": str(FOLDER)}
    mypy = run("mypy", "--strict", "--follow-imports=silent", PROGRAM.name, folder=folder, **found)
    assert [int(n) for n in re.findall(r"^\S+:(\d+): error", mypy.stdout, re.M)] == [2, 3, 4]
    pyright = run("pyright", "--pythonpath", sys.executable, folder=folder)
    lines = {int(n) for n in re.findall(r":(\d+):\d+ - error", pyright.stdout)}
    assert lines == {2, 3, 4}


def test_all_public_types_are_known(folder: Path) -> None:
    pytest.importorskip("pyright")
    options = ("--verifytypes", "gaussmix", "--ignoreexternal", "--outputjson")
    found = {"PYTHONPATH": os.pathsep.join([str(FOLDER), os.environ.get("PYTHONPATH", "")])}
    done = run("pyright", *options, "--pythonpath", sys.executable, folder=folder, **found)
    report = json.loads(done.stdout[done.stdout.index("{") :])["typeCompleteness"]
    unknown = [s["name"] for s in report["symbols"] if not s["isTypeKnown"]]
    assert unknown == []
    assert report["completenessScore"] == 1
