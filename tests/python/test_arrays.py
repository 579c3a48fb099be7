"""What X and sample_weight may be: any layout gives the same results, and bad data one error."""

import sys
import threading
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sklearn.mixture
from compare import assert_same_bits
from data import Floats, load
from gaussmix import GaussianMixture, KMeans, _arrays

METHODS = ("fit", "fit_predict", "predict", "predict_proba", "score_samples", "score", "bic", "aic")


@pytest.fixture(name="X")
def blobs() -> Floats:
    return load("blobs")


def mixture() -> GaussianMixture:
    return GaussianMixture(3, random_state=0, max_iter=500)


@pytest.fixture
def fitted(X: Floats) -> GaussianMixture:
    return mixture().fit(X)


# Layouts


def misaligned(X: Floats) -> Floats:
    memory = np.zeros(X.nbytes + 1, np.uint8)
    array = memory[1:].view(X.dtype).reshape(X.shape)
    array[...] = X
    assert not array.flags.aligned
    return array


def read_only(X: Floats) -> Floats:
    array = X.copy()
    array.flags.writeable = False
    return array


LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "every second column": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "every second row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "negative strides": lambda X: X[::-1, ::-1].copy()[::-1, ::-1],
    "read-only": read_only,
    "misaligned": misaligned,
    "other byte order": lambda X: X.astype(X.dtype.newbyteorder()),
    "list of lists": lambda X: X.tolist(),
    "list of arrays": list,
    "objects": lambda X: X.astype(object),
    "data frame": lambda X: pd.DataFrame(X),
    "long double": lambda X: X.astype(np.longdouble),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_changes_nothing(X: Floats, fitted: GaussianMixture, layout: str) -> None:
    other = LAYOUTS[layout](X)
    assert_same_bits(mixture().fit(other), fitted, X)
    for method in METHODS[2:]:
        np.testing.assert_array_equal(getattr(fitted, method)(other), getattr(fitted, method)(X))


@pytest.mark.parametrize(
    "layout", ["Fortran order", "negative strides", "read-only", "misaligned", "other byte order"]
)
def test_layout_of_float32_keeps_float32(X: Floats, layout: str) -> None:
    single = X.astype(np.float32)
    fit = mixture().fit(LAYOUTS[layout](single))
    assert fit.means_.dtype == np.float32
    assert_same_bits(fit, mixture().fit(single), single)


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_memory_mapped_file(X: Floats, fitted: GaussianMixture, tmp_path: Path, mode: Any) -> None:
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode=mode)
    assert_same_bits(mixture().fit(mapped), fitted, X)
    assert fitted.score(mapped) == fitted.score(X)


def test_broadcast_rows(fitted: GaussianMixture) -> None:
    row = np.array([[1.0, 2.0, 3.0]])
    many = np.broadcast_to(row, (50, 3))
    assert many.strides[0] == 0
    np.testing.assert_array_equal(fitted.score_samples(many), fitted.score_samples(many.copy()))
    one = GaussianMixture().fit(many)
    np.testing.assert_array_equal(one.means_, row)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint16, np.int64, np.float16])
def test_other_numbers_become_float64(X: Floats, dtype: Any) -> None:
    values = (X * 10).astype(dtype)
    assert_same_bits(mixture().fit(values), mixture().fit(values.astype(np.float64)), X)


def test_objects_that_are_numbers() -> None:
    X = np.array([[1, 2.5], [np.float32(3), True], [np.int8(4), 0]], dtype=object)
    assert_same_bits(GaussianMixture().fit(X), GaussianMixture().fit(X.astype(float)), X)


TEXTS = {
    "str": lambda X: X.astype(str),
    "bytes": lambda X: X.astype("S"),
    "objects": lambda X: X.astype(str).astype(object),
    "objects and bytes": lambda X: X.astype("S").astype(object),
    "lists": lambda X: X.astype(str).tolist(),
    "blanks around": lambda X: np.char.add(np.char.add(" ", X.astype(str)), "\n"),
    "data frame": lambda X: pd.DataFrame(X.astype(str)),
    "data frame of objects": lambda X: pd.DataFrame(X.astype(str), dtype=object),
    "categories": lambda X: pd.DataFrame(X.astype(str)).astype("category"),
    "one column": lambda X: pd.DataFrame(X).astype({1: str}),
    "decimals": lambda X: [[Decimal(float(value)) for value in row] for row in X],
    "fractions": lambda X: [[Fraction(float(value)) for value in row] for row in X],
}
if hasattr(np.dtypes, "StringDType"):
    TEXTS["StringDType"] = lambda X: X.astype(str).astype(np.dtypes.StringDType())


@pytest.mark.parametrize("text", TEXTS)
def test_text_that_looks_like_numbers(X: Floats, fitted: GaussianMixture, text: str) -> None:
    written = TEXTS[text](X)
    assert_same_bits(mixture().fit(written), fitted, X)
    np.testing.assert_array_equal(fitted.predict_proba(written), fitted.predict_proba(X))
    clusters = KMeans(3, random_state=0)
    centers = clusters.fit(X).cluster_centers_
    np.testing.assert_array_equal(clusters.fit(written).cluster_centers_, centers)
    np.testing.assert_array_equal(clusters.transform(written), clusters.transform(X))


@pytest.mark.parametrize("text", ["1_000", " 7 ", "1e3", "+.5", "٣"])
def test_text_is_read_as_scikit_learn_reads_it(text: str) -> None:
    X = np.array([[text], ["1"], ["2"]])
    theirs = sklearn.mixture.GaussianMixture().fit(X)
    np.testing.assert_allclose(GaussianMixture().fit(X).means_, theirs.means_, rtol=1e-15)


def test_mixed_columns_of_a_data_frame() -> None:
    frame = pd.DataFrame(
        {
            "a": [1.0, 2.0, 4.0],
            "b": [True, False, True],
            "c": pd.array([1, 2, 5], dtype="Int64"),
            "d": np.array([1, 5, 9], np.float32),
        }
    )
    fit = GaussianMixture().fit(frame)
    np.testing.assert_allclose(fit.means_, [[7 / 3, 2 / 3, 8 / 3, 5]])
    assert list(fit.feature_names_in_) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_good_arrays_are_not_copied(X: Floats, dtype: Any) -> None:
    array = np.ascontiguousarray(X, dtype)
    assert np.shares_memory(_arrays.as_table(array, "GaussianMixture"), array)
    array.flags.writeable = False
    assert np.shares_memory(_arrays.as_table(array, "GaussianMixture", dtype), array)


def test_data_are_not_changed(X: Floats) -> None:
    rows, weights = X.copy(), np.arange(len(X), dtype=float)
    for method in METHODS:
        getattr(mixture().fit(rows), method)(rows)
    mixture().fit(rows, sample_weight=weights)
    np.testing.assert_array_equal(rows, X)
    np.testing.assert_array_equal(weights, np.arange(len(X)))


# Bad data


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        (np.nan, ValueError, "^Input X contains NaN"),
        (np.inf, ValueError, r"^Input X contains infinity or a value too large for dtype\('float6"),
        (-np.inf, ValueError, "^Input X contains infinity"),
        (1j, ValueError, "^Complex data not supported"),
        ("7,5", ValueError, r"^could not convert string to float: '7,5'; X\[399, 1\] must be a nu"),
        (b"7f", ValueError, r"^could not convert string to float: b'7f'; X\[399, 1\] must be a nu"),
        ("", ValueError, r"^could not convert string to float: ''; X\[399, 1\] must be a number"),
        ("1+2j", ValueError, r"^could not convert string to float: '1\+2j'; X\[399, 1\] must be"),
        ("nan", ValueError, "^Input X contains NaN"),
        ("-inf", ValueError, "^Input X contains infinity"),
        pytest.param(10**400, ValueError, "^Input X contains infinity or a v", id="huge integer"),
        (None, ValueError, "^Input X contains NaN"),
        (pd.NA, ValueError, "^Input X contains NaN"),
        (pd.NaT, TypeError, r"^X\[399, 1\] must be a real number: float.. argument must be"),
        (pd.Timestamp(0), TypeError, r"^X\[399, 1\] must be a real number: float.. argument must"),
        ({}, TypeError, r"^X\[399, 1\] must be a real number: float.. argument must be a string"),
    ],
)
def test_one_bad_cell(
    X: Floats, fitted: GaussianMixture, method: str, bad: Any, error: Any, message: str
) -> None:
    rows = X.astype(object)
    rows[-1, 1] = bad
    with pytest.raises(error, match=message):
        getattr(fitted, method)(rows)
    if isinstance(bad, float):
        with pytest.raises(error, match=message):
            getattr(fitted, method)(rows.astype(float))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda X: X.astype(complex), ValueError, "^Complex data not supported"),
        (
            lambda X: np.where(np.arange(X.size).reshape(X.shape) == 7, "seven", X.astype(str)),
            ValueError,
            r"^could not convert string to float: 'seven'; X\[2, 1\] must be a number",
        ),
        (
            lambda X: np.char.add(X.astype("S"), b"m"),
            ValueError,
            r"^could not convert string to float: b'.*m'; X\[0, 0\] must be a number",
        ),
        (
            lambda X: X.astype("M8[s]"),
            TypeError,
            r"^X must hold real numbers, but .* datetime64\[s",
        ),
        (
            lambda X: X.astype("m8[s]"),
            TypeError,
            "^X must hold real numbers, but its dtype is time",
        ),
        (lambda X: X.view("f8,f8,f8"), TypeError, "^X must hold real numbers, but its dtype is"),
        (lambda X: X[:, 0], ValueError, "^Expected 2D array, got 1D array instead"),
        (lambda X: 1.0, ValueError, "^Expected 2D array, got scalar array instead"),
        (
            lambda X: X[:, :, None],
            ValueError,
            "^Found array with dim 3, while dim <= 2 is required",
        ),
        (
            lambda X: X[:0],
            ValueError,
            r"^Found array with 0 sample\(s\) \(shape=\(0, 3\)\) while a",
        ),
        (lambda X: X[:, :0], ValueError, r"^Found array with 0 feature\(s\) \(shape=\(400, 0\)\)"),
        (lambda X: np.asmatrix(X), TypeError, "^np.matrix is not supported"),
        (scipy.sparse.csr_array, TypeError, "^Sparse data was passed for X, but dense data is req"),
        (scipy.sparse.coo_matrix, TypeError, "^Sparse data was passed for X, but dense data is r"),
        (lambda X: np.ma.masked_less(X, 0), ValueError, "^Input X contains masked values"),
        (lambda X: [[1.0, 2.0], [1.0]], ValueError, "inhomogeneous"),
    ],
)
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_bad_table(X: Floats, fitted: GaussianMixture, make: Any, error: Any, message: str) -> None:
    table = make(X)
    for method in METHODS:
        with pytest.raises(error, match=message):
            getattr(fitted, method)(table)


def test_too_few_rows(X: Floats) -> None:
    with pytest.raises(ValueError, match=r"^Found array with 1 sample\(s\) .* minimum of 2 is req"):
        GaussianMixture().fit(X[:1])
    with pytest.raises(ValueError, match=r"^Found array with 0 sample\(s\) \(shape=\(0, 0\)\)"):
        GaussianMixture().fit(X[:0, :0])
    with pytest.raises(ValueError, match="Expected n_samples >= n_components but got n_component"):
        GaussianMixture(4).fit(X[:3])
    weights = [1, 1, 1, 0]
    with pytest.raises(ValueError, match=r"n_components = 4, n_samples = 3"):
        GaussianMixture(4).fit(X[:4], sample_weight=weights)


@pytest.mark.parametrize("columns", [2, 4])
def test_other_number_of_features(fitted: GaussianMixture, columns: int) -> None:
    message = f"X has {columns} features, but GaussianMixture is expecting 3 features as input."
    for method in METHODS[2:]:
        with pytest.raises(ValueError, match=message):
            getattr(fitted, method)(np.zeros((5, columns)))


def test_values_whose_sum_overflows_are_finite() -> None:
    X = np.array([[1.7e308], [1.6e308], [1.5e308]])
    _arrays.check_finite(X, "X")


@pytest.mark.skipif(sys.maxsize < 2**32, reason="needs a 64-bit address space to describe it")
def test_table_too_large_for_memory(fitted: GaussianMixture) -> None:
    endless = np.broadcast_to(np.float64(0), (2**55, 3))
    for method in ("fit", "predict"):
        with pytest.raises((MemoryError, ValueError)):
            getattr(fitted, method)(endless)


@pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")
def test_table_that_changes_during_the_fit() -> None:
    """The result is of no use, but there is one, or an error, and nothing crashes or hangs."""
    X = np.random.default_rng(0).normal(size=(20_000, 4))
    done = threading.Event()

    def scribble() -> None:
        while not done.is_set():
            for value in (np.nan, np.inf, 1e300, 0.0):
                X[::7] = value

    writer = threading.Thread(target=scribble)
    writer.start()
    try:
        for seed in range(5):
            try:
                fit = GaussianMixture(4, random_state=seed, tol=np.finfo(float).max).fit(X)
            except ValueError:
                continue
            assert fit.weights_.shape == (4,)
    finally:
        done.set()
        writer.join()


# Weights


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(399), r"sample_weight.shape == \(399,\), expected \(400,\)"),
        (np.ones((400, 1)), "Sample weights must be 1D array or scalar, got 2D array"),
        (np.zeros(400), "Sample weights must contain at least one non-zero number"),
        (0, "Sample weights must contain at least one non-zero number"),
        (np.r_[np.ones(399), -1], "Negative values in data passed to `sample_weight`"),
        (np.r_[np.ones(399), np.nan], "Input sample_weight contains NaN"),
        (np.r_[np.ones(399), np.inf], "Input sample_weight contains infinity"),
        (np.full(400, 1e308), "sample_weight is too large: its sum is infinite"),
        (["1", "a"] * 200, r"^could not convert string to float: 'a'; sample_weight\[1\] must be"),
        (np.ones(400, complex), "Complex data not supported"),
    ],
)
def test_bad_weights(X: Floats, fitted: GaussianMixture, weights: Any, message: str) -> None:
    for method in ("fit", "fit_predict", "score", "bic", "aic"):
        with pytest.raises(ValueError, match=message):
            getattr(fitted, method)(X, sample_weight=weights)


@pytest.mark.parametrize(
    "form",
    [
        list,
        pd.Series,
        lambda w: w.astype(np.float32),
        lambda w: w.astype(np.int64),
        lambda w: np.repeat(w, 2)[::2],
        lambda w: w.astype(w.dtype.newbyteorder()),
        misaligned,
        read_only,
    ],
)
def test_form_of_weights_changes_nothing(X: Floats, form: Any) -> None:
    weights = 1.0 + np.arange(len(X)) % 3
    expected = mixture().fit(X, sample_weight=weights)
    assert_same_bits(mixture().fit(X, sample_weight=form(weights)), expected, X)
    assert expected.score(X, sample_weight=form(weights)) == expected.score(
        X, sample_weight=weights
    )
