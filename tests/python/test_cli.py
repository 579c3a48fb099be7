"""The command: what it prints and writes, and how it ends."""

import errno
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gaussmix
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import PENGUINS, Run
from data import ROOT, load, noisy
from gaussmix import GaussianMixture, cli
from gaussmix.cli import messages, stream

posix = pytest.mark.skipif(os.name != "posix", reason="signals and devices are those of POSIX")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("cli") / "penguins.safetensors")
    assert cli.main(["fit", PENGUINS, "-k", "3", "-o", path]) == 0
    return path


def process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gaussmix", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **{"stdout": subprocess.PIPE} | options,
    )


def figure(text: str, label: str) -> float:
    return float(re.search(rf"^{label} +([-\d.e+]+)", text, re.MULTILINE)[1])


# fit and info


def test_fit_describes_what_python_finds(run: Run) -> None:
    ran = run("fit", PENGUINS, "-k", "3")
    X = load("penguins")
    expected = GaussianMixture(3, n_init=10, random_state=0).fit(X)
    assert ran.code == 0
    assert ran.err == "gaussmix: columns left out: 'species' (not numeric)\n"
    assert figure(ran.out, "rows") == 342
    assert figure(ran.out, "columns") == 4
    assert figure(ran.out, "log-likelihood") == pytest.approx(expected.score(X) * 342, rel=1e-9)
    assert figure(ran.out, "BIC") == pytest.approx(expected.bic(X), rel=1e-9)
    assert figure(ran.out, "AIC") == pytest.approx(expected.aic(X), rel=1e-9)
    assert figure(ran.out, "iterations") == expected.n_iter_
    assert re.search(r"^converged +yes$", ran.out, re.MULTILINE)
    weights = re.search(r"^weight +(.*)$", ran.out, re.MULTILINE)[1].split()
    assert [float(w) for w in weights] == pytest.approx(expected.weights_, abs=1e-4)
    cells = re.search(r"^body_mass_g +(.*)$", ran.out, re.MULTILINE)[1].split()
    deviations = np.sqrt(expected.covariances_[:, 3, 3])
    assert [float(c) for c in cells[::2]] == pytest.approx(expected.means_[:, 3], abs=1)
    assert [float(c) for c in cells[1::2]] == pytest.approx(deviations, abs=1)


@pytest.mark.parametrize("covariance", ["full", "tied", "diag", "spherical"])
def test_info_prints_what_fit_printed(run: Run, tmp_path: Path, covariance: str) -> None:
    path = str(tmp_path / "model")
    ran = run("fit", PENGUINS, "-k", "2", "--covariance", covariance, "-o", path)
    assert run.succeeds("info", path) == ran.out
    assert f"2, {covariance} covariance" in ran.out
    fitted = gaussmix.load(path)
    assert fitted.covariance_type == covariance
    assert fitted.feature_names_in_[3] == "body_mass_g"


def test_info_of_a_model_without_a_fit(run: Run, tmp_path: Path) -> None:
    path = str(tmp_path / "model")
    GaussianMixture.from_parameters([1.0], [[1.0, 2.0]], [[4.0, 9.0]], "diag").save(path)
    out = run.succeeds("info", path)
    assert "rows" not in out
    assert re.search(r"^x2 +2.00 +3.00$", out, re.MULTILINE)


def test_any_scale_is_readable(run: Run, tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(50, 4)) * [1e-150, 1e-3, 1e6, 1e150]
    np.save(tmp_path / "data.npy", X)
    out = run.succeeds("fit", tmp_path / "data.npy", "-k", 1, "--reg-covar", 0)
    for name, column in zip(["x1", "x2", "x3", "x4"], X.T, strict=True):
        mean, deviation = re.search(rf"^{name} +(\S+) +(\S+)$", out, re.MULTILINE).groups()
        assert float(mean) == pytest.approx(column.mean(), abs=0.01 * column.std())
        assert float(deviation) == pytest.approx(column.std(), rel=0.01)


def test_options_of_the_fit_reach_it(run: Run, tmp_path: Path) -> None:
    path = str(tmp_path / "model")
    options = ["--n-init", 1, "--seed", 7, "--init", "random_from_data", "--max-iter", 50]
    run("fit", PENGUINS, "-k", 3, *options, "--tol", 1e-2, "--reg-covar", 1e-1, "-o", path)
    expected = GaussianMixture(
        3, n_init=1, random_state=7, init_params="random_from_data", max_iter=50, tol=1e-2,
        reg_covar=1e-1,
    ).fit(load("penguins"))  # fmt: skip
    fitted = gaussmix.load(path)
    assert fitted.means_.tobytes() == expected.means_.tobytes()


def test_wide_and_long_tables_fit_the_width(run: Run, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    path = str(tmp_path / "data.npy")
    np.save(path, np.random.default_rng(0).normal(1e8, 1, size=(300, 12)))
    out = run.succeeds("fit", path, "-k", 9, "--covariance", "diag")
    assert max(map(len, out.splitlines())) <= 72
    assert re.findall(r"\d+", "".join(re.findall(r"^component .*$", out, re.MULTILINE))) == [
        str(i) for i in range(9)
    ]
    assert len(re.findall(r"^x12 ", out, re.MULTILINE)) > 1
    means = re.findall(r"^x1 +(\S+) ", out, re.MULTILINE)
    assert all(abs(float(mean) - 1e8) < 5 for mean in means)
    assert len(set(means)) == len(means)


def test_names_are_shown_on_one_line(run: Run, write: Callable[[str], str]) -> None:
    long = "a very long name of a column that is here"
    out = run.succeeds("fit", write(f'"a\nb\x1b[1m",{long}\n1,2\n2,1\n3,5\n'), "-k", 1)
    assert re.search(r"^a\?b\?\[1m ", out, re.MULTILINE)
    assert re.search(r"^a very long name of a... ", out, re.MULTILINE)


def test_left_out_rows_are_counted(run: Run, write: Callable[[str], str]) -> None:
    path = write("a,b\n1,2\n2,NA\n3,1\n5,9\n")
    assert "line 3, column 'b': missing value" in run.fails("fit", path, "-k", 1)
    ran = run("fit", path, "-k", 1, "--drop-missing")
    assert ran.code == 0
    assert ran.err == "gaussmix: rows left out for a missing value: 1 of 4\n"
    assert figure(ran.out, "rows") == 3


def test_decimal_commas_are_read_where_asked(
    run: Run, write: Callable[[str], str], tmp_path: Path
) -> None:
    path = write("id;price\n1;1,5\n2;2,5\n3;4,5\n")
    error = run.fails("fit", path, "-k", 1)
    assert "line 2, column 'price': '1,5' is not a number" in error
    assert "it has a decimal comma; --decimal comma reads it" in error
    model = tmp_path / "model"
    out = run.succeeds("fit", path, "-k", 1, "--decimal", "comma", "-o", model)
    assert re.search(r"^price +2.83 +1.25$", out, re.MULTILINE)
    assert len(labels(run.succeeds("predict", model, path, "--decimal", "comma"))) == 3


def test_a_saved_index_is_told(run: Run, write: Callable[[str], str]) -> None:
    path = write("Unnamed: 0,a\n0,1\n1,2\n2,4\n")
    ran = run("fit", path, "-k", 1)
    assert ran.err == "gaussmix: columns left out: 'Unnamed: 0' (taken for row numbers)\n"
    assert figure(ran.out, "columns") == 1
    assert figure(run.succeeds("fit", path, "-k", 1, "--columns", "Unnamed: 0,a"), "columns") == 2


def test_no_header_is_told(run: Run, write: Callable[[str], str]) -> None:
    path = write("1,2\n2,5\n3,1\n")
    ran = run("fit", path, "-k", 1)
    assert (ran.code, ran.err.count("\n")) == (0, 1)
    assert "no header found" in ran.err
    assert re.search(r"^x2 ", ran.out, re.MULTILINE)
    assert run.succeeds("fit", path, "-k", 1, "--no-header") == ran.out


def test_missing_convergence_is_told(run: Run) -> None:
    ran = run("fit", PENGUINS, "-k", 3, "--max-iter", 2, "--columns", "body_mass_g")
    assert ran.code == 0
    assert re.fullmatch("gaussmix: warning: not converged after 2 iterations; .*\n", ran.err)
    assert re.search(r"^converged +no$", ran.out, re.MULTILINE)


def test_repairs_are_told(run: Run, write: Callable[[str], str]) -> None:
    path = write("a,b\n" + "1,1\n" * 5 + "2,2\n" * 5)
    ran = run("fit", path, "-k", 3, "--reg-covar", 0)
    assert ran.code == 0
    assert ran.err.startswith("gaussmix: warning: ")
    assert all(line.startswith("gaussmix: ") for line in ran.err.splitlines())
    assert "Repaired: start" in ran.err


def test_existing_model_survives_a_failed_fit(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"precious")
    run.fails("fit", PENGUINS, "-k", 1000, "-o", path)
    assert path.read_bytes() == b"precious"
    assert os.listdir(tmp_path) == ["model"]


# predict


def labels(csv_text: str) -> list[str]:
    header, *lines = csv_text.split("\n")
    assert (header, lines[-1]) == ("component", "")
    return lines[:-1]


def test_predict_labels(run: Run, model: str) -> None:
    fitted = GaussianMixture(3, n_init=10, random_state=0).fit(load("penguins"))
    found = labels(run.succeeds("predict", model, PENGUINS))
    assert [int(label) for label in found] == fitted.predict(load("penguins")).tolist()


def test_predict_probabilities_to_the_bit(run: Run, model: str) -> None:
    fitted = GaussianMixture(3, n_init=10, random_state=0).fit(load("penguins"))
    out = run.succeeds("predict", model, PENGUINS, "--proba")
    assert out.startswith("component_0,component_1,component_2\n")
    found = np.loadtxt(io.StringIO(out), delimiter=",", skiprows=1)
    assert found.tobytes() == fitted.predict_proba(load("penguins")).tobytes()


@pytest.mark.parametrize("proba", [[], ["--proba"]])
def test_predict_into_files(run: Run, model: str, tmp_path: Path, proba: list[str]) -> None:
    out = run.succeeds("predict", model, PENGUINS, *proba)
    assert run.succeeds("predict", model, PENGUINS, *proba, "-o", tmp_path / "out.csv") == ""
    assert (tmp_path / "out.csv").read_bytes().decode() == out
    run.succeeds("predict", model, PENGUINS, *proba, "-o", tmp_path / "out.npy")
    found = np.load(tmp_path / "out.npy")
    assert found.dtype == (np.float64 if proba else np.int64)
    expected = np.loadtxt(io.StringIO(out), delimiter=",", skiprows=1)
    assert np.array_equal(found, expected)


def test_noise(run: Run, tmp_path: Path) -> None:
    X = noisy("wide")[0][::10]
    data, path = tmp_path / "data.csv", tmp_path / "model.safetensors"
    np.savetxt(data, X, delimiter=",", header="a,b", comments="", fmt="%.17g")
    out = run.succeeds("fit", data, "-k", 3, "--noise", "-o", path)
    model = gaussmix.load(path)
    expected = GaussianMixture(3, noise=True, n_init=10, random_state=0).fit(X)
    np.testing.assert_array_equal(model.means_, expected.means_)
    weight = f"{expected.noise_weight_:.4f}"
    assert re.search(
        rf"^components +3, full covariance\nnoise +weight {weight}$", out, re.MULTILINE
    )
    assert run.succeeds("info", path) == out
    found = [int(label) for label in labels(run.succeeds("predict", path, data))]
    assert found == expected.predict(X).tolist()
    assert -1 in found
    shares = run.succeeds("predict", path, data, "--proba")
    assert shares.startswith("component_0,component_1,component_2,noise\n")
    np.savetxt(data, [[1.0, np.nan], [1e4, 1e4]], delimiter=",", header="a,b", comments="")
    assert run("predict", path, data, "--drop-missing").out == "component\n\n-1\n"
    run("predict", path, data, "--drop-missing", "-o", tmp_path / "out.npy")
    assert np.load(tmp_path / "out.npy").tolist() == [-2, -1]
    chosen = run("select", PENGUINS, "-k", "3", "--families", "diag", "--noise").out
    assert re.search(r"^noise +weight 0.0", chosen, re.MULTILINE)


def test_predict_finds_columns_by_name(run: Run, model: str, write: Callable[[str], str]) -> None:
    names, *rows = (line.split(",") for line in Path(PENGUINS).read_text().splitlines())
    turned = "\n".join(",".join([*row[::-1], "oops", "1"]) for row in [names, *rows])
    turned = turned.replace("oops,1", "note,extra", 1)
    found = run.succeeds("predict", model, write(turned))
    assert found == run.succeeds("predict", model, PENGUINS)


def test_predict_names_columns_that_are_missing(
    run: Run, model: str, write: Callable[[str], str]
) -> None:
    error = run.fails("predict", model, write("bill_length_mm,mass\n1,2\n"))
    assert (
        "no column is named 'bill_depth_mm', 'flipper_length_mm', 'body_mass_g'; "
        "there are 'bill_length_mm', 'mass'"
    ) in error


def test_predict_by_position_where_there_are_no_names(run: Run, model: str, tmp_path: Path) -> None:
    np.save(tmp_path / "data.npy", load("penguins"))
    expected = run.succeeds("predict", model, PENGUINS)
    assert run.succeeds("predict", model, tmp_path / "data.npy") == expected
    np.save(tmp_path / "data.npy", load("penguins")[:, :3])
    error = run.fails("predict", model, tmp_path / "data.npy")
    assert "the model has 4 column(s), but here are 3: 'x1', 'x2', 'x3'" in error


def test_predict_takes_the_columns_it_is_told(
    run: Run, model: str, write: Callable[[str], str]
) -> None:
    text = Path(PENGUINS).read_text().split("\n", 1)[1]
    path = write("kind,a,b,c,d\n" + text)
    found = run.succeeds("predict", model, path, "--columns", "a,b,c,d")
    assert found == run.succeeds("predict", model, PENGUINS)
    assert "but here are 2: 'a', 'b'" in run.fails("predict", model, path, "--columns", "a,b")


def test_predict_keeps_a_line_for_each_row(
    run: Run, model: str, tmp_path: Path, write: Callable[[str], str]
) -> None:
    header, first, second, *_ = Path(PENGUINS).read_text().splitlines()
    path = write("\n".join([header, first, "Adelie,NA,1,2,3", second, ""]))
    assert "line 3, column 'bill_length_mm'" in run.fails("predict", model, path)
    ran = run("predict", model, path, "--drop-missing")
    assert ran.err == "gaussmix: rows without a result for a missing value: 1 of 3\n"
    first_label, gap, second_label = labels(ran.out)
    assert gap == ""
    assert first_label.isdigit()
    assert second_label.isdigit()
    ran = run("predict", model, path, "--drop-missing", "--proba")
    assert ran.out.split("\n")[2] == ",,"
    run("predict", model, path, "--drop-missing", "-o", tmp_path / "out.npy")
    assert np.load(tmp_path / "out.npy").tolist() == [int(first_label), -1, int(second_label)]
    run("predict", model, path, "--drop-missing", "--proba", "-o", tmp_path / "out.npy")
    assert np.isnan(np.load(tmp_path / "out.npy")).all(axis=1).tolist() == [False, True, False]


def test_float32_stays_float32(run: Run, tmp_path: Path) -> None:
    X = load("blobs").astype(np.float32)
    np.save(tmp_path / "data.npy", X)
    run.succeeds("fit", tmp_path / "data.npy", "-k", 4, "-o", tmp_path / "model")
    fitted = gaussmix.load(str(tmp_path / "model"))
    assert fitted.means_.dtype == np.float32
    run.succeeds(
        "predict", tmp_path / "model", tmp_path / "data.npy", "--proba", "-o", tmp_path / "p.npy"
    )
    found = np.load(tmp_path / "p.npy")
    assert found.dtype == np.float32
    assert found.tobytes() == fitted.predict_proba(X).tobytes()
    out = run.succeeds("predict", tmp_path / "model", tmp_path / "data.npy", "--proba")
    assert np.loadtxt(io.StringIO(out), np.float32, delimiter=",", skiprows=1).tobytes() == (
        found.tobytes()
    )


# How it ends


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "required: COMMAND"),
        (["fly"], "invalid choice: 'fly'"),
        (["fit", PENGUINS], "required: -k/--components"),
        (["fit", PENGUINS, "-k", "0"], "'0' is not an integer from 1"),
        (["fit", PENGUINS, "-k", "2.5"], "'2.5' is not an integer from 1"),
        (["fit", PENGUINS, "-k", "9" * 30], "is not an integer from 1"),
        (["fit", PENGUINS, "-k", "3", "--covariance", "round"], "invalid choice: 'round'"),
        (["fit", PENGUINS, "-k", "3", "--tol", "-1"], "'-1' is not a number of at least 0"),
        (["fit", PENGUINS, "-k", "3", "--tol", "nan"], "'nan' is not a number of at least 0"),
        (["fit", PENGUINS, "-k", "3", "--seed", "-1"], "argument --seed: '-1' is not an integer"),
        (["fit", PENGUINS, "-k", "3", "--cov", "full"], "unrecognized arguments: --cov"),
        (["fit", PENGUINS, "-k", "343"], "342 row(s) are too few for 343 component(s)"),
        (["fit", PENGUINS, "-k", "3", "-o", "-"], "a model is written to a file"),
        (["fit", PENGUINS, "-k", "3", "-o", PENGUINS], "this would overwrite the input"),
        (["fit", PENGUINS, "-k", "3", "-o", "no/model"], "there is no directory"),
        (["fit", PENGUINS, "-k", "3", "-o", str(ROOT)], "this is a directory"),
        (["fit", PENGUINS, "-k", "3", "--columns", "mass"], "no column is named 'mass'"),
        (["fit", PENGUINS, "-k", "3", "--columns", ""], "argument --columns: '' names no column"),
        (["fit", "nowhere.csv", "-k", "3"], "nowhere.csv: No such file or directory"),
        (["fit", str(ROOT), "-k", "3"], f"{ROOT}: Is a directory"),
        (["fit", "null\0", "-k", "3"], "null"),
        (["info", "nowhere"], "nowhere: No such file or directory"),
        (["info", str(ROOT)], "Is a directory"),
        (["info", PENGUINS], "penguins.csv is not a usable model file"),
        (["predict", PENGUINS, PENGUINS], "penguins.csv is not a usable model file"),
    ],
)
def test_errors_are_one_line(run: Run, arguments: list[str], says: str) -> None:
    assert says in run.fails(*arguments)


def test_errors_of_predict(run: Run, model: str) -> None:
    assert "must end in .csv or .npy" in run.fails("predict", model, PENGUINS, "-o", "out.txt")
    assert "overwrite" in run.fails("predict", model, PENGUINS, "-o", PENGUINS)
    assert "No such file" in run.fails("predict", model, "nowhere.csv")


def test_directory_without_permission_is_found_before_the_fit(run: Run, monkeypatch: Any) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(GaussianMixture, "fit", None)
    assert "no file can be written in" in run.fails("fit", PENGUINS, "-k", 3, "-o", "model")


def test_error_in_data_names_the_file(run: Run, write: Callable[[str], str]) -> None:
    path = write("a,b\n1,2\n3\n")
    assert run.fails("fit", path, "-k", 1) == (
        f"gaussmix: error: {path}: line 3 has 1 fields, but the first has 2 (it begins with '3')\n"
    )


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (MemoryError(), "there is not enough memory"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (RuntimeError("two\nlines"), "RuntimeError: two lines"),
    ],
)
def test_any_error_is_one_line(run: Run, monkeypatch: Any, error: Exception, says: str) -> None:
    def fail(*arguments: Any) -> None:
        raise error

    monkeypatch.setattr(GaussianMixture, "fit", fail)
    ran = run("fit", PENGUINS, "-k", 3)
    assert ran.code == 2
    assert ran.err.splitlines()[1:] == [f"gaussmix: error: {says}"]


def test_version_and_help(run: Run) -> None:
    assert re.fullmatch(r"gaussmix \d+\.\d+\S*\n", run.succeeds("--version"))
    assert "fit" in run.succeeds("--help")
    assert "--drop-missing" in run.succeeds("fit", "--help")


def test_version_is_quick() -> None:
    """It loads nothing that only the commands need."""
    code = (
        "import sys; from gaussmix import cli\n"
        "try: cli.main(['--version'])\n"
        "except SystemExit:\n"
        "    print({'gaussmix.cli.table', 'gaussmix.cli.commands'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[1] == "set()"


def test_standard_input(model: str) -> None:
    with open(PENGUINS, "rb") as file:
        ran = process("predict", model, "-", stdin=file)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(labels(ran.stdout)) == 342
    ran = process("fit", "-", "-k", "2", input="a,b\n1,NA\n2,3\n")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("gaussmix: error: standard input: line 2, column 'b': missing")


@posix
def test_closed_pipe_is_no_error(model: str) -> None:
    """As before `| head`, which stops reading before all is written, or before anything is."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    for arguments in (["info", model], ["predict", model, PENGUINS], ["--version"], ["--help"]):
        ran = process(*arguments, stdout=write_end)
        assert (ran.returncode, ran.stderr) == (0, "")
    os.close(write_end)


@posix
def test_pipe_that_is_closed_in_mid_output(model: str, tmp_path: Path) -> None:
    np.save(tmp_path / "data.npy", np.tile(load("penguins"), (300, 1)))
    with subprocess.Popen(
        [sys.executable, "-m", "gaussmix", "predict", model, tmp_path / "data.npy", "--proba"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as predict:
        assert predict.stdout.readline() == b"component_0,component_1,component_2\n"
        predict.stdout.close()
        assert predict.stderr.read() == b""
    assert predict.returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_full_disk_is_an_error_of_one_line(model: str) -> None:
    with open("/dev/full", "w") as full:
        ran = process("predict", model, PENGUINS, stdout=full)
    assert ran.returncode == 2
    assert ran.stderr == "gaussmix: error: No space left on device\n"


@posix
@pytest.mark.parametrize("stream", [0, 1, 2])
def test_closed_streams(model: str, stream: int) -> None:
    command = f'"{sys.executable}" -m gaussmix predict "{model}" - {stream}{"<>"[stream > 0]}&-'
    ran = subprocess.run(
        ["sh", "-c", command], input="", capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert ran.stderr.count("\n") == (stream != 2)
    assert ran.stdout == ""


@pytest.mark.alone
@posix
def test_interrupt_ends_with_130_and_keeps_the_model(tmp_path: Path) -> None:
    np.save(tmp_path / "data.npy", np.random.default_rng(0).normal(size=(100_000, 8)))
    (tmp_path / "model").write_bytes(b"precious")
    endless = ["-k", "32", "--n-init", "1000", "--max-iter", "10000", "--tol", "0"]
    arguments = ["fit", "data.npy", *endless, "-o", "model"]
    code = "from gaussmix.cli import main; print(flush=True); exit(main())"
    fit = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    fit.stdout.readline()
    time.sleep(1)
    fit.send_signal(signal.SIGINT)
    _, err = fit.communicate()
    assert (fit.returncode, err) == (130, "gaussmix: interrupted\n")
    assert (tmp_path / "model").read_bytes() == b"precious"
    assert sorted(os.listdir(tmp_path)) == ["data.npy", "model"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_and_wiped(run: Run, monkeypatch: Any) -> None:
    monkeypatch.setattr(messages, "SECONDS_BETWEEN_UPDATES", 0)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    arguments = ["fit", PENGUINS, "-k", 3, "--n-init", 2, "--columns", "body_mass_g"]
    out = run(*arguments).out
    wipe, *shown, wiped = terminal.getvalue().split("\r\x1b[K")
    assert (wipe, wiped) == ("", "")
    for i, line in enumerate(shown, 1):
        assert re.fullmatch(rf"iteration {i}, log-likelihood -\S+ a row", line)
    assert shown
    monkeypatch.undo()
    assert run.succeeds(*arguments) == out


# Files that are read in each iteration, and Parquet files


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Two clusters as .npy and as Parquet, the latter with a column of text."""
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(m, 1, (300, 3)) for m in (0, 7)])
    npy, parquet = tmp_path / "x.npy", tmp_path / "x.parquet"
    np.save(npy, X)
    columns = {"x1": X[:, 0], "who": ["a", "b"] * 300, "x2": X[:, 1], "x3": X[:, 2]}
    pq.write_table(pa.table(columns), parquet, row_group_size=111)
    return {"npy": str(npy), "parquet": str(parquet)}


LEFT_OUT = "gaussmix: columns left out: 'who' (not numeric)\n"


def test_a_parquet_file_is_a_table(run: Run, files: dict[str, str], tmp_path: Path) -> None:
    ran = run("fit", files["parquet"], "-k", "2", "-o", tmp_path / "model")
    assert (ran.code, ran.err) == (0, LEFT_OUT)
    assert ran.out == run.succeeds("fit", files["npy"], "-k", "2")
    labels = run.succeeds("predict", tmp_path / "model", files["parquet"]).split()
    assert labels[1:301] == labels[1:2] * 300
    classified = run("classify", files["parquet"], "--class", "who", "-k", "1", "--folds", "0")
    assert (classified.code, classified.err) == (0, "")


@pytest.mark.parametrize("kind", ["npy", "parquet"])
def test_stream_finds_what_a_fit_does(run: Run, files: dict[str, str], kind: str) -> None:
    expected = run.succeeds("fit", files["npy"], "-k", "2", "--tol", "1e-9")
    ran = run("fit", files[kind], "-k", "2", "--stream", "--tol", "1e-9")
    assert (ran.code, ran.err) == (0, LEFT_OUT if kind == "parquet" else "")
    for label in ("rows", "columns", "log-likelihood", "BIC"):
        assert figure(ran.out, label) == pytest.approx(figure(expected, label), rel=1e-9)
    assert ran.out.split("component ")[1] == expected.split("component ")[1]


def test_large_files_are_streamed(
    run: Run, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    size = os.path.getsize(files["npy"])
    monkeypatch.setattr(stream, "available_memory", lambda: 2 * size)
    run.succeeds("fit", files["npy"], "-k", "2")
    monkeypatch.setattr(stream, "available_memory", lambda: 2 * size - 1)
    ran = run("fit", files["npy"], "-k", "2")
    assert ran.code == 0
    assert "is large beside the memory: it is read in each iteration (--stream)" in ran.err


def test_columns_of_a_stream(run: Run, files: dict[str, str], tmp_path: Path) -> None:
    for kind in files:
        model = tmp_path / kind
        run.succeeds("fit", files[kind], "-k", "2", "--stream", "--columns", "x3,x1", "-o", model)
        assert gaussmix.load(model).feature_names_in_.tolist() == ["x3", "x1"]
    a, b = (gaussmix.load(tmp_path / kind) for kind in files)
    np.testing.assert_array_equal(a.means_, b.means_)
    for kind in files:
        error = run.fails("fit", files[kind], "-k", "2", "--stream", "--columns", "x3,y")
        assert "no column is named 'y'" in error
        error = run.fails("fit", files[kind], "-k", "2", "--stream", "--columns", "x3,x3")
        assert "a column is wanted twice: 'x3'" in error
    error = run.fails("fit", files["parquet"], "-k", "2", "--stream", "--columns", "x1,who")
    assert error.endswith("columns that are not numeric: 'who'\n")


def test_missing_values_in_a_stream(run: Run, tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    X[7, 1] = np.nan
    path = tmp_path / "x.npy"
    np.save(path, X)
    assert "batch 0, row 7: Input X contains NaN" in run.fails("fit", path, "-k", "1", "--stream")
    ran = run("fit", path, "-k", "1", "--stream", "--drop-missing")
    assert ran.err == "gaussmix: rows left out for a missing value: 1 of 300\n"
    assert ran.out == run("fit", path, "-k", "1", "--drop-missing").out


def test_one_dimension_is_one_column(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.random.default_rng(0).normal(size=300))
    ran = run.succeeds("fit", path, "-k", "1", "--stream")
    assert ran == run.succeeds("fit", path, "-k", "1")


def test_a_stream_is_drawn_without_its_rows(
    run: Run, files: dict[str, str], tmp_path: Path
) -> None:
    picture = tmp_path / "x.png"
    run.succeeds("fit", files["npy"], "-k", "2", "--stream", "--plot", picture)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_streamed(run: Run, tmp_path: Path) -> None:
    error = run.fails("fit", PENGUINS, "-k", "2", "--stream")
    assert "--stream needs a .npy or a Parquet file" in error
    missing = tmp_path / "none.npy"
    assert "No such file" in run.fails("fit", missing, "-k", "2", "--stream")
    broken = tmp_path / "x.parquet"
    broken.write_bytes(b"PAR1 and nothing more")
    for options in ([], ["--stream"]):
        assert "is not a sound Parquet file" in run.fails("fit", broken, "-k", "2", *options)
