"""The C API, through ctypes."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gaussmix
import numpy as np
import pytest
from data import COVARIANCE_TYPES, load, noisy
from gaussmix import GaussianMixture
from gaussmix._core import Mixture, Predictor
from numpy.typing import NDArray

OK, INVALID_ARGUMENT, IO_ERROR, INVALID_FILE = 0, 1, 4, 5
SCALAR_TYPES = {np.dtype(np.float32): 0, np.dtype(np.float64): 1}


def address(array: NDArray[np.generic] | None) -> ctypes.c_void_p:
    return ctypes.c_void_p(None if array is None else array.ctypes.data)


class Library:
    def __init__(self, prefix: Path) -> None:
        (path,) = prefix.rglob("libgaussmix.so")
        self.functions = ctypes.CDLL(str(path))
        for name in ("gaussmix_version", "gaussmix_error_message"):
            getattr(self.functions, name).restype = ctypes.c_char_p
        for name in ("n_components", "n_features", "n_columns"):
            getattr(self.functions, f"gaussmix_mixture_{name}").restype = ctypes.c_size_t

    def error_message(self) -> str:
        return self.functions.gaussmix_error_message().decode()

    @contextmanager
    def mixture(self, model: GaussianMixture) -> Iterator[ctypes.c_void_p]:
        arrays = [
            np.ascontiguousarray(array, np.float64)
            for array in (
                model.weights_, model.means_, model.covariances_, model.precisions_cholesky_
            )
        ]  # fmt: skip
        mixture = ctypes.c_void_p()
        assert (
            self.functions.gaussmix_mixture_create(
                COVARIANCE_TYPES.index(model.covariance_type),
                SCALAR_TYPES[model.means_.dtype],
                *map(ctypes.c_size_t, model.means_.shape),
                *map(address, arrays),
                ctypes.byref(mixture),
            )
            == OK
        )
        yield mixture
        self.functions.gaussmix_mixture_free(mixture)

    @contextmanager
    def predictor(self, model: GaussianMixture) -> Iterator[ctypes.c_void_p]:
        """A copy, whose original and mixture are no more."""
        first, copy = ctypes.c_void_p(), ctypes.c_void_p()
        with self.mixture(model) as mixture:
            assert self.functions.gaussmix_predictor_create(mixture, ctypes.byref(first)) == OK
        assert self.functions.gaussmix_predictor_copy(first, ctypes.byref(copy)) == OK
        self.functions.gaussmix_predictor_free(first)
        yield copy
        self.functions.gaussmix_predictor_free(copy)

    def score(
        self, verb: str, predictor: ctypes.c_void_p, rows: NDArray[np.floating], out: NDArray
    ) -> int:
        suffix = "_f32" if rows.dtype == np.float32 else ""
        return getattr(self.functions, f"gaussmix_{verb}{suffix}")(
            predictor, address(rows), ctypes.c_size_t(len(rows)),
            ctypes.c_size_t(rows.strides[0] // rows.itemsize), address(out),
        )  # fmt: skip


@pytest.fixture(scope="module")
def library(shared_prefix: Path) -> Library:
    return Library(shared_prefix)


@pytest.fixture(params=[np.float32, np.float64])
def model(request: pytest.FixtureRequest, covariance_type: str) -> GaussianMixture:
    X = load("iris").astype(request.param)
    return GaussianMixture(3, covariance_type=covariance_type, random_state=0).fit(X)


def expected_scores(model: GaussianMixture, X: NDArray[np.floating]) -> dict[str, NDArray]:
    mixture = Mixture.from_precisions_cholesky(
        model.weights_, model.means_, model.precisions_cholesky_, model.covariance_type
    )
    return {
        "log_density": model.score_samples(X),
        "log_responsibilities": Predictor(mixture).log_responsibilities(X, 1),
        "responsibilities": model.predict_proba(X),
        "predict": model.predict(X),
    }


def test_gives_the_bits_of_the_fit(library: Library, model: GaussianMixture) -> None:
    X = load("iris").astype(model.means_.dtype)
    with library.predictor(model) as predictor:
        for verb, expected in expected_scores(model, X).items():
            table = np.full_like(expected, 7)
            assert library.score(verb, predictor, X, table) == OK
            np.testing.assert_array_equal(table, expected)
            for i in range(len(X)):
                row = np.full_like(expected[:1], 7)
                assert library.score(verb, predictor, X[i : i + 1], row) == OK
                np.testing.assert_array_equal(row, expected[i : i + 1])


def test_loads_model_files(library: Library, model: GaussianMixture, tmp_path: Path) -> None:
    X = load("iris").astype(model.means_.dtype)
    path = tmp_path / "model.safetensors"
    model.save(path)
    content = path.read_bytes()
    functions = library.functions
    for arguments in (
        (functions.gaussmix_mixture_load, str(path).encode()),
        (functions.gaussmix_mixture_load_bytes, content, ctypes.c_size_t(len(content))),
    ):
        mixture, predictor = ctypes.c_void_p(), ctypes.c_void_p()
        assert arguments[0](*arguments[1:], ctypes.byref(mixture)) == OK
        assert functions.gaussmix_predictor_create(mixture, ctypes.byref(predictor)) == OK
        functions.gaussmix_mixture_free(mixture)
        for verb, expected in expected_scores(model, X).items():
            out = np.full_like(expected, 7)
            assert library.score(verb, predictor, X, out) == OK
            np.testing.assert_array_equal(out, expected)
        functions.gaussmix_predictor_free(predictor)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_noise_has_a_column_and_label_minus_one(library: Library, dtype: type) -> None:
    X = noisy("five")[0].astype(dtype)
    model = GaussianMixture(3, noise=True, random_state=0).fit(X)
    content = model.__getstate__()["model"]
    mixture, predictor = ctypes.c_void_p(), ctypes.c_void_p()
    functions, size = library.functions, ctypes.c_size_t(len(content))
    assert functions.gaussmix_mixture_load_bytes(content, size, ctypes.byref(mixture)) == OK
    assert functions.gaussmix_mixture_n_components(mixture) == 3
    assert functions.gaussmix_mixture_n_columns(mixture) == 4
    assert functions.gaussmix_predictor_create(mixture, ctypes.byref(predictor)) == OK
    functions.gaussmix_mixture_free(mixture)
    log_responsibilities = model._get_model().predictor.log_responsibilities(X, 1)
    scores = {
        "log_density": model.score_samples(X),
        "log_responsibilities": log_responsibilities,
        "responsibilities": model.predict_proba(X),
        "predict": model.predict(X),
    }
    for verb, expected in scores.items():
        table, row = np.full_like(expected, 7), np.full_like(expected[:1], 7)
        assert library.score(verb, predictor, X, table) == OK
        np.testing.assert_array_equal(table, expected)
        assert library.score(verb, predictor, X[5:6], row) == OK
        np.testing.assert_array_equal(row, expected[5:6])
    assert -1 in scores["predict"]
    functions.gaussmix_predictor_free(predictor)


def test_refuses_what_is_no_model_file(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    GaussianMixture(1).fit(load("iris")).save(path)
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    mixture = ctypes.c_void_p(1234)
    functions = library.functions

    def load_bytes(content: bytes | None, size: int) -> int:
        result = ctypes.byref(mixture)
        return functions.gaussmix_mixture_load_bytes(content, ctypes.c_size_t(size), result)

    assert load_bytes(bytes(damaged), len(damaged)) == INVALID_FILE
    assert "checksum" in library.error_message()
    assert load_bytes(b"", 0) == INVALID_FILE
    assert load_bytes(None, 8) == INVALID_ARGUMENT
    absent = str(tmp_path / "absent").encode()
    assert functions.gaussmix_mixture_load(absent, ctypes.byref(mixture)) == IO_ERROR
    assert "absent" in library.error_message()
    assert functions.gaussmix_mixture_load(None, ctypes.byref(mixture)) == INVALID_ARGUMENT
    assert mixture.value == 1234


def test_rows_may_lie_apart(library: Library, model: GaussianMixture) -> None:
    X = load("iris").astype(model.means_.dtype)
    wide = np.full((len(X), 9), np.nan, X.dtype)
    wide[:, :4] = X
    out = np.empty(len(X), X.dtype)
    with library.predictor(model) as predictor:
        assert library.score("log_density", predictor, wide[:, :4], out) == OK
    np.testing.assert_array_equal(out, model.score_samples(X))


def test_tells_what_a_mixture_is(library: Library, model: GaussianMixture) -> None:
    about = library.functions
    with library.mixture(model) as mixture:
        assert about.gaussmix_mixture_n_components(mixture) == 3
        assert about.gaussmix_mixture_n_features(mixture) == 4
        assert about.gaussmix_mixture_n_columns(mixture) == 3
        kind = about.gaussmix_mixture_covariance_type(mixture)
        assert COVARIANCE_TYPES[kind] == model.covariance_type
        assert about.gaussmix_mixture_scalar_type(mixture) == SCALAR_TYPES[model.means_.dtype]


def test_covariances_suffice(library: Library) -> None:
    predictor, mixture = ctypes.c_void_p(), ctypes.c_void_p()
    ones, zeros, out = np.ones(1), np.zeros(1), np.empty(1)
    sizes = (ctypes.c_size_t(1), ctypes.c_size_t(1))
    assert (
        library.functions.gaussmix_mixture_create(
            0,
            1,
            *sizes,
            address(ones),
            address(zeros),
            address(4 * ones),
            None,
            ctypes.byref(mixture),
        )
        == OK
    )
    assert library.functions.gaussmix_predictor_create(mixture, ctypes.byref(predictor)) == OK
    assert library.score("log_density", predictor, np.zeros((1, 1)), out) == OK
    assert out == pytest.approx(-np.log(2 * np.sqrt(2 * np.pi)))
    library.functions.gaussmix_predictor_free(predictor)
    library.functions.gaussmix_mixture_free(mixture)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"covariance_type": 4}, "covariance_type is none of gaussmix_covariance_type"),
        ({"covariance_type": -1}, "covariance_type is none of gaussmix_covariance_type"),
        ({"scalar_type": 2}, "scalar_type is none of gaussmix_scalar_type"),
        ({"n_components": 0}, "n_components and n_features must be at least 1"),
        ({"n_features": 0}, "n_components and n_features must be at least 1"),
        ({"n_components": 2**60, "n_features": 2}, "n_components and n_features are too large"),
        ({"n_features": 2**40}, "n_components and n_features are too large"),
        ({"weights": None}, "weights, means and mixture must not be NULL"),
        ({"means": None}, "weights, means and mixture must not be NULL"),
        ({"covariances": None}, "covariances or precisions_cholesky must not be NULL"),
        ({"weights": np.array([0.5])}, "weights must sum to 1, got 0.5"),
        ({"means": np.array([np.nan])}, "means must be finite"),
        ({"covariances": np.array([-1.0])}, "covariances must be positive definite"),
    ],
)
def test_refuses_what_is_no_mixture(library: Library, change: dict, message: str) -> None:
    arguments = {
        "covariance_type": 0, "scalar_type": 1, "n_components": 1, "n_features": 1,
        "weights": np.ones(1), "means": np.zeros(1), "covariances": np.ones(1),
        "precisions_cholesky": None,
    } | change  # fmt: skip
    arrays = ("weights", "means", "covariances", "precisions_cholesky")
    mixture = ctypes.c_void_p(1234)
    status = library.functions.gaussmix_mixture_create(
        arguments["covariance_type"],
        arguments["scalar_type"],
        ctypes.c_size_t(arguments["n_components"]),
        ctypes.c_size_t(arguments["n_features"]),
        *(address(arguments[name]) for name in arrays),
        ctypes.byref(mixture),
    )
    assert status == INVALID_ARGUMENT
    assert message in library.error_message()
    assert mixture.value == 1234


def test_refuses_what_it_cannot_score(library: Library) -> None:
    X = load("iris")
    out = np.full(2, 7.0)
    with library.predictor(GaussianMixture(1).fit(X)) as predictor:
        single = library.score("log_density", predictor, X[:1].astype(np.float32), out)
        assert (single, out[0]) == (INVALID_ARGUMENT, 7)
        assert "another scalar type" in library.error_message()
        narrow = np.lib.stride_tricks.as_strided(X, (2, 4), (8, 8))
        assert library.score("log_density", predictor, narrow, out) == INVALID_ARGUMENT
        assert library.error_message() == "stride must be at least n_features"
        function = library.functions.gaussmix_predict
        size = ctypes.c_size_t(1)
        for arguments in ((None, address(X), address(out)), (predictor, None, address(out)),
                          (predictor, address(X), None)):  # fmt: skip
            assert function(*arguments[:2], size, size, arguments[2]) == INVALID_ARGUMENT
            assert library.error_message() == "predictor, rows and out must not be NULL"
        nothing = ctypes.c_size_t(0)
        assert function(predictor, None, nothing, nothing, None) == OK
    copy = ctypes.c_void_p(1234)
    for make in (
        library.functions.gaussmix_predictor_create, library.functions.gaussmix_predictor_copy
    ):  # fmt: skip
        assert make(None, ctypes.byref(copy)) == INVALID_ARGUMENT
        assert "must not be NULL" in library.error_message()
    assert copy.value == 1234


def test_version_and_freeing_nothing(library: Library) -> None:
    assert library.functions.gaussmix_version().decode() == gaussmix.__version__
    library.functions.gaussmix_mixture_free(None)
    library.functions.gaussmix_predictor_free(None)
