"""What README.md and pages of docs show is what comes out."""

import doctest
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from data import ROOT

README = ROOT / "README.md"


PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if ">>> " in page.read_text()], ids=lambda p: p.name
)
def test_python_example(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    failures, examples = doctest.testfile(
        str(page), module_relative=False, optionflags=doctest.ELLIPSIS
    )
    assert failures == 0
    assert examples > 5


@pytest.mark.alone
def test_joblib_recipe(tmp_path: Path) -> None:
    blocks = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs" / "clusters.md").read_text(), re.DOTALL
    )
    (recipe,) = (block for block in blocks if "from joblib import" in block)
    (tmp_path / "recipe.py").write_text(recipe)
    done = subprocess.run(
        [sys.executable, tmp_path / "recipe.py"], stdout=subprocess.PIPE, text=True, check=True
    )
    assert re.fullmatch(r"\[\[[^\]]*\]\n \[[^\]]*\]\n \[[^\]]*\]\] \d+ True\n", done.stdout)


def test_command() -> None:
    ((arguments, expected),) = re.findall(
        r"```console\n\$ gaussmix (.*?)\n(.*?)```", README.read_text(), re.DOTALL
    )
    command = Path(sysconfig.get_path("scripts")) / "gaussmix"
    done = subprocess.run(
        [command, *arguments.split()], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    assert done.stdout == expected


def test_first_page_has_the_figures_of_the_readme() -> None:
    page = (ROOT / "docs" / "index.md").read_text()
    (times,) = re.findall(r"grid-item-card\} (\d+) times\nas fast as scikit-learn", page)
    readme = " ".join(README.read_text().split())
    assert f"| scikit-learn | full covariances {times} times as fast" in readme
    assert "grid-item-card} 1e-9" in page
    assert "within a relative 1e-9" in readme
