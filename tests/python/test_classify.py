"""The command `gaussmix classify`, and `predict` and `info` with what it wrote."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gaussmix
import numpy as np
import pytest
from command import PENGUINS, Run
from data import load, species
from gaussmix import MixtureDiscriminant
from gaussmix._cross_validation import predicted_in_folds, stratified_folds
from gaussmix.cli import main

SPECIES = species()
QUICK = ("--covariance", "full", "-k", "1")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("classify") / "species.safetensors")
    assert main(["classify", PENGUINS, "--class", "species", *QUICK, "-o", path]) == 0
    return path


def test_it_describes_what_python_finds(run: Run) -> None:
    shown = run.succeeds("classify", PENGUINS, "--class", "species", *QUICK)
    X = load("penguins")
    found = MixtureDiscriminant(1, covariance_type="full").fit(X, SPECIES)
    wrong = (found.predict(X) != SPECIES).sum()
    assert re.search(rf"^error +{wrong / 342:.4f} \({wrong} of 342 rows; ", shown, re.MULTILINE)
    assert re.search(r"^Chinstrap +68 +0\.1988 +1 +full$", shown, re.MULTILINE)
    table = shown.split("taken in the folds for\n")[1].splitlines()
    confusion = np.array([line.split()[1:] for line in table[1:]], dtype=int)
    assert confusion.sum(1).tolist() == [151, 68, 123]
    n_wrong = 342 - confusion.trace()
    assert f"10-fold error   {n_wrong / 342:.4f} ({n_wrong} of 342 rows;" in shown
    assert n_wrong < 9
    alone = run.succeeds("classify", PENGUINS, "--class", "species", *QUICK, "--folds", "0")
    assert alone + "\ntaken in the folds for\n" + "\n".join(table) + "\n" == re.sub(
        r"10-fold.*\n", "", shown
    )


def test_bic_chooses_by_default(run: Run) -> None:
    shown = run.succeeds("classify", PENGUINS, "--class", "species", "--folds", "0")
    assert re.findall(r"^\w+ +\d+ +0\.\d+ +(\d) +(\w+)$", shown, re.MULTILINE) == [("1", "EEE")] * 3


def test_info_and_predict_know_classes(run: Run, model: str, tmp_path: Path) -> None:
    loaded = gaussmix.load(model)
    assert isinstance(loaded, MixtureDiscriminant)
    assert "Gentoo     0.3596           1        full" in run.succeeds("info", model)
    picture = tmp_path / "clusters.png"
    assert run.succeeds("info", model, "--plot", picture) == run.succeeds("info", model)
    assert picture.read_bytes().startswith(b"\x89PNG")
    header, *found = run.succeeds("predict", model, PENGUINS).splitlines()
    assert header == "class"
    expected = loaded._get_model()
    X = load("penguins")
    numbers = expected.classifier.predict(X, 1)
    assert found == expected.classes[numbers].tolist()
    lines = run.succeeds("predict", model, PENGUINS, "--proba")
    assert lines.startswith("Adelie,Chinstrap,Gentoo\n")
    table = np.loadtxt(io.StringIO(lines), delimiter=",", skiprows=1)
    assert table.tobytes() == expected.classifier.probabilities(X, 1).tobytes()
    run.succeeds("predict", model, PENGUINS, "-o", tmp_path / "out.npy")
    assert np.load(tmp_path / "out.npy").tolist() == found


def test_labels_are_quoted_where_they_have_to_be(
    run: Run, write: Callable[[str], str], tmp_path: Path
) -> None:
    rows = "".join(f'"a, ""b""",{i}\n" c ",{i + 20}\n' for i in range(9))
    path = write("kind,x\n" + rows)
    run.succeeds("classify", path, "--class", "kind", *QUICK, "-o", tmp_path / "m", "--folds", "2")
    table = list(csv.reader(io.StringIO(run.succeeds("predict", tmp_path / "m", path))))
    assert table == [["class"], *[['a, "b"'], ["c"]] * 9]


def test_missing_classes_are_left_out_where_asked(
    run: Run, write: Callable[[str], str], tmp_path: Path
) -> None:
    rows = "".join(f"a,{i}\nnone,{i + 20}\n" for i in range(9))
    path = write("kind,x\n" + rows + "NA,3\na,NA\n,1\n")
    says = "line 20, column 'kind': missing class ('NA'); --drop-missing leaves such rows out"
    assert says in run.fails("classify", path, "--class", "kind", *QUICK)
    ran = run("classify", path, "--class", "kind", *QUICK, "--drop-missing", "-o", tmp_path / "m")
    assert ran.err == "gaussmix: rows left out for a missing value: 3 of 21\n"
    assert re.search(r"^rows +18$", ran.out, re.MULTILINE)
    ran = run("predict", tmp_path / "m", path, "--drop-missing")
    assert ran.out.splitlines()[-3:] == ["a", "", "a"]
    run("predict", tmp_path / "m", path, "--drop-missing", "-o", tmp_path / "out.npy")
    assert np.load(tmp_path / "out.npy")[-3:].tolist() == ["a", "", "a"]


def test_numbers_may_be_classes(run: Run, tmp_path: Path) -> None:
    """Of an array, or of a table without a header; they are text then."""
    X = np.column_stack([load("penguins"), np.repeat([0, 1], [200, 142])])
    np.save(tmp_path / "x.npy", X)
    np.savetxt(tmp_path / "x.csv", X, delimiter=",", fmt="%.15g")
    of_array = run.succeeds("classify", tmp_path / "x.npy", "--class", "x5", *QUICK)
    of_text = run("classify", tmp_path / "x.csv", "--class", "x5", *QUICK).out
    assert of_array == of_text
    assert re.search(r"^columns +4$", of_array, re.MULTILINE)
    assert re.search(r"^1 +142 +0\.4152", of_array, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([PENGUINS], "required: --class"),
        ([PENGUINS, "--class", "kind"], "penguins.csv: no column is named 'kind'; there are"),
        ([PENGUINS, "--class", "species", "-k", "aic"], "'aic' is not an integer from 1"),
        ([PENGUINS, "--class", "species", "--folds", "1"], "'1' is not an integer from 2"),
        ([PENGUINS, "--class", "species", "--covariance", "fixed"], "invalid choice: 'fixed'"),
        ([PENGUINS, "--class", "species", "--covariance", "shared"], "needs numbers of components"),
        ([PENGUINS, "--class", "species", "--columns", "species"], "'species' is the class"),
        ([PENGUINS, "--class", "species", *QUICK, "--folds", "400"], "400 folds are too many"),
        ([PENGUINS, "--class", "species", "-o", PENGUINS], "this would overwrite the input"),
        ([PENGUINS, "--class", "body_mass_g", *QUICK], "too few for covariances"),
    ],
)
def test_errors_are_one_line(run: Run, arguments: list[str], says: str) -> None:
    ran = run("classify", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err.splitlines()[-1]


def test_what_does_not_converge_is_told(run: Run) -> None:
    options = ("--class", "species", "-k", "3", "--covariance", "full", "--max-iter", "1")
    ran = run("classify", PENGUINS, *options, "--folds", "0")
    assert ran.err == (
        "gaussmix: warning: not converged after 1 iterations; allow more with --max-iter, or stop "
        "earlier with --tol\n"
    )


# Folds


@pytest.mark.parametrize("n_folds", [2, 7, 10])
def test_folds_hold_equal_shares_of_each_class(n_folds: int) -> None:
    folds = stratified_folds(SPECIES, n_folds, seed=3)
    for rows in (SPECIES == "Adelie", SPECIES == "Chinstrap", np.full(342, True)):
        counts = np.bincount(folds[rows], minlength=n_folds)
        assert np.ptp(counts) <= 1
    assert (folds != stratified_folds(SPECIES, n_folds, seed=4)).any()
    np.testing.assert_array_equal(folds, stratified_folds(SPECIES, n_folds, seed=3))


def test_a_row_is_predicted_from_the_other_folds() -> None:
    X = load("penguins")
    model = MixtureDiscriminant(1, covariance_type="diag")
    predicted = predicted_in_folds(model, X, SPECIES, 5, 0)
    folds = stratified_folds(SPECIES, 5, 0)
    for fold in range(5):
        own = folds == fold
        alone: Any = MixtureDiscriminant(1, covariance_type="diag").fit(X[~own], SPECIES[~own])
        np.testing.assert_array_equal(predicted[own], alone.predict(X[own]))
    with pytest.raises(ValueError, match=r"without fold 1 of 2: class 'b' has 1 row"):
        predicted_in_folds(model, X[:12], np.array(["a"] * 10 + ["b"] * 2), 2, 0)


@pytest.mark.parametrize("labels", [np.array([0, 1], np.uint8), np.array([-1, 1])])
def test_an_array_of_classes_is_text(
    labels: Any, run: Run, write: Callable[[str], str], tmp_path: Path
) -> None:
    """So that no class is taken for a missing result."""
    X = np.repeat([[0.0, 0.0], [9.0, 9.0]], 20, axis=0) + np.arange(40)[:, np.newaxis] % 7
    y = np.repeat(labels, 20)
    MixtureDiscriminant(1, covariance_type="diag").fit(X, y).save(tmp_path / "m")
    path = write("1,1\n,\n11,11\n")
    out = tmp_path / "out.npy"
    assert (
        run("predict", tmp_path / "m", path, "--no-header", "--drop-missing", "-o", out).code == 0
    )
    assert np.load(out).tolist() == [str(labels[0]), "", str(labels[1])]


def test_folds_that_fail_leave_the_model(
    run: Run, write: Callable[[str], str], tmp_path: Path
) -> None:
    rows = [f"{i},{i % 5},{'rare' if i < 2 else 'a' if i % 2 else 'b'}" for i in range(40)]
    path = write("\n".join(["x,y,class", *rows]) + "\n")
    classify = ("classify", path, "--class", "class", *QUICK)
    assert "--folds" in run.fails(*classify, "--folds", "99", "-o", tmp_path / "m")
    assert not (tmp_path / "m").exists()
    message = run.fails(*classify, "--covariance", "diag", "-o", tmp_path / "m")
    assert "--folds N takes fewer, 0 leaves them out" in message
    assert gaussmix.load(tmp_path / "m").classes_.tolist() == ["a", "b", "rare"]
