"""Files of every version of the format, kept as they were written, are read for ever."""

import json
from pathlib import Path
from typing import Any

import gaussmix
import numpy as np
import pytest
from container import Container, take_apart

FOLDER = Path(__file__).parents[1] / "reference" / "model_files"
EXPECTED: dict[Path, dict[str, Any]] = {
    listing.parent / name: contents
    for listing in FOLDER.glob("*/expected.json")
    for name, contents in json.loads(listing.read_text()).items()
}


MIXTURES = [path for path, contents in EXPECTED.items() if "classes" not in contents]
CLASSIFIERS = [path for path in EXPECTED if path not in MIXTURES]


def test_there_are_files_of_each_version() -> None:
    assert {path.parent.name for path in EXPECTED} == {"1.0", "1.1", "1.2", "2.0"}
    assert {path for path in FOLDER.rglob("*.safetensors")} == set(EXPECTED)


@pytest.mark.parametrize("path", MIXTURES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_old_file_is_read(path: Path) -> None:
    expected = EXPECTED[path]
    model = gaussmix.load(path)
    container = take_apart(path.read_bytes())
    for name in ("weights", "means", "covariances", "precisions_cholesky"):
        assert getattr(model, f"{name}_").tobytes() == container.tensor(name).tobytes()
        assert getattr(model, f"{name}_").dtype == expected["dtype"]
    assert model.covariance_type == expected["covariance_type"]
    assert model._get_model().mixture.family == expected["covariance_type"]
    assert container.metadata["format_version"] == path.parent.name
    assert list(model.feature_names_in_) == expected["feature_names"]
    assert model.n_iter_ == expected["n_iter"]
    assert model.lower_bounds_ == expected["lower_bounds"]
    assert model.lower_bound_ == expected["lower_bounds"][-1]
    # The listing of 1.0 does not say it.
    assert len(model.fit_report_.starts) == expected.get("n_starts", 2)
    assert (model.n_components, model.tol, model.random_state) == (3, expected["tol"], 0)
    check_noise(model, container)


def check_noise(model: gaussmix.GaussianMixture, container: Container) -> None:
    if container.metadata["format_version"] != "2.0":
        assert (model.noise, model.noise_weight_, model.noise_box_) == (None, 0.0, None)
        assert not any(name.startswith("noise_") for name in container.header)
        return
    assert model.noise is True
    assert model.noise_weight_ == container.tensor("noise_weight")[0]
    assert model.noise_weight_ + model.weights_.sum() == pytest.approx(1)
    box = model.noise_box_
    assert box.corner.tobytes() == container.tensor("noise_corner").tobytes()
    assert box.widths.tobytes() == container.tensor("noise_widths").tobytes()
    d = model.n_features_in_
    has_axes = "noise_axes" in container.header
    np.testing.assert_array_equal(
        box.axes, container.tensor("noise_axes") if has_axes else np.eye(d)
    )
    assert has_axes == (model.covariance_type == "full")


@pytest.mark.arithmetic
@pytest.mark.parametrize("path", MIXTURES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_old_file_scores_as_it_should(path: Path) -> None:
    """The numbers are of moderate size and the sums short: a few roundings, of eps each."""
    expected = EXPECTED[path]
    model = gaussmix.load(path)
    rows = np.array(expected["rows"], dtype=expected["dtype"])
    actual = model._get_model().predictor.score_samples(rows, 1)
    eps = np.finfo(expected["dtype"]).eps
    np.testing.assert_allclose(actual, expected["log_densities"], rtol=0, atol=64 * eps)


@pytest.mark.arithmetic
@pytest.mark.parametrize("path", CLASSIFIERS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_old_classifier_is_read(path: Path) -> None:
    """Its probabilities are sums of a few that are rounded: some eps of their logarithms."""
    expected = EXPECTED[path]
    model = gaussmix.load(path)
    assert model.classes_.tolist() == expected["classes"]
    assert model.n_components == expected["n_components"]
    types = [mixture.covariance_type for mixture in model.mixtures_]
    assert types == expected["covariance_types"]
    assert [mixture.n_iter_ for mixture in model.mixtures_] == expected["n_iter"]
    assert list(model.feature_names_in_) == expected["feature_names"]
    rows = np.array(expected["rows"], dtype=expected["dtype"])
    actual = model._get_model().classifier.log_probabilities(rows, 1)
    eps = np.finfo(expected["dtype"]).eps
    wanted = np.array(expected["log_probabilities"])
    np.testing.assert_allclose(actual, wanted, rtol=64 * eps, atol=256 * eps)
    mixture = gaussmix.GaussianMixture()
    mixture.__setstate__({"format": 2, "attributes": {}, "model": path.read_bytes()})
    np.testing.assert_array_equal(mixture.means_, model.mixture_.means_)
