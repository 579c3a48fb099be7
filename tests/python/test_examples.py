"""The examples run, and find what is in the data."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from data import ROOT


def run(name: str, *arguments: object) -> str:
    """What an example prints; it warns of nothing."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "examples" / name, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def test_quickstart_finds_the_species() -> None:
    shown = run("quickstart.py")
    clusters = re.findall(r"^cluster \d has (.*)$", shown, re.MULTILINE)
    counts = [
        {name: int(n) for name, n in re.findall(r"([A-Z]\w+) (\d+)", cluster)}
        for cluster in clusters
    ]
    assert len(counts) == 3
    assert {max(names, key=lambda name: names[name]) for names in counts} == {
        "Adelie",
        "Chinstrap",
        "Gentoo",
    }
    assert sum(sum(names.values()) for names in counts) == 342
    assert sum(max(names.values()) for names in counts) > 330
    assert "most in doubt" in shown


def test_families_are_all_fitted() -> None:
    shown = run("families.py")
    bic = dict(re.findall(r"^(\w{3}) .* ([\d.]+)$", shown, re.MULTILINE))
    assert len(bic) == 14
    assert min(bic, key=lambda name: float(bic[name])) == "VEE"


def test_penguins_are_all_there() -> None:
    lines = (ROOT / "examples" / "penguins.csv").read_text().splitlines()
    assert lines[0] == "species,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g"
    assert len(lines) == 1 + 342


def test_known_labels_find_the_species() -> None:
    shown = run("known_labels.py")
    largest = re.findall(r"^  component \d: (.*)$", shown, re.MULTILINE)
    species = [max(re.findall(r"(\d+) (\w+)", who), key=lambda n: int(n[0]))[1] for who in largest]
    assert species[3:] == ["Adelie", "Chinstrap", "Gentoo"]  # in the order of the labels
    assert species[:3] != species[3:]
    (right,) = re.findall(r"(\d+)% of the others are right", shown)
    assert int(right) > 90


def test_choosing_k_compares_criteria(tmp_path: Path) -> None:
    picture = tmp_path / "bic.png"
    shown = run("choosing_k.py", picture)
    best = re.findall(r"^\* best: (\d) components, (\w+) covariance", shown, re.MULTILINE)
    assert best == [("4", "tied"), ("3", "tied"), ("2", "full")]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_plots_are_drawn_as_on_their_page(tmp_path: Path) -> None:
    shown = [Path(line) for line in run("plots.py", tmp_path).splitlines()]
    page = (ROOT / "docs" / "plots.md").read_text()
    assert {path.name for path in shown} == set(re.findall(r"\(plots/(\w+\.png)\)", page))
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in shown)


def test_prior_saves_fits_with_too_many_components() -> None:
    printed = run("prior.py")
    shown, found = (
        np.array(re.findall(r"^ +(\d) +(-\S+) +(-\S+)$", text, re.MULTILINE), dtype=float)
        for text in ((ROOT / "docs" / "prior.md").read_text(), printed)
    )
    np.testing.assert_allclose(found, shown, rtol=0.02)
    k, plain, prior = found.T
    np.testing.assert_array_equal(k, np.arange(1, 9))
    assert (prior > plain - 0.5).all()
    assert (prior > plain + 2)[k >= 5].all()
