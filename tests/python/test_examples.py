"""The examples run, and find what is in the data."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
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


def test_many_tables_finds_those_with_two_levels() -> None:
    shown = run("many_tables.py")
    assert float(re.findall(r"right: ([\d.]+)%", shown)[0]) > 99
    low, high = map(float, re.findall(r"average: (\S+) and (\S+)", shown)[0])
    assert abs(low) < 0.1
    assert abs(high - 5) < 0.1


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


def test_density_answers(tmp_path: Path) -> None:
    picture = tmp_path / "density.png"
    shown = run("density.py", picture)
    assert "3 modes, of body mass alone 2:" in shown
    clusters = re.findall(r"^  cluster \d: (.*)$", shown, re.MULTILINE)
    species = {max(re.findall(r"(\d+) (\w+)", who), key=lambda n: int(n[0]))[1] for who in clusters}
    assert species == {"Adelie", "Chinstrap", "Gentoo"}
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_mixture_regression_is_nearer_than_a_line(tmp_path: Path) -> None:
    picture = tmp_path / "regression.png"
    printed = run("mixture_regression.py", picture)
    shown, found = (
        np.array(re.findall(r"^ +(\d) +(\d+) g +(\d+)%$", text, re.MULTILINE), dtype=float)
        for text in ((ROOT / "docs" / "regression.md").read_text(), printed)
    )
    np.testing.assert_allclose(found, shown, rtol=0.02)
    assert found[1, 1] < 0.75 * found[0, 1]
    assert (np.abs(found[:, 2] - 95) < 3).all()
    assert "17 mm deep: most likely 3408 and 5850 g" in printed
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_outliers_are_flagged_at_the_rate_that_was_asked_for(tmp_path: Path) -> None:
    picture = tmp_path / "outliers.png"
    shown = run("outliers.py", picture)
    rows = re.findall(r"^ +(0\.\d+) .* +([\d.]+)% +([\d.]+)% +([\d.]+)%$", shown, re.MULTILINE)
    q, drawn, penguins, mixed = np.array(rows, dtype=float).T
    np.testing.assert_allclose(drawn / 100, q, atol=0.003)
    assert (penguins / 100 < 2 * q).all()
    assert (mixed > 50).all()
    assert "bill_depth_mm +13.6" in shown
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_noise_keeps_the_means(tmp_path: Path) -> None:
    picture = tmp_path / "noise.png"
    shown = run("noise.py", picture)
    assert shown in (ROOT / "docs" / "noise.md").read_text()
    found = dict(re.findall(r"^(\S.*?) +0\.\d+ +([\d.]+) +\d+$", shown, re.MULTILINE))
    assert float(found["noise=True"]) < float(found["no noise component"]) / 3
    assert re.search(r"^noise=True +0\.(08|09|10|11)", shown, re.MULTILINE)
    assert picture.read_bytes().startswith(b"\x89PNG")


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


def test_em_by_hand_is_a_fit() -> None:
    shown = run("em_by_hand.py")
    bounds = re.findall(r"^iteration +(\d+): (-[\d.]+)$", shown, re.MULTILINE)
    assert [int(number) for number, _ in bounds] == list(range(1, len(bounds) + 1))
    assert (np.diff([float(bound) for _, bound in bounds]) > 0).all()
    assert "342 rows, " in shown
    ((iterations, error),) = re.findall(r"(\d+) iterations, means off by (\S+) at most$", shown)
    assert int(iterations) == len(bounds) > 5
    assert float(error) < 1e-9


def test_classifier_tells_the_species_apart(tmp_path: Path) -> None:
    picture = tmp_path / "regions.png"
    shown = run("classifier.py", picture)
    wrong = [int(n) for n in re.findall(r": (\d+) of 342$", shown, re.MULTILINE)]
    assert len(wrong) == 3
    assert max(wrong) < 10
    assert shown.endswith("5000 g: Gentoo\n")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_streams_are_followed() -> None:
    shown = run("streams.py")
    assert shown in (ROOT / "docs" / "streams.md").read_text()
    assert "resumed: the same bits" in shown
    followed, kept = (float(error) for error in re.findall(r"means off by ([\d.]+)", shown))
    assert followed < 0.5 < kept


@pytest.mark.alone
def test_dask_cluster_loses_a_worker_and_no_bit() -> None:
    shown = run("dask_cluster.py", 64_000)
    assert shown.startswith("64000 rows, 16 chunks, ")
    (means,) = re.findall(r"^means \[(.*)\]$", shown, re.MULTILINE)
    np.testing.assert_allclose(sorted(map(float, means.split())), [0, 2, 4], atol=0.2)
    (counts,) = re.findall(r"^rows a component \[(.*)\]$", shown, re.MULTILINE)
    assert sum(map(int, counts.split(","))) == 64_000
    assert shown.endswith("the same bits without the loss: True\n")


def test_kmeans_is_the_limit(tmp_path: Path) -> None:
    picture = tmp_path / "limit.png"
    shown = run("kmeans_limit.py", picture)
    rows = np.array(
        re.findall(r"^ *([\d.]+) +(\d+) +([\d.]+)% +([\d.]+)$", shown, re.MULTILINE), float
    )
    sigma, doubt, same, cost = rows.T
    assert (np.diff(sigma) < 0).all()
    assert (np.diff(doubt) <= 0).all()
    assert (doubt[-1], same[-1]) == (0, 100)
    (inertia,) = re.findall(r"nearest centre a row +([\d.]+)$", shown, re.MULTILINE)
    assert cost[-1] == pytest.approx(float(inertia), abs=2e-4)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_interoperation_keeps_the_numbers() -> None:
    shown = run("interoperation.py")
    for library in ("polars", "pyarrow"):
        assert f"{library}: the same bits: True, names of the features: ['bill_length_mm'" in shown
    assert float(re.search(r"log-densities differ by at most (\S+)", shown)[1]) < 1e-9
    assert "and back: the same bits: True" in shown
