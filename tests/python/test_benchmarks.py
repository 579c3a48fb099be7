"""Runs the benchmarks on tiny data, and looks at what they write."""

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cpp_build import ROOT, TREE, build, configure, has_package, run

BENCHMARKS = ROOT / "benchmarks"

# The worker that builds C++ runs all of it: what it builds on is there once.
pytestmark = pytest.mark.xdist_group("C++")


def run_script(name: str, *options: object) -> str:
    done = subprocess.run(
        [sys.executable, BENCHMARKS / name, *map(str, options)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with results, of two shapes and of those libraries that the tests need anyway."""
    folder = tmp_path_factory.mktemp("results")
    libraries = ("gaussmix", "gaussmix float32", "scikit-learn")
    run_script(
        "compare_em.py", "--quick", "--no-plot", "--shapes", "AC", "--threads", 1,
        "--output", folder, "--libraries", *libraries,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def content(results: Path) -> Any:
    return json.loads((results / "results.json").read_text())


def test_dask_overhead() -> None:
    shown = run_script("dask_overhead.py", "--quick")
    assert re.search(r"^overhead: workers, a few rows a chunk +-?[\d.]+ ms$", shown, re.MULTILINE)
    assert re.search(r"^parallel efficiency +[\d.]+$", shown, re.MULTILINE)


def test_all_cases_run(content: Any) -> None:
    kinds = {
        (case["data"], case["shape"]["name"], case["covariance_type"], case["iterations"])
        for case in content["cases"]
    }
    types = ("full", "tied", "diag", "spherical")
    expected = {("separated", shape, t, 10) for shape in "AC" for t in types}
    expected |= {("separated", shape, "full", 1) for shape in "AC"}
    assert kinds == expected | {("overlapping", "C", "full", 10)}


def test_everybody_has_as_many_rounds_and_the_reference_result(content: Any) -> None:
    for case in content["cases"]:
        for name, entry in case["entries"].items():
            assert entry["failure"] is None, (case, name)
            assert len(entry["seconds"]) == content["n_rounds"] == 2
            assert min(entry["seconds"]) > 0
            assert entry["iterations"] == case["iterations"]
        ours = case["entries"]["gaussmix"]
        assert ours["log_likelihood_difference"] <= 1e-10
        assert ours["parameter_difference"] <= 1e-8


def test_limits_are_measured_in_the_rounds_of_the_full_cases(content: Any) -> None:
    for case in content["cases"]:
        full = case["covariance_type"] == "full"
        assert ("Eigen's matrix product" in case["entries"]) == full
        assert ("NumPy's matrix product" in case["entries"]) == full
        in_a = full and case["shape"]["name"] == "A"
        assert ("Eigen's exp" in case["entries"]) == in_a


def test_targets_are_judged_by_what_was_measured(content: Any) -> None:
    verdicts = {target["what"]: target for target in content["targets"]}
    oned_al = verdicts["full, against oneDAL: geometric mean"]
    assert (oned_al["value"], oned_al["verdict"]) == (None, "not measured")
    accuracy = verdicts["all, parameters, normwise after 10 iterations: the largest difference"]
    assert 0 < accuracy["value"] <= accuracy["must"]
    assert accuracy["verdict"] == "met"
    for target in content["targets"]:
        if target["value"] is not None and not target["lower_is_better"]:
            assert (target["value"] >= target["must"]) == (target["verdict"] != "not met")


def test_markdown_names_the_machine_and_every_target(results: Path, content: Any) -> None:
    text = (results / "RESULTS.md").read_text()
    assert content["machine"]["CPU"] in text
    for target in content["targets"]:
        assert f"| {target['what']} |" in text


def test_a_library_that_is_not_there_is_reported_as_failed(tmp_path: Path) -> None:
    (tmp_path / "daal4py.py").write_text("raise ImportError('nothing of that name')\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    script = BENCHMARKS / "compare_em.py"
    subprocess.run(
        [sys.executable, script, "--quick", "--no-plot", "--shapes", "B", "--types", "diag",
         "--threads", "1", "--output", tmp_path, "--libraries", "oneDAL"],
        env=environment, check=True, capture_output=True,
    )  # fmt: skip
    content = json.loads((tmp_path / "results.json").read_text())
    (case,) = content["cases"]
    assert "nothing of that name" in case["entries"]["oneDAL"]["failure"]
    assert case["entries"]["oneDAL"]["seconds"] == []
    assert case["entries"]["gaussmix"]["failure"] is None
    assert "nothing of that name" in (tmp_path / "RESULTS.md").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_of_a_fit_is_within_the_bound() -> None:
    (peak,) = json.loads(run_script("memory.py", "--quick", "--json"))
    assert 0 < peak["peak_mib"] <= peak["bound_mib"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_streaming_measures_memory_rates_and_streams() -> None:
    shown = run_script("streaming.py", "--quick")
    assert re.search(r"memory beyond the import +\d+ MiB", shown)
    assert re.search(r"share of the rate of rows in memory \d+%", shown)
    assert len(re.findall(r"components, batches of", shown)) == 4
    assert re.search(r"in_memory=False [\d.]+ s, True [\d.]+ s", shown)


def test_micro_benchmarks_run(cpp_tree: None) -> None:
    configure("-DGAUSSMIX_BUILD_BENCHMARKS=ON")
    if not has_package("benchmark"):
        pytest.skip("the micro-benchmarks were skipped: Google Benchmark is not installed")
    build("micro_benchmarks")
    program = TREE / "benchmarks" / "micro" / "micro_benchmarks"
    options = ("--benchmark_min_time=0.001", "--benchmark_format=json", "--benchmark_filter=/8$")
    printed = run(program, *options, OMP_NUM_THREADS="1")
    runs = json.loads(printed[printed.index("{") :])["benchmarks"]
    names = {r["name"] for r in runs}
    for covariance_type in ("full", "tied", "diag", "spherical"):
        assert f"log_densities<double, CovarianceType::{covariance_type}>/8" in names
    assert all(r["rows/s"] > 0 for r in runs)


def test_latency_finds_the_eigen_of_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CMAKE_PREFIX_PATH", raising=False)
    latency = runpy.run_path(str(BENCHMARKS / "latency" / "run.py"))
    latency["configure_library"](tmp_path)
    cache = (tmp_path / "CMakeCache.txt").read_text()
    assert re.search(r"^Eigen3_DIR:PATH=(?!.*NOTFOUND)", cache, re.MULTILINE)


@pytest.fixture(name="starts", scope="module")
def results_of_starts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("starts")
    run_script("compare_starts.py", "--quick", "--no-plot", "--output", folder)
    return folder


def test_starts_are_compared(starts: Path) -> None:
    measured = json.loads((starts / "starts.json").read_text())["measured"]
    (kmeans,), (fits,), (race,) = measured["kmeans"], measured["fits"], measured["optima"]
    for name in ("gaussmix", "scikit-learn", "gaussmix float32"):
        entry = kmeans["iterations"][name]
        assert entry["failure"] is None
        assert len(entry["one"]) == len(entry["more"]) == 2
    inertias = [kmeans["iterations"][n]["inertia"] for n in ("gaussmix", "scikit-learn")]
    assert inertias[0] == pytest.approx(inertias[1], rel=1e-9)
    assert {len(values) for values in kmeans["inertias"].values()} == {2}
    for name in ("scikit-learn", "gaussmix", "gaussmix, n_init=10"):
        assert len(fits["fits"][name]["log_likelihoods"]) == 2
    for points in race["points"].values():
        values = [value for _, value in points]
        assert values, "somebody found nothing in the time"
        assert [second for second, _ in points] == sorted(second for second, _ in points)


def test_targets_of_the_starts(starts: Path) -> None:
    content = json.loads((starts / "starts.json").read_text())
    text = (starts / "STARTS.md").read_text()
    assert content["machine"]["CPU"] in text
    for target in content["targets"]:
        assert f"| {target['what']} |" in text
        if target["value"] is not None:
            holds = target["value"] >= target["must"]
            if target["lower_is_better"]:
                holds = target["value"] <= target["must"]
            assert holds == (target["verdict"] != "not met")


@pytest.mark.slow
def test_acceleration(tmp_path: Path) -> None:
    written = tmp_path / "acceleration.md"
    printed = run_script("acceleration.py", "--quick", "--markdown", written)
    assert written.read_text() == printed
    rows = [line.split("|") for line in printed.splitlines()[2:]]
    assert len(rows) == 6 * 7
    assert all(0 < float(row[6]) <= 1.2 for row in rows)


@pytest.mark.slow
def test_truncation(tmp_path: Path) -> None:
    written = tmp_path / "truncation.md"
    printed = run_script("truncation.py", "--quick", "--markdown", written)
    assert written.read_text() == printed
    rows = [line.split("|") for line in printed.splitlines()[2:]]
    assert len(rows) == 8 * 4
    assert all(0 <= float(row[7]) <= float(row[8]) for row in rows)


@pytest.mark.slow
def test_many_fits(tmp_path: Path) -> None:
    written = tmp_path / "many.md"
    printed = run_script("many_fits.py", "--quick", "--markdown", written)
    assert written.read_text() == printed
    seconds = [float(line.split("|")[2]) for line in printed.splitlines()[2:]]
    assert seconds[0] < seconds[2]


@pytest.mark.slow
def test_cost_model(tmp_path: Path) -> None:
    written = tmp_path / "costs.md"
    printed = run_script("cost_model.py", "--quick", "--markdown", written)
    assert written.read_text().strip() in printed
    efficiencies = [float(line.split("|")[7]) for line in printed.splitlines() if "e+" in line]
    assert len(efficiencies) == 8
    assert all(0 < efficiency <= 1.05 for efficiency in efficiencies)


def test_versions_are_compared_by_their_shortest_times() -> None:
    seconds = json.loads(run_script("compare_versions.py", "--child", 1))
    assert all(time > 0 for time in seconds.values())
    script = runpy.run_path(str(BENCHMARKS / "compare_versions.py"))
    scaled = [{case: factor * time for case, time in seconds.items()} for factor in (1, 2, 3)]
    found = {"before": [scaled[0], scaled[2]], "after": [scaled[2], scaled[1]]}
    text, mean = script["table"](found, "main")
    assert mean == pytest.approx(2)
    rows = [line for line in text.splitlines() if line.startswith(tuple(f"| {c}" for c in seconds))]
    assert len(rows) == len(seconds)
    assert all(row.endswith("| 2.000 | 0.667 to 3.000 |") for row in rows)


@pytest.mark.slow
def test_many_components(tmp_path: Path) -> None:
    page = tmp_path / "MANY_COMPONENTS.md"
    page.write_text("what was there\n\n## What it shows\n\n- remarks\n")
    parts = ("pairs", "first", "products", "late", "pruning")
    printed = run_script("many_components.py", "--quick", "--markdown", page, "--only", *parts)
    assert page.read_text() == printed + "\n## What it shows\n\n- remarks\n"
    sections = printed.split("\n## ")[1:]
    assert len(sections) == len(parts)
    rows = [[line for line in s.splitlines() if line.startswith("| ")] for s in sections]
    assert [len(found) - 2 for found in rows] == [2, 10, 5, 2, 4]
    for cells in (row.split(" | ") for row in rows[0][2:] + rows[4][2:]):
        assert float(cells[3]) > 0


@pytest.mark.slow
def test_many_components_without_vamm() -> None:
    printed = run_script("many_components.py", "--quick", "--only", "whole")
    rows = [line.split(" | ") for line in printed.splitlines() if "means" in line and "|" in line]
    assert len(rows) == 5
    assert all(row[2] == "No module named 'vamm'" for row in rows)
    assert all(row[-1] == "not measured |" for row in rows)
