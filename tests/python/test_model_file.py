"""The model file: what is written comes back to the bit, and nothing else is believed."""

import io
import json
import os
import stat
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from compare import OUTPUTS, PARAMETERS, TRACE
from data import load
from gaussmix import GaussianMixture, model_file
from gaussmix.exceptions import NotFittedError
from hypothesis import given
from hypothesis import strategies as st

SUMMARY = model_file.FitSummary(n_rows=400, log_likelihood=-1.5, bic=2.5, aic=1e300)


def fitted(X: Any, covariance_type: Any = "full") -> GaussianMixture:
    model = GaussianMixture(3, covariance_type=covariance_type, random_state=0, max_iter=500)
    return model.fit(X)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "model")


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("model") / "model"
    frame = pd.DataFrame(load("blobs"), columns=["a", "b", "c"])
    model_file.save(str(path), fitted(frame), SUMMARY)
    return path.read_bytes()


def arrays_in(content: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(content)) as archive:
        return dict(archive)


def write(path: str, arrays: dict[str, Any]) -> str:
    with open(path, "wb") as file:
        np.savez(file, **arrays)
    return path


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["blobs", "line"])
def test_model_comes_back_to_the_bit(
    path: str, name: str, covariance_type: str, dtype: Any
) -> None:
    X = load(name).astype(dtype)
    model = fitted(X, covariance_type)
    model_file.save(path, model, SUMMARY)
    loaded, summary = model_file.load_with_summary(path)
    for attribute in PARAMETERS + TRACE:
        expected = np.asarray(getattr(model, attribute))
        found = np.asarray(getattr(loaded, attribute))
        assert (found.dtype, found.tobytes()) == (expected.dtype, expected.tobytes()), attribute
    for method in OUTPUTS:
        expected = np.asarray(getattr(model, method)(X))
        found = np.asarray(getattr(loaded, method)(X))
        assert (found.dtype, found.tobytes()) == (expected.dtype, expected.tobytes()), method
    assert summary == SUMMARY
    assert (loaded.n_components, loaded.covariance_type) == (3, covariance_type)
    assert not hasattr(loaded, "feature_names_in_")


def test_file_is_as_documented(content: bytes) -> None:
    arrays = arrays_in(content)
    shapes = {name: (array.dtype.kind, array.shape) for name, array in arrays.items()}
    assert shapes == {
        "format_version": ("i", ()),
        "covariance_type": ("U", ()),
        "weights": ("f", (3,)),
        "means": ("f", (3, 3)),
        "covariances": ("f", (3, 3, 3)),
        "precisions_cholesky": ("f", (3, 3, 3)),
        "converged": ("b", ()),
        "n_iter": ("i", ()),
        "lower_bound": ("f", ()),
        "lower_bounds": ("f", (int(arrays["n_iter"]),)),
        "feature_names": ("U", ()),
        "n_rows": ("i", ()),
        "log_likelihood": ("f", ()),
        "bic": ("f", ()),
        "aic": ("f", ()),
    }
    assert arrays["format_version"] == 1
    assert json.loads(str(arrays["feature_names"])) == ["a", "b", "c"]


def test_same_model_same_bytes(path: str, content: bytes) -> None:
    Path(path).write_bytes(content)
    model_file.save(path, *model_file.load_with_summary(path))
    assert Path(path).read_bytes() == content


def test_any_names_come_back(path: str) -> None:
    names = ["größe\n", "\0", "\ud800", ""]
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 4)), columns=names)
    model_file.save(path, fitted(frame))
    loaded, summary = model_file.load_with_summary(path)
    assert list(loaded.feature_names_in_) == names
    assert summary is None


def test_model_from_parameters(path: str) -> None:
    model = GaussianMixture.from_parameters([0.5, 0.5], [[0.0], [1.0]], [1.0, 2.0], "spherical")
    model_file.save(path, model)
    loaded = model_file.load(path)
    assert loaded.lower_bound_ == -np.inf
    assert loaded.predict([[-1.0], [9.0]]).tolist() == [0, 1]


def test_other_byte_order(path: str, content: bytes) -> None:
    swapped = {
        name: array.astype(array.dtype.newbyteorder()) for name, array in arrays_in(content).items()
    }
    loaded, summary = model_file.load_with_summary(write(path, swapped))
    assert summary == SUMMARY
    assert loaded.means_.tobytes() == arrays_in(content)["means"].tobytes()
    assert list(loaded.feature_names_in_) == ["a", "b", "c"]


def test_arrays_in_fortran_order(path: str, content: bytes) -> None:
    arrays = arrays_in(content)
    turned = {name: np.array(array, order="F") for name, array in arrays.items()}
    loaded = model_file.load(write(path, turned))
    np.testing.assert_array_equal(loaded.precisions_cholesky_, arrays["precisions_cholesky"])


CORRUPTIONS: dict[str, tuple[Any, str]] = {
    "format_version": (2, "its format is 2"),
    "covariance_type": ("round", "covariance_type is 'round'"),
    "weights": (np.array([0.5, 0.6, 0.1]), "weights"),
    "means": (np.zeros((3, 2)), "full precision_cholesky"),
    "covariances": (np.zeros((3, 3)), "covariances must be"),
    "precisions_cholesky": (np.tril(np.ones((3, 3, 3))), "upper triangular"),
    "converged": (1, "converged must be a bool"),
    "n_iter": (1.5, "n_iter must be an integer"),
    "lower_bound": ("x", "lower_bound must be a float"),
    "lower_bounds": (np.zeros(2, np.float16), "lower_bounds must be float32 or float64"),
    "feature_names": ('["a", "b"]', "feature_names must be a JSON list of 3 strings"),
    "n_rows": (0, "n_rows is 0"),
    "log_likelihood": (np.nan, "log_likelihood is nan"),
    "bic": (np.zeros(2), "bic must be a float"),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corrupted_array(path: str, content: bytes, name: str) -> None:
    value, says = CORRUPTIONS[name]
    with pytest.raises(ValueError, match=f"{path} is not a usable model file: .*{says}"):
        model_file.load(write(path, arrays_in(content) | {name: value}))


@pytest.mark.parametrize("name", ["weights", "means", "covariances", "precisions_cholesky"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite(path: str, content: bytes, name: str, value: float) -> None:
    arrays = arrays_in(content)
    arrays[name].flat[0] = value
    with pytest.raises(ValueError, match=name.removeprefix("precisions_")):
        model_file.load(write(path, arrays))


@pytest.mark.parametrize("text", ["[1, 2, 3]", "{}", "[" * 9999, "a", "\ud800", "é"])
def test_malformed_names(path: str, content: bytes, text: str) -> None:
    with pytest.raises(ValueError, match="feature_names must be"):
        model_file.load(write(path, arrays_in(content) | {"feature_names": text}))


def test_missing_array(path: str, content: bytes) -> None:
    for name in set(arrays_in(content)) - {"feature_names", "n_rows"}:
        arrays = arrays_in(content)
        del arrays[name]
        with pytest.raises(ValueError, match=f"it has no {name}$"):
            model_file.load(write(path, arrays))


def test_mixed_dtypes(path: str, content: bytes) -> None:
    arrays = arrays_in(content)
    arrays["means"] = arrays["means"].astype(np.float32)
    with pytest.raises(ValueError, match="different dtypes"):
        model_file.load(write(path, arrays))


def test_pickles_are_refused(path: str, content: bytes) -> None:
    arrays = arrays_in(content) | {"means": np.array([{}], dtype=object)}
    with pytest.raises(ValueError, match="Python objects"):
        model_file.load(write(path, arrays))


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"\x93NUMPY", b"a,b\n1,2\n"])
def test_files_that_are_no_archive(path: str, content: bytes) -> None:
    Path(path).write_bytes(content)
    with pytest.raises(ValueError, match="is not a usable model file: it is no intact"):
        model_file.load(path)


def test_compressed_archive_is_refused(path: str, content: bytes) -> None:
    np.savez_compressed(path + ".npz", **arrays_in(content))
    with pytest.raises(ValueError, match="compressed"):
        model_file.load(path + ".npz")


def test_absurd_shapes_take_no_memory(path: str, content: bytes) -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000)}\n"
    absurd = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(64)
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(path, "w") as copy:
        for name in archive.namelist():
            copy.writestr(name, absurd if name == "means.npy" else archive.read(name))
    tracemalloc.start()
    with pytest.raises(ValueError, match="needs 8000000000000 bytes, but 64 bytes follow"):
        model_file.load(path)
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


def test_no_part_of_a_file_is_a_model(path: str, content: bytes) -> None:
    for length in range(0, len(content), 7):
        Path(path).write_bytes(content[:length])
        with pytest.raises(ValueError, match="is not a usable model file"):
            model_file.load(path)


@given(position=st.integers(0, 2**16), flipped=st.integers(1, 255))
def test_changed_byte_is_found_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, position: int, flipped: int
) -> None:
    damaged = bytearray(content)
    damaged[position % len(content)] ^= flipped
    path = str(tmp_path_factory.getbasetemp() / "damaged")
    Path(path).write_bytes(damaged)
    found = None
    with suppress(ValueError):
        found = model_file.load(path).means_.tobytes()
    assert found in (None, arrays_in(content)["means"].tobytes())


def test_unfitted_model_is_not_written(path: str) -> None:
    with pytest.raises(NotFittedError):
        model_file.save(path, GaussianMixture())
    assert not os.path.exists(path)


def test_failed_write_leaves_the_file_as_it_was(
    path: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(path).write_bytes(content)
    model = fitted(load("blobs"))

    def fail(*arguments: Any, **arrays: Any) -> None:
        arguments[0].write(b"PK")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="No space left"):
        model_file.save(path, model)
    assert Path(path).read_bytes() == content
    assert os.listdir(os.path.dirname(path)) == [os.path.basename(path)]


def test_directory_that_is_not_there(path: str) -> None:
    model = fitted(load("blobs"))
    with pytest.raises(FileNotFoundError):
        model_file.save(os.path.join(path, "model"), model)


@pytest.mark.skipif(os.name != "posix", reason="modes and links are those of POSIX")
def test_mode_and_link_are_kept(path: str, content: bytes, tmp_path: Path) -> None:
    Path(path).write_bytes(b"old")
    os.chmod(path, 0o640)
    link = tmp_path / "link"
    link.symlink_to(path)
    model_file.save(str(link), fitted(load("blobs")))
    assert link.is_symlink()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640
    assert model_file.load(path).n_components == 3


@pytest.mark.skipif(os.name != "posix", reason="there is no /dev/null")
def test_device_is_written_not_replaced() -> None:
    model_file.save("/dev/null", fitted(load("blobs")))
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
