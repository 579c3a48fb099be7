"""Arrays and tables of other libraries: taken without a copy, by name, or refused in one line."""

import importlib
import importlib.util
import subprocess
import sys
from typing import Any

import array_api_strict
import joblib
import ml_dtypes
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from compare import assert_same_bits
from data import Floats, load
from gaussmix import GaussianMixture, KMeans, MixtureDiscriminant, _arrays, select

CUDA = 2
NAMES = ["a", "b", "c"]


class Tensor:
    """A tensor of some library, which has DLPack and no more."""

    def __init__(self, array: np.ndarray, device: int = 1, requires_grad: bool = False) -> None:
        self._array, self._device, self.requires_grad = array, device, requires_grad
        self.shape = array.shape

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._device, 0

    def __dlpack__(self, **options: Any) -> Any:
        assert self._device != CUDA
        return self._array.__dlpack__(**options)


class ArrowTable:
    """A table of some library, which has Arrow's C stream and no more."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(requested_schema)


@pytest.fixture(name="X")
def blobs() -> Floats:
    return load("blobs")


def mixture() -> GaussianMixture:
    return GaussianMixture(3, random_state=0, max_iter=500)


def assert_same_parameters(one: GaussianMixture, other: GaussianMixture) -> None:
    for name in ("weights_", "means_", "covariances_"):
        assert getattr(one, name).dtype == getattr(other, name).dtype
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


# Tensors


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tensor_is_not_copied(X: Floats, dtype: Any) -> None:
    array = X.astype(dtype)
    assert np.shares_memory(_arrays.as_table(Tensor(array), "GaussianMixture"), array)
    assert_same_bits(mixture().fit(Tensor(array)), mixture().fit(array), array)


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint16, np.float16, bool])
def test_tensor_of_other_numbers_becomes_float64(X: Floats, dtype: Any) -> None:
    values = (X * 10).astype(dtype)
    assert_same_bits(mixture().fit(Tensor(values)), mixture().fit(values.astype(float)), X)


def test_tensor_in_all_places(X: Floats) -> None:
    weights, labels = np.arange(len(X)) % 3 + 1.0, np.where(np.arange(len(X)) < 9, 0, -1)
    fit = mixture().fit(Tensor(X), sample_weight=Tensor(weights), known_labels=Tensor(labels))
    expected = mixture().fit(X, sample_weight=weights, known_labels=labels)
    assert_same_bits(fit, expected, X)
    np.testing.assert_array_equal(fit.predict_proba(Tensor(X)), expected.predict_proba(X))
    np.testing.assert_array_equal(
        KMeans(3, random_state=0).fit(Tensor(X)).labels_, KMeans(3, random_state=0).fit(X).labels_
    )
    y = np.arange(len(X)) % 2
    classifier = MixtureDiscriminant(1, covariance_type="diag").fit(Tensor(X), Tensor(y))
    assert classifier.classes_.tolist() == [0, 1]


@pytest.mark.parametrize("strided", [lambda X: X.T.copy().T, lambda X: X[::-1]])
def test_tensor_with_strides(X: Floats, strided: Any) -> None:
    assert_same_bits(mixture().fit(Tensor(strided(X))), mixture().fit(strided(X)), X)


def test_tensor_on_another_device_is_refused(X: Floats) -> None:
    with pytest.raises(TypeError, match=r"^X is on the device DLPack's number 2, .* X\.cpu\(\)$"):
        mixture().fit(Tensor(X, device=CUDA))
    with pytest.raises(TypeError, match=r"^sample_weight is on the device"):
        mixture().fit(X, sample_weight=Tensor(np.ones(len(X)), device=CUDA))


def test_tensor_of_no_device_is_refused(X: Floats) -> None:
    class Meta(Tensor):
        def __dlpack_device__(self) -> tuple[int, int]:
            raise ValueError("Unknown device type meta for Dlpack")

    with pytest.raises(TypeError, match=r"^X is a Meta that NumPy cannot read: Unknown device"):
        mixture().fit(Meta(X))


def test_tensor_that_requires_grad_is_refused(X: Floats) -> None:
    with pytest.raises(TypeError, match=r"^X is a tensor that requires grad.*X\.detach\(\)$"):
        mixture().fit(Tensor(X, requires_grad=True))


def test_tensor_that_cannot_be_exported_is_refused(X: Floats) -> None:
    class Sparse(Tensor):
        def __dlpack__(self, **options: Any) -> Any:
            raise BufferError("sparse tensors cannot be exported")

    with pytest.raises(TypeError, match=r"^X is a Sparse that NumPy cannot read: sparse tensors"):
        mixture().fit(Sparse(X))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_array_api(X: Floats, dtype: str) -> None:
    array = array_api_strict.asarray((X * 8).astype(dtype))
    expected = mixture().fit((X * 8).astype(dtype))
    assert_same_bits(mixture().fit(array), expected, X.astype(expected.means_.dtype))
    if dtype != "int64":
        table = _arrays.as_table(array, "GaussianMixture")
        assert np.shares_memory(table, np.from_dlpack(array))


def test_floats_of_extensions_of_numpy(X: Floats) -> None:
    rounded = X.astype(ml_dtypes.bfloat16)
    assert_same_bits(mixture().fit(rounded), mixture().fit(rounded.astype(float)), X)


class OfTorch:
    """The same with torch; collected where it is installed, for it is larger than all else."""

    @pytest.fixture(name="torch")
    def _torch(self) -> Any:
        return importlib.import_module("torch")

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_is_not_copied(self, torch: Any, dtype: str) -> None:
        tensor = torch.randn(100, 3, dtype=getattr(torch, dtype))
        table = _arrays.as_table(tensor, "GaussianMixture")
        assert table.ctypes.data == tensor.data_ptr()
        assert table.dtype == dtype

    @pytest.mark.parametrize("dtype", ["bfloat16", "float16", "int32", "uint8"])
    def test_other_numbers_become_float64(self, torch: Any, dtype: str) -> None:
        tensor = (torch.randn(100, 3) * 10).to(getattr(torch, dtype))
        table = _arrays.as_table(tensor, "GaussianMixture")
        assert table.dtype == np.float64
        assert table.tolist() == tensor.to(torch.float64).tolist()

    def test_requires_grad(self, torch: Any) -> None:
        tensor = torch.randn(100, 3, requires_grad=True)
        with pytest.raises(TypeError, match=r"^X is a tensor that requires grad"):
            mixture().fit(tensor)
        assert mixture().fit(tensor.detach()).n_features_in_ == 3

    def test_meta_and_sparse(self, torch: Any) -> None:
        for tensor in (torch.eye(9).to_sparse(), torch.ones(9, 2, device="meta")):
            with pytest.raises(TypeError, match=r"^X is "):
                mixture().fit(tensor)


# Tables

TABLES = {
    "pandas": lambda X: pd.DataFrame(X, columns=NAMES),
    "pandas with Arrow's types": lambda X: pd.DataFrame(X, columns=NAMES).convert_dtypes(
        dtype_backend="pyarrow"
    ),
    "polars": lambda X: pl.DataFrame(X, schema=NAMES),
    "pyarrow": lambda X: pa.table(dict(zip(NAMES, X.T, strict=True))),
    "record batch": lambda X: pa.record_batch(dict(zip(NAMES, X.T, strict=True))),
    "Arrow's C stream": lambda X: ArrowTable(pl.DataFrame(X, schema=NAMES)),
    "chunks": lambda X: pa.concat_tables(
        [pa.table(dict(zip(NAMES, part.T, strict=True))) for part in (X[:7], X[7:])]
    ),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", TABLES)
def test_table_has_its_numbers_and_names(X: Floats, kind: str, dtype: Any) -> None:
    table = TABLES[kind](X.astype(dtype))
    fit = mixture().fit(table)
    assert_same_parameters(fit, mixture().fit(X.astype(dtype)))
    assert fit.feature_names_in_.tolist() == NAMES
    np.testing.assert_array_equal(fit.predict(table), mixture().fit_predict(X.astype(dtype)))
    with pytest.raises(ValueError, match="Feature names must be in the same order"):
        fit.predict(pd.DataFrame(X, columns=NAMES[::-1]))


def test_frame_of_one_block_is_not_copied(X: Floats) -> None:
    frame = pd.DataFrame(X, columns=NAMES, copy=False)
    assert np.shares_memory(_arrays.as_table(frame, "GaussianMixture"), X)


WITH_NULLS = {
    "pandas": lambda columns: pd.DataFrame(columns),
    "pandas with nullable types": lambda columns: pd.DataFrame(columns).convert_dtypes(),
    "polars": lambda columns: pl.DataFrame(columns),
    "pyarrow": lambda columns: pa.table(columns),
    "Arrow's C stream": lambda columns: ArrowTable(pa.table(columns)),
}


@pytest.mark.parametrize("kind", WITH_NULLS)
@pytest.mark.parametrize("values", [[1.5, None, 3.0], [1, None, 3]])
def test_null_is_an_error_that_names_the_column(kind: str, values: list[Any]) -> None:
    table = WITH_NULLS[kind]({"a": [1.0, 2.0, 4.0], "b": values})
    good = WITH_NULLS[kind]({"a": [1.0, 2.0, 4.0], "b": [1.0, 0.0, 2.0]})
    message = r"^Input X contains NaN in the column 'b'\."
    fitted = GaussianMixture().fit(good)
    classifier = MixtureDiscriminant(1, covariance_type="EII")
    for use in (
        GaussianMixture().fit,
        GaussianMixture().fit_predict,
        GaussianMixture().partial_fit,
        fitted.predict,
        fitted.score,
        fitted.expect,
        KMeans(2).fit,
        KMeans(2).fit(good).transform,
        lambda X: select(X, 1),
        lambda X: classifier.fit(X, [0, 0, 1]),
    ):
        with pytest.raises(ValueError, match=message):
            use(table)


def test_infinity_names_the_column_too() -> None:
    frame = pd.DataFrame({"a": [1.0, np.inf, 2.0], "b": [1.0, 2.0, -np.inf]})
    with pytest.raises(ValueError, match=r"^Input X contains inf.* in the column 'a' and in 1 mor"):
        GaussianMixture().fit(frame)


def test_null_in_a_row_of_no_weight_is_no_error() -> None:
    frame = pl.DataFrame({"a": [1.0, None, 2.0, 4.0]})
    fit = GaussianMixture().fit(frame, sample_weight=[1, 0, 1, 1])
    assert fit.means_.item() == pytest.approx(7 / 3)


def test_stream_that_can_be_read_once_is_refused() -> None:
    reader = pa.table({"a": [1.0, 2.0]}).to_reader()
    with pytest.raises(TypeError, match=r"^X is a stream that can be read once"):
        GaussianMixture().fit(reader)


def test_arrow_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"^X is a table of Arrow.*'gaussmix\[arrow\]'"):
        GaussianMixture().fit(ArrowTable(pl.DataFrame({"a": [1.0, 2.0]})))


def test_polars_needs_no_pandas() -> None:
    code = (
        "import sys, polars, gaussmix\n"
        "fit = gaussmix.GaussianMixture().fit(polars.DataFrame({'a': [1.0, 2.0, 4.0]}))\n"
        "print(fit.feature_names_in_, 'pandas' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True
    )
    assert ran.stdout == "['a'] False\n"


@pytest.mark.parametrize("compress", [0, 3])
def test_joblib_keeps_the_bits(X: Floats, tmp_path: Any, compress: int) -> None:
    frame = pd.DataFrame(X, columns=NAMES)
    models = [
        mixture().fit(frame),
        GaussianMixture(2, noise=True, random_state=0).fit(frame),
        KMeans(3, random_state=0).fit(frame),
        MixtureDiscriminant(1, covariance_type="VVV").fit(frame, np.arange(len(X)) % 2),
    ]
    for model in models:
        joblib.dump(model, tmp_path / "model", compress=compress)
        again = joblib.load(tmp_path / "model")
        np.testing.assert_array_equal(again.predict(frame), model.predict(frame))
        assert again.get_params() == model.get_params()
        assert again.feature_names_in_.tolist() == NAMES
        assert joblib.hash(again.get_params()) == joblib.hash(model.get_params())
    assert_same_parameters(joblib.load(tmp_path / "model").mixture_, models[-1].mixture_)


if importlib.util.find_spec("torch") is not None:
    TestTorch = OfTorch
