"""The model file: what is written comes back to the bit, and nothing else is believed."""

import json
import os
import pickle
import re
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import gaussmix
import numpy as np
import pandas as pd
import pytest
import safetensors.numpy
from compare import PARAMETERS, assert_same_bits
from container import MARK, Container, put_together, take_apart, with_checksum, with_header
from data import COVARIANCE_TYPES, ROOT, load, noisy
from gaussmix import GaussianMixture
from gaussmix.exceptions import NotFittedError
from hypothesis import example, given
from hypothesis import strategies as st

TENSORS = ("weights", "means", "covariances", "precisions_cholesky")


def fitted(X: Any, covariance_type: Any = "full", **params: Any) -> GaussianMixture:
    params = {"random_state": 0, "max_iter": 500} | params
    return GaussianMixture(3, covariance_type=covariance_type, **params).fit(X)


def content_of(model: GaussianMixture) -> bytes:
    return model.__getstate__()["model"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.safetensors"


@pytest.fixture(scope="module")
def model() -> GaussianMixture:
    return fitted(pd.DataFrame(load("blobs"), columns=["a", "b", "c"]))


@pytest.fixture(scope="module")
def content(model: GaussianMixture) -> bytes:
    return content_of(model)


@pytest.fixture(scope="module")
def container(content: bytes) -> Container:
    return take_apart(content)


# What comes back


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["blobs", "line"])
def test_model_comes_back_to_the_bit(
    path: Path, name: str, covariance_type: str, dtype: Any
) -> None:
    X = load(name).astype(dtype)
    model = fitted(X, covariance_type, n_init=2)
    model.save(path)
    loaded = gaussmix.load(path)
    assert_same_bits(loaded, model, X)
    assert loaded.get_params() == model.get_params()
    assert loaded.fit_report_ == model.fit_report_
    assert not hasattr(loaded, "feature_names_in_")


@pytest.mark.parametrize("kind", [str, Path, os.fsencode])
def test_source_may_be_a_path(path: Path, model: GaussianMixture, kind: Any) -> None:
    model.save(path)
    if kind is os.fsencode:
        with pytest.raises(ValueError, match="this is not a usable model file"):
            gaussmix.load(os.fsencode(path))  # bytes are a file's content
    else:
        assert gaussmix.load(kind(path)).means_.tobytes() == model.means_.tobytes()


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_source_may_be_the_content(content: bytes, model: GaussianMixture, kind: Any) -> None:
    assert gaussmix.load(kind(content)).means_.tobytes() == model.means_.tobytes()


# Of a file in the form that gaussmix has always written.
TEXTS = {
    "feature_names": '["größe\\u000a","\\"\\\\/\x7f","\\ud800\U0001f427"]',
    "fit": (
        '{"converged":true,"n_iter":3,"lower_bound":"-inf","lower_bounds":["nan","inf",0,-0,2,-1.5,'
        "0.001,1e-04,-0.00012,1.2e-05,10000,1e+05,120000,0.1,5e-324,123456789012345683968,1e+23,"
        '1.7976931348623157e+308],"starts":[{"lower_bound":-3,"n_iter":1,"converged":false,'
        '"origin":"k-means","dropped":true},{"lower_bound":0.5,"n_iter":2,"converged":true,'
        '"origin":"\\"","dropped":false}],"best_start":1,"repairs":[{"start":1,"iteration":2,'
        '"component":-1,"reason":"a","action":"b"}]}'
    ),
    "parameters": '{"n_components": 3, "covariance_type": "full", "tol": 1e-05}',
}


def test_bytes_are_written_as_ever(container: Container) -> None:
    content = put_together(container.with_metadata(**TEXTS))
    written = take_apart(content_of(gaussmix.load(content)))
    assert written.buffer == container.buffer
    assert {key: written.metadata[key] for key in ("feature_names", "fit")} == {
        key: TEXTS[key] for key in ("feature_names", "fit")
    }
    parameters = written.metadata["parameters"]
    assert parameters.startswith(TEXTS["parameters"][:-1] + ", ")


def test_same_model_same_bytes(content: bytes) -> None:
    assert content_of(gaussmix.load(content)) == content


def test_repairs_come_back() -> None:
    X = np.repeat([[0.0, 0.0], [1.0, 1.0], [5.0, 5.0]], 10, axis=0)
    model = GaussianMixture(3, reg_covar=0, random_state=0, max_iter=5, tol=1).fit(X)
    assert model.fit_report_.repairs
    assert gaussmix.load(content_of(model)).fit_report_ == model.fit_report_


NAMES = ["größe\n", "\0", "\ud800", "", '"\\/', "\U0001f427", "\x7f", "a" * 999]


@pytest.mark.parametrize("repeat", [1, 1100], ids=["short", "longer than a header"])
def test_any_names_come_back(repeat: int) -> None:
    names = NAMES * repeat
    assert (len(json.dumps(names, ensure_ascii=False)) > 2**20) == (repeat > 1)
    k, d = 1, len(names)
    model = GaussianMixture.from_parameters(
        [1.0], np.zeros((k, d)), np.ones(k), "spherical", feature_names=names
    )
    content = content_of(model)
    assert int.from_bytes(content[:8], "little") <= 2**20
    assert list(gaussmix.load(content).feature_names_in_) == names
    assert set(safetensors.numpy.load(content)) >= set(TENSORS)


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_comes_back_as_a_name(names: list[str]) -> None:
    model = GaussianMixture.from_parameters(
        [1.0], np.zeros((1, len(names))), [1.0], "spherical", feature_names=names
    )
    content = content_of(model)
    assert list(gaussmix.load(content).feature_names_in_) == names
    assert json.loads(take_apart(content).metadata["feature_names"]) == names


def test_model_from_parameters(path: Path) -> None:
    model = GaussianMixture.from_parameters([0.5, 0.5], [[0.0], [1.0]], [1.0, 2.0], "spherical")
    model.save(path)
    loaded = gaussmix.load(path)
    assert loaded.lower_bound_ == -np.inf
    assert loaded.predict([[-1.0], [9.0]]).tolist() == [0, 1]
    assert str(loaded.fit_report_) == "not fitted to data: the parameters were given"


def test_parameters_of_the_constructor_come_back() -> None:
    X = load("blobs")
    start = fitted(X)
    arrays = {
        "weights_init": start.weights_.tolist(),
        "means_init": start.means_,
        "precisions_init": start.precisions_,
    }
    plain: dict[str, Any] = {
        "tol": np.float64(1e-4),
        "reg_covar": 1e-5,
        "max_iter": np.int64(321),
        "n_init": 2,
        "init_params": "k-means++",
        "random_state": 2**64 - 1,
        "warm_start": True,
        "verbose": 0,
        "verbose_interval": 7,
        "degenerate": "raise",
        "n_jobs": -1,
        "progress": False,
    }
    loaded = gaussmix.load(content_of(fitted(X, **plain, **arrays)))
    for name, value in plain.items():
        assert getattr(loaded, name) == value, name
    for name, value in arrays.items():
        np.testing.assert_array_equal(getattr(loaded, name), value)


@pytest.mark.parametrize(
    "params",
    [
        {"random_state": np.random.RandomState(0)},
        {"callback": print},
        {"n_jobs": 10**5000},
    ],
)
def test_what_a_file_cannot_hold_is_left_out(params: dict[str, Any]) -> None:
    model = fitted(load("blobs")).set_params(**params)
    loaded = gaussmix.load(content_of(model))
    assert loaded.get_params() == model.get_params() | dict.fromkeys(params)


def test_invalid_parameters_are_not_saved(path: Path) -> None:
    model = fitted(load("blobs")).set_params(tol=-1)
    with pytest.raises(ValueError, match="The 'tol' parameter of GaussianMixture must be"):
        model.save(path)
    assert not path.exists()
    assert pickle.loads(pickle.dumps(model)).tol == -1


@pytest.mark.parametrize("scale", [1e-150, 1e-20, 1, 1e150])
def test_models_of_any_scale_come_back(covariance_type: str, scale: float) -> None:
    X = load("blobs") * scale
    model = fitted(X, covariance_type, reg_covar=0)
    assert_same_bits(gaussmix.load(content_of(model)), model, X)


@pytest.mark.parametrize("scale", [1e-23, 1e-20, 1e17])
def test_float32_models_at_the_ends_of_its_range_come_back(
    covariance_type: str, scale: float
) -> None:
    """At 1e-23 their variances are zero, where their precisions still fit."""
    X = (load("blobs") * scale).astype(np.float32)
    model = fitted(X, covariance_type, reg_covar=0)
    loaded = gaussmix.load(content_of(model))
    for name in PARAMETERS:
        assert getattr(loaded, name).tobytes() == getattr(model, name).tobytes()


@pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("reg_covar", [1e-12, 1e-6])
def test_ill_conditioned_models_come_back(dtype: Any, reg_covar: float) -> None:
    X = load("digits") @ np.random.RandomState(0).normal(size=(16, 40))
    model = fitted(X.astype(dtype), reg_covar=reg_covar, max_iter=30)
    loaded = gaussmix.load(content_of(model))
    assert loaded.covariances_.tobytes() == model.covariances_.tobytes()


# The format, seen from outside


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_file_is_as_documented(covariance_type: str, dtype: Any) -> None:
    X = pd.DataFrame(load("blobs").astype(dtype), columns=["a", "b", "c"])
    model = fitted(X, covariance_type)
    content = content_of(model)
    assert int.from_bytes(content[:8], "little") % 64 == 56
    assert with_checksum(content) == content
    header, _ = container = take_apart(content)
    assert tuple(header) == ("__metadata__", *TENSORS)
    for name in TENSORS:
        expected = getattr(model, f"{name}_")
        assert header[name]["dtype"] == {"float32": "F32", "float64": "F64"}[expected.dtype.name]
        assert container.tensor(name).tobytes() == expected.tobytes()
        assert header[name]["shape"] == list(expected.shape)
    assert set(container.metadata) == {
        "checksum", "format_version", "covariance_type", "feature_names", "fit", "parameters",
    }  # fmt: skip
    assert container.metadata["format_version"] == "1.0"
    assert container.metadata["covariance_type"] == covariance_type
    assert json.loads(container.metadata["feature_names"]) == ["a", "b", "c"]
    assert json.loads(container.metadata["fit"]) == {
        "converged": model.converged_,
        "n_iter": model.n_iter_,
        "lower_bound": model.lower_bound_,
        "lower_bounds": model.lower_bounds_,
        "starts": [
            {
                "lower_bound": model.lower_bound_,
                "n_iter": model.n_iter_,
                "converged": True,
                "origin": "k-means",
                "dropped": False,
            }
        ],
        "best_start": 0,
        "repairs": [],
    }
    assert json.loads(container.metadata["parameters"]).items() <= model.get_params().items()


def test_checksum_is_what_the_documentation_computes(content: bytes) -> None:
    page = (ROOT / "docs" / "model-file.md").read_text()
    names: dict[str, Any] = {}
    exec(re.search("```python\n(.*?)```", page, re.DOTALL)[1], names)
    assert names["with_checksum"](content) == content


def test_safetensors_reads_our_files(path: Path, model: GaussianMixture) -> None:
    model.save(path)
    tensors = safetensors.numpy.load_file(path)
    assert set(tensors) == set(TENSORS)
    for name in TENSORS:
        assert tensors[name].tobytes() == getattr(model, f"{name}_").tobytes()
    with safetensors.safe_open(path, "np") as file:
        assert file.metadata()["covariance_type"] == "full"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_files_that_safetensors_wrote_are_read(covariance_type: str, dtype: Any) -> None:
    X = load("blobs").astype(dtype)
    model = fitted(X, covariance_type)
    container = take_apart(content_of(model))
    tensors = {name: container.tensor(name) for name in TENSORS}
    written = safetensors.numpy.save(tensors, container.metadata)
    with pytest.raises(ValueError, match="its checksum is wrong"):
        gaussmix.load(written)
    loaded = gaussmix.load(with_checksum(written))
    assert_same_bits(loaded, model, X)


def test_what_a_later_minor_version_adds_is_ignored(
    container: Container, model: GaussianMixture
) -> None:
    header, buffer = container.with_metadata(
        format_version="1.7",
        family="VVE",
        novelty="{",
        fit=json.dumps(json.loads(container.metadata["fit"]) | {"novelty": [{}, None, 1e-3]}),
        parameters=json.dumps({"max_iter": 321, "novelty": [1, [2]]}),
    )
    extra = {"dtype": "Q7", "shape": [2, 3], "data_offsets": [len(buffer), len(buffer) + 5]}
    loaded = gaussmix.load(put_together(Container(header | {"novelty": extra}, buffer + b"12345")))
    assert loaded.means_.tobytes() == model.means_.tobytes()
    assert loaded.lower_bounds_ == model.lower_bounds_
    assert loaded.max_iter == 321


def test_mixture_alone_is_enough(container: Container, model: GaussianMixture) -> None:
    bare = container.with_metadata(fit=None, parameters=None, feature_names=None)
    loaded = gaussmix.load(put_together(bare))
    assert loaded.means_.tobytes() == model.means_.tobytes()
    assert loaded.get_params() == GaussianMixture(3).get_params()
    assert (loaded.lower_bound_, loaded.n_iter_, loaded.lower_bounds_) == (-np.inf, 0, [])


# What is refused, though its checksum is right


def refused(content: bytes) -> str:
    """Why: the message of the ValueError, which has to be readable."""
    with pytest.raises(ValueError, match="odel file") as caught:
        gaussmix.load(content)
    assert str(caught.value).isprintable()
    return str(caught.value)


METADATA: list[tuple[dict[str, str | None], str]] = [
    ({"format_version": None}, "its metadata have no format_version"),
    (
        {"format_version": "3.0"},
        "its format is version 3.0, this version of gaussmix reads 1.x and 2.x",
    ),
    ({"format_version": "10.0"}, "its format is version 10.0,"),
    ({"format_version": "1"}, "its format_version should be a number like 1.0"),
    ({"format_version": "1."}, "its format_version should be a number like 1.0"),
    ({"format_version": ".0"}, "its format_version should be a number like 1.0"),
    ({"format_version": "1.-1"}, "its format_version should be a number like 1.0"),
    ({"format_version": "1.0 "}, "its format_version should be a number like 1.0"),
    ({"format_version": "1.0.0"}, "its format_version should be a number like 1.0"),
    ({"format_version": "1.x"}, "its format_version should be a number like 1.0"),
    ({"format_version": "-1.0"}, "its format_version should be"),
    ({"format_version": "9" * 99 + ".0"}, "its format_version should be"),
    ({"format_version": ""}, "its format_version should be"),
    ({"checksum": None}, "its metadata have no checksum"),
    ({"checksum": "crc32:0123456789abcdef"}, "its checksum should be xxh64: and 16"),
    ({"covariance_type": None}, "its metadata have no covariance_type"),
    ({"covariance_type": "round"}, "its covariance_type should be full, tied"),
    ({"covariance_type": "diag"}, "its tensor covariances has the wrong shape"),
    ({"feature_names": '["a", "b"]'}, "it has 2 feature_names for 3 features"),
    ({"feature_names": '["a", "b", 3]'}, "feature_names should be a JSON array of strings"),
    ({"feature_names": '["a", "b", "c"] d'}, "feature_names should be a JSON text: Extra data"),
    ({"feature_names": "{}"}, "feature_names should be a JSON array of strings"),
    ({"feature_names": "[" * 99999}, "feature_names nests deeper than 16 values"),
    ({"feature_names": ""}, "its feature_names should be a JSON text in UTF-8"),
    ({"fit": ""}, "its fit should be a JSON text in UTF-8"),
    ({"fit": "[]"}, "fit should be a JSON object"),
    ({"fit": '{"converged": 1}'}, "fit.converged should be true or false"),
    ({"fit": '{"converged": null}'}, "fit.converged should be true or false"),
    ({"fit": '{"n_iter": 1.5}'}, "fit.n_iter should be an integer from 0 to 2147483647"),
    ({"fit": '{"n_iter": 1.0}'}, "fit.n_iter should be an integer from 0"),
    ({"fit": '{"n_iter": true}'}, "fit.n_iter should be an integer from 0"),
    ({"fit": '{"n_iter": -1}'}, "fit.n_iter should be an integer from 0"),
    ({"fit": '{"n_iter": 2147483648}'}, "fit.n_iter should be an integer from 0"),
    ({"fit": '{"n_iter": 1e99999}'}, "fit.n_iter should be an integer from 0"),
    ({"fit": '{"n_iter": "inf"}'}, "fit.n_iter should be an integer from 0"),
    ({"fit": '{"n_iter": ' + "9" * 9999 + "}"}, "fit should be a JSON text: "),
    ({"fit": '{"lower_bound": 1e99999}'}, "fit.lower_bound should be a finite number"),
    ({"fit": '{"lower_bound": ' + "9" * 400 + "}"}, "fit.lower_bound should be a finite number"),
    ({"fit": '{"lower_bound": "x"}'}, "fit.lower_bound should be a finite number"),
    ({"fit": '{"lower_bound": "Inf"}'}, "fit.lower_bound should be a finite number"),
    ({"fit": '{"lower_bound": false}'}, "fit.lower_bound should be a finite number"),
    ({"fit": '{"lower_bound": NaN}'}, "fit should be a JSON text: NaN is no JSON number"),
    ({"fit": '{"lower_bound": -Infinity}'}, "-Infinity is no JSON number"),
    ({"fit": '{"lower_bounds": [01]}'}, "fit should be a JSON text: Expecting ',' delimiter"),
    ({"fit": '{"lower_bounds": 1}'}, "fit.lower_bounds should be an array"),
    ({"fit": '{"lower_bounds": {}}'}, "fit.lower_bounds should be an array"),
    ({"fit": '{"lower_bounds": [0, []]}'}, "fit.lower_bounds[1] should be a finite number"),
    ({"fit": '{"starts": [{}, 1]}'}, "fit.starts[1] should be an object"),
    ({"fit": '{"starts": [{"origin": 1}]}'}, "fit.starts[0].origin should be a string"),
    ({"fit": '{"starts": [{"dropped": 1}]}'}, "fit.starts[0].dropped should be true or false"),
    ({"fit": '{"starts": [], "best_start": 1}'}, "fit.best_start should be the index of one of"),
    ({"fit": '{"best_start": 1}'}, "fit.best_start should be the index of one of the starts"),
    ({"fit": '{"n_rows": 0}'}, "fit.n_rows should be an integer from 1 to 9223372036854775807"),
    ({"fit": '{"n_rows": 9223372036854775808}'}, "fit.n_rows should be an integer from 1"),
    ({"fit": '{"repairs": [{"component": -2}]}'}, "fit.repairs[0].component should be an integer"),
    ({"fit": '{"repairs": [{"reason": "\\ud800"}]}'}, "fit has half of a surrogate pair"),
    ({"fit": '{"a": {"\\ud800\\ud800": 1}}'}, "fit has half of a surrogate pair"),
    ({"fit": '{"a": 1, "a": 1}'}, "fit should be a JSON text: a key occurs twice"),
    ({"fit": '{"a": [{"a": 1, "\\u0061": 1}]}'}, "a key occurs twice"),
    ({"fit": '{"a": ' + "[" * 16 + "]" * 16 + "}"}, "fit nests deeper than 16 values"),
    ({"fit": '{"a": ' * 99999}, "fit nests deeper than 16 values"),
    ({"fit": '{"a": nul}'}, "fit should be a JSON text: Expecting value"),
    ({"fit": "{} {}"}, "fit should be a JSON text: Extra data"),
    ({"fit": '{"a": "'}, "fit should be a JSON text: Unterminated string"),
    ({"fit": '{"a": "\n"}'}, "fit should be a JSON text: Invalid control character"),
    ({"fit": '{"a": "\\x"}'}, "fit should be a JSON text: Invalid \\escape"),
    ({"fit": '{"a": "\\u12g4"}'}, "fit should be a JSON text: Invalid \\uXXXX escape"),
    ({"fit": '{"a": "\\'}, "fit should be a JSON text: Unterminated string"),
    ({"fit": "\ufeff{}"}, "fit should be a JSON text: Unexpected UTF-8 BOM"),
    ({"parameters": ""}, "its parameters should be a JSON text in UTF-8"),
    ({"parameters": "[]"}, "parameters should be a JSON object"),
    ({"parameters": '{"tol": NaN}'}, "parameters should be a JSON text: NaN is no JSON number"),
    (
        {"parameters": '{"tol": 1, "tol": 1}'},
        "parameters should be a JSON text: a key occurs twice",
    ),
    ({"parameters": '{"a": "\\udc00"}'}, "parameters has half of a surrogate pair"),
    ({"parameters": '{"tol": -1}'}, "parameters are unsound: The 'tol' parameter"),
    ({"parameters": '{"tol": 1e999}'}, "parameters are unsound: The 'tol' parameter"),
    ({"parameters": '{"n_components": "3"}'}, "parameters are unsound: The 'n_components'"),
    ({"parameters": '{"means_init": [[1], [1, 2]]}'}, "parameters are unsound"),
    ({"parameters": '{"means_init": {}}'}, "parameters are unsound"),
    ({"parameters": '{"weights_init": [' + "9" * 400 + "]}"}, "parameters are unsound"),
]


@pytest.mark.parametrize(("texts", "says"), METADATA)
def test_unsound_metadata(container: Container, texts: dict[str, str | None], says: str) -> None:
    assert says in refused(put_together(container.with_metadata(**texts)))


def changed(array: np.ndarray, place: tuple[int, ...], value: float) -> np.ndarray:
    array[place] = value
    return array


NUMBERS: list[tuple[str, Callable[[np.ndarray], np.ndarray], str]] = [
    ("weights", lambda a: a * 1.001, "weights must sum to 1"),
    ("weights", lambda a: a + np.array([-1, 1, 0]), "weights must not be negative"),
    ("precisions_cholesky", lambda a: a.swapaxes(1, 2), "must be upper triangular with"),
    ("precisions_cholesky", lambda a: -a, "must be upper triangular with a positive diagonal"),
    ("precisions_cholesky", lambda a: changed(a, (2, 2, 2), 0), "with a positive diagonal"),
    ("precisions_cholesky", lambda a: a / 10, "covariances are not symmetric and positive"),
    ("covariances", lambda a: -a, "covariances are not symmetric and positive definite"),
    ("covariances", lambda a: a * 0, "covariances are not symmetric and positive definite"),
    ("covariances", lambda a: changed(a, (1, 0, 2), 9), "covariances are not symmetric"),
    ("covariances", lambda a: a + 99 * (1 - np.eye(3)), "covariances are not symmetric and"),
]


NOISE: list[tuple[str, Callable[[np.ndarray], np.ndarray], str]] = [
    ("noise_weight", lambda a: a + 0.1, "weights and that of the noise must sum to 1"),
    ("noise_weight", lambda a: -a, "noise.weight must be in [0, 1]"),
    ("noise_weight", lambda a: a * np.nan, "noise.weight must be in [0, 1]"),
    ("noise_corner", lambda a: a * np.inf, "noise.corner must be finite"),
    ("noise_widths", lambda a: changed(a, (1,), 0), "noise.widths must be positive"),
    ("noise_widths", lambda a: changed(a, (2,), np.inf), "noise.widths must be finite"),
    ("noise_axes", lambda a: 1.001 * a, "noise.axes must be orthonormal"),
    ("noise_axes", lambda a: changed(a, (0, 1), np.nan), "noise.axes must be finite"),
]


@pytest.mark.parametrize(("name", "change", "says"), NOISE)
def test_unsound_noise(name: str, change: Any, says: str) -> None:
    X = noisy("turned")[0]
    whole = take_apart(content_of(GaussianMixture(2, noise=True, random_state=0).fit(X)))
    assert whole.metadata["format_version"] == "2.0"
    numbers = change(whole.tensor(name))
    assert says in refused(put_together(whole.with_tensor(name, numbers)))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("noise_weight", "it has no tensor noise_weight"),
        ("noise_corner", "it has no tensor noise_corner"),
        ("noise_widths", "it has no tensor noise_widths"),
    ],
)
def test_noise_that_is_incomplete(name: str, says: str) -> None:
    X = noisy("wide")[0]
    header, buffer = take_apart(content_of(GaussianMixture(2, noise=True, random_state=0).fit(X)))
    renamed = {key.replace(name, "other"): value for key, value in header.items()}
    assert says in refused(put_together(Container(renamed, buffer)))
    turned = header | {name: header[name] | {"shape": [1, *header[name]["shape"]]}}
    wrong = f"its tensor {name} has the wrong shape"
    assert wrong in refused(put_together(Container(turned, buffer)))


def test_noise_of_a_file_without_parameters() -> None:
    model = GaussianMixture(2, noise=0.2, random_state=0).fit(noisy("wide")[0])
    whole = take_apart(content_of(model))
    loaded = gaussmix.load(put_together(whole.with_metadata(fit=None, parameters=None)))
    assert loaded.get_params() == GaussianMixture(2, noise=True).get_params()
    assert loaded.noise_weight_ == model.noise_weight_


@pytest.mark.parametrize(("name", "change", "says"), NUMBERS)
def test_unsound_numbers(container: Container, name: str, change: Any, says: str) -> None:
    numbers = change(container.tensor(name))
    assert says in refused(put_together(container.with_tensor(name, numbers)))


@pytest.mark.parametrize("covariance_type", ["diag", "spherical"])
@pytest.mark.parametrize("name", ["covariances", "precisions_cholesky"])
@pytest.mark.parametrize("value", [0, -1])
def test_variances_that_are_not_positive(covariance_type: str, name: str, value: float) -> None:
    container = take_apart(content_of(fitted(load("blobs"), covariance_type)))
    numbers = container.tensor(name)
    numbers.flat[-1] = value
    assert "positive" in refused(put_together(container.with_tensor(name, numbers)))


@pytest.mark.parametrize("name", TENSORS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_that_are_not_finite(name: str, value: float, dtype: Any) -> None:
    container = take_apart(content_of(fitted(load("blobs").astype(dtype))))
    numbers = container.tensor(name)
    numbers.flat[-1] = value
    message = refused(put_together(container.with_tensor(name, numbers)))
    assert f"{name} must be finite" in message


HUGE = 2**62
SIZE = "a number should be an integer from 0 to 2^63 - 1"
ENTRIES: list[tuple[str, Any, str]] = [
    ("weights", {"dtype": "F32"}, "does not fit its data_offsets"),
    ("weights", {"dtype": "F16"}, "does not fit its data_offsets"),
    ("weights", {"dtype": "I64"}, "its tensor weights should be F32 or F64"),
    ("weights", {"dtype": "Q7"}, "its tensor weights should be F32 or F64"),
    ("weights", {"dtype": 1}, "JSON should have '\"'"),
    ("weights", {"shape": []}, "does not fit its data_offsets"),
    ("weights", {"shape": [3, 1]}, "its weights should have one dimension"),
    ("weights", {"shape": [-3]}, SIZE),
    ("weights", {"shape": [3.0]}, SIZE),
    ("weights", {"shape": ["3"]}, SIZE),
    ("weights", {"shape": [HUGE, 4]}, "the shape of a tensor is too large"),
    ("weights", {"shape": [2**63]}, SIZE),
    ("weights", {"shape": [2**64]}, SIZE),
    ("weights", {"shape": [2**32, 2**32, 3]}, "the shape of a tensor is too large"),
    ("weights", {"shape": 3}, "JSON should have '['"),
    ("means", {"dtype": "I64"}, "its tensor means should have the dtype of weights, F64"),
    ("means", {"shape": [1, 9]}, "its tensor means has the wrong shape"),
    ("means", {"shape": [9]}, "its weights should have one dimension, its means two"),
    ("covariances", {"shape": [27]}, "its tensor covariances has the wrong shape"),
    ("means", {"data_offsets": [0, 72]}, "its tensors overlap or leave a gap"),
    ("means", {"data_offsets": [96, 24]}, "where the tensor begins and where it ends"),
    ("means", {"data_offsets": [24]}, "where the tensor begins and where it ends"),
    ("means", {"data_offsets": [24, 96, 96]}, "where the tensor begins and where it ends"),
    ("means", {"data_offsets": [-24, 48]}, SIZE),
    ("means", {"data_offsets": [HUGE, HUGE + 72]}, "its tensors overlap or leave a gap"),
    ("precisions_cholesky", {"data_offsets": [313, 529]}, "overlap or leave a gap"),
    ("means", {"stride": 1}, "a tensor has dtype, shape and data_offsets, nothing else"),
]


@pytest.mark.parametrize(("name", "change", "says"), ENTRIES)
def test_unsound_entries(container: Container, name: str, change: Any, says: str) -> None:
    header, buffer = container
    entry = header[name] | change
    assert says in refused(put_together(Container(header | {name: entry}, buffer)))


@pytest.mark.parametrize("name", TENSORS)
@pytest.mark.parametrize("key", ["dtype", "shape", "data_offsets"])
def test_missing_keys_of_an_entry(container: Container, name: str, key: str) -> None:
    entry = {k: v for k, v in container.header[name].items() if k != key}
    broken = Container(container.header | {name: entry}, container.buffer)
    assert "a tensor needs dtype, shape and data_offsets" in refused(put_together(broken))


@pytest.mark.parametrize("name", TENSORS)
def test_missing_tensors(container: Container, name: str) -> None:
    header = {("other" if key == name else key): value for key, value in container.header.items()}
    assert f"it has no tensor {name}" in refused(put_together(Container(header, container.buffer)))


def test_buffer_that_is_not_covered(container: Container) -> None:
    header, buffer = container
    for wrong in (buffer + b"\0", buffer[:-1], b""):
        message = refused(put_together(Container(header, wrong)))
        assert f"its tensors take 528 bytes, but {len(wrong)} bytes follow the header" in message


def test_empty_mixtures(container: Container) -> None:
    entry = {"dtype": "F64", "data_offsets": [0, 0]}
    shapes = {"weights": [0], "means": [0, 3]}
    shapes |= {name: [0, 3, 3] for name in ("covariances", "precisions_cholesky")}
    tensors = {name: entry | {"shape": shape} for name, shape in shapes.items()}
    broken = Container({"__metadata__": container.metadata} | tensors, b"")
    message = refused(put_together(broken))
    assert "a mixture needs at least one component and one feature" in message


HEADERS: list[tuple[bytes, str]] = [
    (b"[]", "header, byte 0: it should begin with '{'"),
    (b" {}", "header, byte 0: it should begin with '{'"),
    (b"{}", "its metadata have no format_version"),
    (b"{}x", "something follows the JSON value"),
    (b'{"a":1}', "JSON should have '{'"),
    (b'{"__metadata__":{"a":1}}', "JSON should have '\"'"),
    (b'{"__metadata__":{},"__metadata__":{}}', "a key occurs twice"),
    (b'{"__metadata__":{"a":"","\\u0061":""}}', "a key occurs twice"),
    (b'{"__metadata__":{"a":"\xff"}}', "its header is not UTF-8"),
    (b'{"__metadata__":{"a":"\xed\xa0\x80"}}', "its header is not UTF-8"),
    (b'{"__metadata__":{"a":"\xc0\x80"}}', "its header is not UTF-8"),
    (b'{"__metadata__":{"a":"\xf4\x90\x80\x80"}}', "its header is not UTF-8"),
    (b'{"__metadata__":{"a":"\xe2\x82', "its header is not UTF-8"),
    (b'{"__metadata__":{"\\ud800":""}}', "half of a surrogate pair"),
    (b'{"__metadata__":{"a":"\0"}}', "a control character is in a JSON string"),
    (b'{"__metadata__":{"a":"b",}}', "JSON should have '\"'"),
    (b"{" + b'"a":{' * 100_000, "a tensor has dtype, shape and data_offsets"),
    (b'{"a":{"shape":' + b"[" * 100_000, SIZE),
    (b'{"a":{"shape":[' + b"1," * 400_000, SIZE),
    (b'{"a":{"shape":[1', "the JSON text ends too early"),
    (b'{"a":{"shape":[01]', SIZE),
    (b'{"__metadata__":{"a":"\\', "JSON has no such escape"),
    (b'{"__metadata__":{"a":"\\x"}}', "JSON has no such escape"),
    (b'{"__metadata__":{"a":"\\u12g4"}}', "four hexadecimal digits"),
    (b'{"__metadata__":{"a":"\\u12', "four hexadecimal digits"),
    (b'{"__metadata__":{"a":"\\udc00\\ud800"}}', "half of a surrogate pair"),
    (b'{"__metadata__":{"a":"\\ud800\\u0061"}}', "half of a surrogate pair"),
    (b'{"', "a JSON string does not end"),
    (b"{\xef\xbb\xbf}", "JSON should have"),
]


@pytest.mark.parametrize(("header", "says"), HEADERS)
def test_unsound_headers(header: bytes, says: str) -> None:
    assert says in refused(with_header(header, b""))


@pytest.mark.parametrize("length", [0, 1, 2**20 + 1, 2**31, 2**32, 2**63, 2**64 - 1])
def test_lengths_of_a_header(content: bytes, length: int) -> None:
    message = refused(length.to_bytes(8, "little") + content[8:])
    assert f"its header would have {length} bytes, which is not between 2 and 1 MiB" in message


def test_longest_header(content: bytes, model: GaussianMixture) -> None:
    header = content[8 : 8 + int.from_bytes(content[:8], "little")]
    buffer = content[8 + len(header) :]
    loaded = gaussmix.load(with_header(header.ljust(2**20), buffer))
    assert loaded.means_.tobytes() == model.means_.tobytes()
    assert "which is not between" in refused(with_header(header.ljust(2**20 + 1), buffer))


@pytest.mark.parametrize("change", [bytes.upper, lambda b: b"\\u0030" + b[6:], lambda b: b""])
def test_checksum_has_to_stand_in_the_file_as_it_is(content: bytes, change: Any) -> None:
    length = int.from_bytes(content[:8], "little")
    begin = content.index(MARK) + len(MARK)
    digits = change(content[begin : begin + 16])
    header = content[8:begin] + digits + content[begin + 16 : 8 + length]
    damaged = len(header).to_bytes(8, "little") + header + content[8 + length :]
    assert "its checksum" in refused(damaged)


# Damage


@pytest.fixture(scope="module")
def small() -> bytes:
    model = GaussianMixture.from_parameters([0.5, 0.5], [[0.0], [1.0]], [1.0, 2.0], "spherical")
    return content_of(model)


def test_truncated_at_any_byte(small: bytes) -> None:
    for length in range(len(small)):
        refused(small[:length])


def test_any_bit_flipped(small: bytes) -> None:
    for position in range(8 * len(small)):
        damaged = bytearray(small)
        damaged[position // 8] ^= 1 << position % 8
        refused(bytes(damaged))


def loads_or_is_refused(content: bytes) -> None:
    """Nothing but ValueError; and what loads is a mixture that can be saved again."""
    with suppress(ValueError):
        model = gaussmix.load(content)
        assert np.isclose(model.weights_.sum(), 1)
        assert all(np.isfinite(getattr(model, f"{name}_")).all() for name in TENSORS)
        assert gaussmix.load(content_of(model)).means_.tobytes() == model.means_.tobytes()


@given(st.binary(max_size=200))
@example(b"\2" + bytes(7) + b"{}")
def test_any_bytes(content: bytes) -> None:
    loads_or_is_refused(content)


@given(st.binary(max_size=300))
def test_any_header(header: bytes) -> None:
    loads_or_is_refused(with_header(b"{" + header, b""))


@given(
    edits=st.lists(
        st.tuples(st.integers(0, 2000), st.integers(0, 20), st.binary(max_size=20)), max_size=4
    )
)
def test_edited_files_with_a_right_checksum(
    edits: list[tuple[int, int, bytes]], small: bytes
) -> None:
    for position, length, replacement in edits:
        begin = position % len(small)
        small = small[:begin] + replacement + small[begin + length :]
    loads_or_is_refused(with_checksum(small))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["F32", "F64", "full", "diag", "inf", "1.0", 2**63 - 1, 2**62]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(["dtype", "shape"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


def replace_at(tree: Any, where: list[int], value: Any) -> Any:
    """The JSON value with one of its parts, to which `where` leads, replaced."""
    if not where or not isinstance(tree, dict | list) or not tree:
        return value
    keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
    key = keys[where[0] % len(keys)]
    copy = tree.copy()
    copy[key] = replace_at(tree[key], where[1:], value)
    return copy


@given(where=st.lists(st.integers(0, 9), max_size=3), value=JSON)
@pytest.mark.parametrize("text", [None, "fit", "parameters", "feature_names"])
def test_headers_with_any_value_in_any_place(
    text: str | None, where: list[int], value: Any, container: Container
) -> None:
    """`text` names the JSON text within the metadata that is changed, None the header itself."""
    if text is None:
        container = Container(replace_at(container.header, where, value), container.buffer)
    else:
        tree = replace_at(json.loads(container.metadata[text]), where, value)
        container = container.with_metadata(**{text: json.dumps(tree)})
    loads_or_is_refused(put_together(container))


@given(st.data())
@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_any_numbers_in_the_buffer(covariance_type: str, data: Any) -> None:
    model = GaussianMixture.from_parameters(
        [0.5, 0.5],
        np.zeros((2, 2)),
        {
            "full": np.tile(np.eye(2), (2, 1, 1)),
            "tied": np.eye(2),
            "diag": np.ones((2, 2)),
            "spherical": np.ones(2),
        }[covariance_type],
        covariance_type,
    )
    container = take_apart(content_of(model))
    name = data.draw(st.sampled_from(TENSORS))
    numbers = container.tensor(name)
    for place in data.draw(st.lists(st.integers(0, numbers.size - 1), min_size=1, max_size=3)):
        numbers.flat[place] = data.draw(st.floats() | st.sampled_from([0, 1, -1, 5e-324, 1e308]))
    loads_or_is_refused(put_together(container.with_tensor(name, numbers)))


# Files


def test_unfitted_model_is_not_written(path: Path) -> None:
    with pytest.raises(NotFittedError):
        GaussianMixture().save(path)
    assert not path.exists()


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        gaussmix.load(tmp_path / "absent")
    assert caught.value.filename == str(tmp_path / "absent")
    with pytest.raises(OSError, match="directory"):
        gaussmix.load(tmp_path)
    with pytest.raises(OSError, match="Invalid argument"):
        gaussmix.load("a\0b")
    with pytest.raises(TypeError):
        gaussmix.load(3)  # type: ignore[arg-type]


@pytest.mark.skipif(os.name != "posix", reason="elsewhere, names of files are text")
def test_messages_name_any_file(tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/\xff")
    with pytest.raises(FileNotFoundError) as absent:
        gaussmix.load(odd)
    assert absent.value.filename == odd
    Path(odd).write_bytes(b"")
    with pytest.raises(ValueError, match="is not a usable model file") as unusable:
        gaussmix.load(odd)
    assert str(unusable.value).startswith(odd)


def test_other_files_are_refused_by_their_beginning(path: Path) -> None:
    """However long they are: this one has a tebibyte, of which the disk stores nothing."""
    with open(path, "wb") as file:
        file.truncate(2**40)
    with pytest.raises(ValueError, match="its header would have 0 bytes"):
        gaussmix.load(path)


def test_failed_write_leaves_the_file_as_it_was(
    path: Path, model: GaussianMixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"old")

    def fail(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        model.save(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(path.parent) == [path.name]


def test_directory_that_is_not_there(path: Path, model: GaussianMixture) -> None:
    with pytest.raises(FileNotFoundError):
        model.save(path / "model")


@pytest.mark.skipif(os.name != "posix", reason="modes and links are those of POSIX")
def test_mode_and_link_are_kept(path: Path, tmp_path: Path, model: GaussianMixture) -> None:
    path.write_bytes(b"old")
    path.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to(path)
    model.save(link)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert gaussmix.load(path).n_components == 3


@pytest.mark.skipif(os.name != "posix", reason="there is no /dev/null")
def test_device_is_written_not_replaced(model: GaussianMixture) -> None:
    model.save("/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
