"""score, sample, convert, plot and completion, --json, and what --help teaches."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import gaussmix
import numpy as np
import onnxruntime
import pandas as pd
import pytest
from command import PENGUINS, Run
from data import load, noisy, species
from gaussmix import GaussianMixture, MixtureDiscriminant, cli
from gaussmix.cli.examples import EXAMPLES
from gaussmix.cli.options import parser
from gaussmix.noise import NoiseBox


@pytest.fixture(scope="module", name="folder")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with penguins.csv, a mixture and a classifier of them, and a noisy mixture."""
    folder = tmp_path_factory.mktemp("commands")
    shutil.copy(PENGUINS, folder / "penguins.csv")
    model = str(folder / "model.safetensors")
    assert cli.main(["fit", PENGUINS, "-k", "3", "-o", model]) == 0
    classifier = str(folder / "classifier.safetensors")
    options = ["--class", "species", "--folds", "0", "-o", classifier]
    assert cli.main(["classify", PENGUINS, *options]) == 0
    noise = GaussianMixture(2, noise=True, random_state=0).fit(noisy("wide")[0])
    noise.save(folder / "noise.safetensors")
    return folder


@pytest.fixture(name="model")
def mixture(folder: Path) -> str:
    return str(folder / "model.safetensors")


@pytest.fixture(name="classifier")
def discriminant(folder: Path) -> str:
    return str(folder / "classifier.safetensors")


def report(run: Run, *arguments: object) -> dict[str, Any]:
    ran = run(*arguments, "--json")
    assert ran.code == 0
    return json.loads(ran.out, parse_constant=pytest.fail)


# score


def test_score_is_what_python_computes(run: Run, model: str) -> None:
    fitted, X = gaussmix.load(model), pd.read_csv(PENGUINS).iloc[:, 1:]
    found = report(run, "score", model, PENGUINS)
    assert found == {
        "rows": 342,
        "log_likelihood": fitted.score(X) * 342,
        "log_likelihood_per_row": fitted.score(X),
        "bic": fitted.bic(X),
        "aic": fitted.aic(X),
        "icl": fitted.icl(X),
    }
    ran = run("score", model, PENGUINS)
    shown = [float(line.split()[-1]) for line in ran.out.splitlines()]
    assert shown == pytest.approx(list(found.values()), rel=1e-9)


def test_score_of_each_row(run: Run, model: str, tmp_path: Path) -> None:
    X = pd.read_csv(PENGUINS).iloc[:, 1:]
    expected = gaussmix.load(model).score_samples(X)
    lines = run.succeeds("score", model, PENGUINS, "--rows").splitlines()
    assert lines[0] == "log_density"
    np.testing.assert_array_equal(np.array(lines[1:], float), expected)
    run("score", model, PENGUINS, "--rows", "-o", tmp_path / "rows.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "rows.npy"), expected)


def test_score_keeps_the_line_of_a_missing_row(run: Run, model: str, tmp_path: Path) -> None:
    frame = pd.read_csv(PENGUINS).head(3)
    frame.loc[1, "body_mass_g"] = None
    frame.to_csv(tmp_path / "some.csv", index=False)
    ran = run("score", model, tmp_path / "some.csv", "--rows", "--drop-missing")
    assert [line == "" for line in ran.out.splitlines()] == [False, False, True, False]
    assert "rows without a result for a missing value: 1 of 3" in ran.err
    run("score", model, tmp_path / "some.csv", "--rows", "--drop-missing", "-o", tmp_path / "r.npy")
    assert np.isnan(np.load(tmp_path / "r.npy")).tolist() == [False, True, False]


def test_score_of_a_classifier(run: Run, classifier: str) -> None:
    fitted, X = gaussmix.load(classifier), pd.read_csv(PENGUINS).iloc[:, 1:]
    found = report(run, "score", classifier, PENGUINS, "--class", "species")
    assert found["error"] == pytest.approx(1 - fitted.score(X, species()))
    assert found["wrong"] == (fitted.predict(X) != species()).sum()
    assert found["rows"] == 342
    density = report(run, "score", classifier, PENGUINS)
    assert density["log_likelihood_per_row"] == fitted.mixture_.score(X)


def test_wrong_uses_of_score(run: Run, model: str) -> None:
    message = run.fails("score", model, PENGUINS, "--class", "species")
    assert "is no classifier, and tells no classes" in message
    assert "-o is for --rows" in run.fails("score", model, PENGUINS, "-o", "a.csv")
    assert "and --json reports" in run.fails("score", model, PENGUINS, "--rows", "--json")
    assert "must end in .csv or .npy" in run.fails("score", model, PENGUINS, "--rows", "-o", "a.x")


# sample


def test_sample_is_pythons(run: Run, model: str, tmp_path: Path) -> None:
    rows, labels = gaussmix.load(model).set_params(random_state=7).sample(50)
    (tmp_path / "rows.csv").write_text(run.succeeds("sample", model, "-n", 50, "--seed", 7))
    frame = pd.read_csv(tmp_path / "rows.csv", float_precision="round_trip")
    assert list(frame.columns) == [*gaussmix.load(model).feature_names_in_, "component"]
    np.testing.assert_array_equal(frame.iloc[:, :4], rows)
    np.testing.assert_array_equal(frame["component"], labels)
    run.succeeds("sample", model, "-n", 50, "--seed", 7, "-o", tmp_path / "rows.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "rows.npy"), rows)
    assert "-n/--rows" in run.fails("sample", model)


def test_sample_of_a_classifier_has_classes(run: Run, classifier: str) -> None:
    lines = run.succeeds("sample", classifier, "-n", 200).splitlines()
    assert lines[0].endswith(",class")
    assert {line.split(",")[-1] for line in lines[1:]} == set(species())


def test_sample_of_noise(run: Run, folder: Path) -> None:
    lines = run.succeeds("sample", folder / "noise.safetensors", "-n", 500).splitlines()
    assert lines[0] == "x1,x2,component"
    assert {line.split(",")[-1] for line in lines[1:]} == {"-1", "0", "1"}


# convert


def same_mixture(one: GaussianMixture, other: GaussianMixture) -> None:
    for name in ("weights_", "means_", "covariances_", "noise_weight_"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.covariance_type == other.covariance_type


@pytest.mark.parametrize("name", ["model", "noise"])
def test_json_is_what_from_parameters_takes(
    run: Run, folder: Path, tmp_path: Path, name: str
) -> None:
    source = folder / f"{name}.safetensors"
    assert run.succeeds("convert", source, tmp_path / "model.json") == ""
    parameters = json.loads((tmp_path / "model.json").read_text())
    if "noise_box" in parameters:
        parameters["noise_box"] = NoiseBox(**parameters["noise_box"])
    same_mixture(GaussianMixture.from_parameters(**parameters), gaussmix.load(source))


@pytest.mark.parametrize("name", ["model", "noise"])
def test_npz_has_the_arrays(run: Run, folder: Path, tmp_path: Path, name: str) -> None:
    run.succeeds("convert", folder / f"{name}.safetensors", tmp_path / "model.npz")
    expected = gaussmix.load(folder / f"{name}.safetensors")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as arrays:
        for array in ("weights", "means", "covariances"):
            np.testing.assert_array_equal(arrays[array], getattr(expected, f"{array}_"))
        assert str(arrays["covariance_type"]) == expected.covariance_type
        if name == "model":
            assert arrays["feature_names"].tolist() == expected.feature_names_in_.tolist()
        else:
            np.testing.assert_array_equal(arrays["noise_widths"], expected.noise_box_.widths)


def test_classifier_has_its_classes_in_json(run: Run, classifier: str, tmp_path: Path) -> None:
    run.succeeds("convert", classifier, tmp_path / "c.json")
    found = json.loads((tmp_path / "c.json").read_text())
    expected = gaussmix.load(classifier)
    assert isinstance(expected, MixtureDiscriminant)
    assert found["classes"] == expected.classes_.tolist()
    assert found["priors"] == expected.priors_.tolist()
    assert found["component_classes"] == expected.component_classes_.tolist()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_onnx_computes_log_densities(run: Run, model: str, tmp_path: Path, dtype: str) -> None:
    single = ["--float32"] if dtype == "float32" else []
    run.succeeds("convert", model, tmp_path / "model.onnx", *single)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    X = load("penguins")
    outputs = session.run(["log_density"], {"X": X.astype(dtype)})
    frame = pd.read_csv(PENGUINS).iloc[:, 1:]
    expected = gaussmix.load(model).score_samples(frame)
    np.testing.assert_allclose(outputs[0], expected, rtol=1e-9 if not single else 1e-2)


def test_wrong_uses_of_convert(run: Run, model: str, classifier: str, tmp_path: Path) -> None:
    message = run.fails("convert", model, tmp_path / "model.pkl")
    assert "the name must end in .onnx or .npz or .json" in message
    assert "--float32 is for .onnx" in run.fails(
        "convert", model, tmp_path / "model.npz", "--float32"
    )
    assert "is a classifier" in run.fails("convert", classifier, tmp_path / "model.onnx")
    assert "no directory" in run.fails("convert", model, tmp_path / "none" / "model.npz")
    assert not list(tmp_path.iterdir())


def test_convert_without_onnx(run: Run, model: str, monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.delitem(sys.modules, "gaussmix.onnx_export", raising=False)
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert "pip install 'gaussmix[onnx]'" in run.fails("convert", model, tmp_path / "model.onnx")


# plot


@pytest.mark.parametrize("kind", ["clusters", "contours", "uncertainty", "course"])
def test_plot_draws(run: Run, model: str, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "picture.svg"
    ran = run("plot", model, PENGUINS, "-o", path, "--kind", kind)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert path.read_text().startswith("<?xml")


def test_plot_of_some_features(run: Run, model: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.svg"
    run.succeeds(
        "plot", model, "-o", path, "--features", "bill_length_mm,body_mass_g", "--kind", "contours"
    )
    assert "body_mass_g" in path.read_text()
    assert "bill_depth_mm" not in path.read_text()
    run.succeeds("plot", model, "-o", path, "--kind", "density", "--features", "body_mass_g")
    assert "density is of one column" in run.fails("plot", model, "-o", path, "--kind", "density")
    assert "features has 'no'" in run.fails("plot", model, "-o", path, "--features", "no,a")
    assert "name DATA, too" in run.fails("plot", model, "-o", path, "--kind", "uncertainty")
    assert "-o a.txt: the name must end in" in run.fails("plot", model, "-o", "a.txt")


# --json


def test_json_of_fit_and_info(run: Run, model: str) -> None:
    found = report(run, "fit", PENGUINS, "-k", 3)
    assert found == report(run, "info", model)
    fitted, X = gaussmix.load(model), pd.read_csv(PENGUINS).iloc[:, 1:]
    assert found["bic"] == pytest.approx(fitted.bic(X), rel=1e-12)
    assert found["columns"] == fitted.feature_names_in_.tolist()
    assert [c["weight"] for c in found["components"]] == fitted.weights_.tolist()
    assert [c["mean"] for c in found["components"]] == fitted.means_.tolist()
    deviations = np.sqrt(np.diagonal(fitted.covariances_, axis1=1, axis2=2))
    assert [c["sd"] for c in found["components"]] == deviations.tolist()
    assert (found["converged"], found["n_iter"]) == (fitted.converged_, fitted.n_iter_)


def test_json_of_select(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "best.safetensors"
    found = report(run, "select", PENGUINS, "-k", "1-3", "--criterion", "icl", "-o", path)
    assert found["criterion"] == "icl"
    assert len(found["fits"]) == 12
    best = min(found["fits"], key=lambda fit: fit["icl"])
    assert found["best"]["n_components"] == best["n_components"]
    assert found["best"] == report(run, "info", path)


@pytest.mark.filterwarnings("default:1 of 2 fits failed")
def test_json_has_null_for_a_fit_that_failed(run: Run, write: Any) -> None:
    found = report(run, "select", write("a\n1\n2\n4\n"), "-k", "1,4", "--families", "full")
    failed = found["fits"][1]
    assert failed["bic"] is None
    assert failed["error"] == "more components than the 3 rows"


def test_json_of_classify_and_info(run: Run, classifier: str) -> None:
    found = report(run, "classify", PENGUINS, "--class", "species", "-k", 1, "--folds", 5)
    assert [c["class"] for c in found["classes"]] == sorted(set(species()))
    assert [c["rows"] for c in found["classes"]] == [151, 68, 123]
    assert np.sum(found["confusion"]) == 342
    assert found["fold_error"] == 1 - np.trace(found["confusion"]) / 342
    known = report(run, "info", classifier)
    assert [c["prior"] for c in known["classes"]] == gaussmix.load(classifier).priors_.tolist()


# completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_of_all_commands(run: Run, shell: str) -> None:
    script = run.succeeds("completion", shell)
    for command in EXAMPLES:
        assert command in script
    assert "--covariance" in script or "covariance" in script


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "script").write_text(run.succeeds("completion", "bash"))
    code = (
        "source ./script; COMP_WORDS=(gaussmix sel); COMP_CWORD=1\n"
        "function=$(complete -p gaussmix | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n"
        "$function; echo ${COMPREPLY[@]}"
    )
    ran = subprocess.run(
        ["bash", "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=True
    )
    assert ran.stdout.split() == ["select"]


def test_completion_without_shtab(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert "pip install 'gaussmix[completion]'" in run.fails("completion", "bash")


# --help


def examples() -> list[str]:
    texts = "".join(EXAMPLES.values()).replace("\\\n      ", "")
    lines = (re.split(r"  {3,}", line.strip())[0] for line in texts.splitlines())
    return [line for line in lines if re.match(r"gaussmix (?!COMMAND|completion)", line)]


@pytest.mark.parametrize("example", examples())
def test_examples_of_help_run(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, example: str
) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    assert run(*shlex.split(example)[1:]).code == 0


def test_every_command_has_examples(run: Run) -> None:
    (action,) = (a for a in parser()._actions if a.dest == "command")
    assert set(action.choices) == set(EXAMPLES) - {""}
    for name in action.choices:
        assert EXAMPLES[name].strip() in run.succeeds(name, "--help")
    assert EXAMPLES[""].strip() in run.succeeds("--help")
