"""`GaussianMixture.scorer()`: one row at a time, or a table."""

import copy
import os
import pickle
import site
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gaussmix
import numpy as np
import pandas as pd
import pytest
from data import load, sample_mixture
from gaussmix import GaussianMixture
from gaussmix.scorer import Scorer
from numpy.typing import NDArray


def fit(covariance_type: str = "full", dtype: Any = np.float64) -> GaussianMixture:
    X = load("iris").astype(dtype)
    return GaussianMixture(3, covariance_type=covariance_type, random_state=0).fit(X)


@pytest.fixture
def model() -> GaussianMixture:
    return fit()


@pytest.mark.arithmetic
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gives_the_estimators_bits_for_rows_and_tables(covariance_type: str, dtype: Any) -> None:
    model = fit(covariance_type, dtype)
    X = load("iris").astype(dtype)
    scorer = model.scorer()
    for expected, method in (
        (model.predict(X), scorer.predict),
        (model.score_samples(X), scorer.score),
        (model.predict_proba(X), scorer.responsibilities),
    ):
        table = method(X)
        assert table.dtype == expected.dtype
        np.testing.assert_array_equal(table, expected)
        np.testing.assert_array_equal([method(x) for x in X], expected)
        np.testing.assert_array_equal(method(X[:1]), expected[:1])
        assert method(X[:0]).shape == expected[:0].shape


def test_types_of_results(model: GaussianMixture) -> None:
    x = load("iris")[0]
    scorer = model.scorer()
    assert type(scorer.predict(x)) is int
    assert type(scorer.score(x)) is float
    assert scorer.responsibilities(x).shape == (3,)
    assert type(fit(dtype=np.float32).scorer().score(x)) is float


TYPED = """
import numpy as np
from gaussmix.scorer import Scorer
from gaussmix._types import Floats
from numpy.typing import ArrayLike, NDArray
from typing import assert_type

def check(scorer: Scorer, unknown: ArrayLike, array: NDArray[np.float32]) -> None:
    assert_type(scorer.score([1.0, 2.0]), float)
    assert_type(scorer.score((1, 2)), float)
    assert_type(scorer.score([[1.0, 2.0], [3.0, 4.0]]), Floats)
    assert_type(scorer.score([(1, 2)]), Floats)
    assert_type(scorer.score(unknown), float | Floats)
    assert_type(scorer.predict([1.0, 2.0]), int)
    assert_type(scorer.predict([[1.0, 2.0]]), NDArray[np.intp])
    assert_type(scorer.predict(unknown), int | NDArray[np.intp])
    assert_type(scorer.responsibilities([1.0, 2.0]), Floats)
    # The type of an array does not say for sure how many dimensions it has.
    label: int = scorer.predict(array)
    labels: NDArray[np.intp] = scorer.predict(array)
    density: float = scorer.score(array)
    densities: NDArray[np.float32] = scorer.score(array)
"""


def test_types_for_type_checkers(tmp_path: Path) -> None:
    """mypy knows what a row gives and what a table gives."""
    (tmp_path / "typed.py").write_text(TYPED)
    folder = Path(gaussmix.__file__).parents[1]
    # mypy finds what is installed, and is told of what is not.
    found = {} if str(folder) in site.getsitepackages() else {"MYPYPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "typed.py"],
        cwd=tmp_path,
        env={**os.environ, **found},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0, done.stdout


FORMS = {
    "list": lambda X: X.tolist(),
    "tuple": lambda X: tuple(X.tolist()),
    "integers": lambda X: X.astype(int).tolist(),
    "integer array": lambda X: X.astype(int),
    "mixed list": lambda X: [int(X.flat[0]), *X.ravel()[1:].tolist()] if X.ndim == 1 else X,
    "numpy scalars": lambda X: list(X),
    "other float": lambda X: X.astype(np.float32),
    "wider float": lambda X: X.astype(np.longdouble),
    "Fortran order": np.asfortranarray,
    "every second": lambda X: np.repeat(X, 2, axis=-1)[..., ::2],
    "reversed": lambda X: X[..., ::-1].copy()[..., ::-1],
    "read-only": lambda X: np.frombuffer(X.tobytes()).reshape(X.shape),
    "byte-swapped": lambda X: X.astype(X.dtype.newbyteorder()),
    "objects": lambda X: X.astype(object),
    "subclass": lambda X: X.view(type("Sub", (np.ndarray,), {})),
    "misaligned": lambda X: (
        np.frombuffer(b"\0" + X.tobytes(), np.uint8)[1:].view(X.dtype).reshape(X.shape)
    ),
    "array interface": lambda X: memoryview(X),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rows", [0, slice(0, 20)])
def test_takes_whatever_holds_numbers(model: GaussianMixture, form: str, rows: Any) -> None:
    given = FORMS[form](load("iris")[rows])
    expected = np.atleast_2d(np.asarray(given, np.float64))
    scorer = model.scorer()
    for found, wanted in (
        (scorer.predict(given), model.predict(expected)),
        (scorer.score(given), model.score_samples(expected)),
        (scorer.responsibilities(given), model.predict_proba(expected)),
    ):
        np.testing.assert_array_equal(found, wanted[0] if rows == 0 else wanted)


@pytest.mark.arithmetic
def test_many_features() -> None:
    X = sample_mixture(n_samples=300, n_features=70, n_components=2, seed=0)
    model = GaussianMixture(2, random_state=0).fit(X)
    assert model.scorer().score(X[0].tolist()) == model.score_samples(X[:1])[0]


def test_data_frames_and_series() -> None:
    frame = pd.DataFrame(load("iris"), columns=["a", "b", "c", "d"])
    scorer = GaussianMixture(2, random_state=0).fit(frame).scorer()
    np.testing.assert_array_equal(scorer.score(frame), scorer.score(frame.to_numpy()))
    assert scorer.predict(frame.iloc[3]) == scorer.predict(frame.to_numpy()[3])
    with pytest.raises(ValueError, match="must be in the same order"):
        scorer.predict(frame[["b", "a", "c", "d"]])
    unnamed = GaussianMixture(2, random_state=0).fit(frame.to_numpy()).scorer()
    np.testing.assert_array_equal(unnamed.score(frame), scorer.score(frame))


@pytest.mark.parametrize("method", ["predict", "score", "responsibilities"])
@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ([1.0, 2.0, 3.0], ValueError, r"row of shape \(4,\) or a table .* but got \(3,\)"),
        (np.zeros(5), ValueError, r"but got \(5,\)"),
        (np.zeros((2, 5)), ValueError, r"but got \(2, 5\)"),
        (np.zeros((2, 2, 4)), ValueError, r"but got \(2, 2, 4\)"),
        (1.0, ValueError, r"but got \(\)"),
        ([], ValueError, r"but got \(0,\)"),
        ([1.0, 2.0, 3.0, float("nan")], ValueError, "Input x contains NaN"),
        (np.array([1, 2, np.inf, 4]), ValueError, "Input x contains infinity"),
        (np.array([[1, 2, 3, 4], [1, 2, 3, -np.inf]]), ValueError, "Input x contains infinity"),
        (["1", "2", "3", "four"], ValueError, r"float: 'four'; x\[3\] must be a number"),
        ([1, 2, 3, 4j], ValueError, "Complex data not supported"),
        (None, ValueError, r"but got \(\)"),
        ([1.0, 2.0, 3.0, None], ValueError, "Input x contains NaN"),
        ({1.0, 2.0}, TypeError, "x must be a real number"),
        ([1.0, 2.0, [3.0], 4.0], ValueError, "inhomogeneous"),
    ],
)
def test_bad_input(
    model: GaussianMixture, method: str, x: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        getattr(model.scorer(), method)(x)


def test_float32_overflow_is_infinity() -> None:
    scorer = fit(dtype=np.float32).scorer()
    for x in ([1e300, 0.0, 0.0, 0.0], np.array([1e300, 0, 0, 0])):
        with pytest.raises(ValueError, match="Input x contains infinity"):
            scorer.predict(x)


def test_out(model: GaussianMixture) -> None:
    X = load("iris")
    scorer = model.scorer()
    for x, shape in ((X[0], (3,)), (X, (150, 3)), (X[:0], (0, 3))):
        out = np.full(shape, 7.0)
        assert scorer.responsibilities(x, out) is out
        np.testing.assert_array_equal(out, scorer.responsibilities(x))
        assert scorer.responsibilities(x, out=out) is out


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("out", "error"),
    [
        (np.zeros(4), ValueError),
        (np.zeros((1, 3)), ValueError),
        (np.zeros(3, np.float32), ValueError),
        (np.zeros(3, ">f8"), ValueError),
        (np.zeros(6)[::2], ValueError),
        (read_only(np.zeros(3)), ValueError),
        ([0.0, 0.0, 0.0], TypeError),
    ],
)
def test_bad_out(model: GaussianMixture, out: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="out must be"):
        model.scorer().responsibilities(load("iris")[0], out)
    np.testing.assert_array_equal(out, np.zeros_like(out))


def test_is_frozen(model: GaussianMixture) -> None:
    X = load("iris")
    scorer = model.scorer()
    before = scorer.score(X)
    for name in ("predict", "mixture", "_arguments", "anything"):
        with pytest.raises(AttributeError, match="never changes"):
            setattr(scorer, name, None)
        with pytest.raises(AttributeError, match="never changes"):
            delattr(scorer, name)
    model.means_ = model.means_ + 1
    model.fit(X[:50])
    np.testing.assert_array_equal(scorer.score(X), before)
    assert repr(scorer) == "<Scorer of 3 components, 4 features, float64>"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pickles_and_copies_score_alike(covariance_type: str, dtype: Any) -> None:
    X = load("iris").astype(dtype)
    scorer = fit(covariance_type, dtype).scorer()
    copies = [pickle.loads(pickle.dumps(scorer, p)) for p in range(2, 6)]
    for other in (*copies, copy.copy(scorer), copy.deepcopy(scorer)):
        assert isinstance(other, Scorer)
        np.testing.assert_array_equal(other.score(X), scorer.score(X))
        assert other.score(X[0]) == scorer.score(X[0])


def test_pickle_keeps_the_names() -> None:
    frame = pd.DataFrame(load("iris"), columns=["a", "b", "c", "d"])
    scorer = pickle.loads(pickle.dumps(GaussianMixture(2).fit(frame).scorer()))
    with pytest.raises(ValueError, match="must be in the same order"):
        scorer.predict(frame[["b", "a", "c", "d"]])


def test_many_threads_may_use_one(model: GaussianMixture) -> None:
    X = load("iris")
    scorer = model.scorer()
    expected = scorer.responsibilities(X)

    def score_rows(_: int) -> NDArray[Any]:
        return np.array([scorer.responsibilities(x) for x in X])

    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(score_rows, range(20)):
            np.testing.assert_array_equal(found, expected)


def test_needs_a_fitted_estimator_and_sound_n_jobs() -> None:
    with pytest.raises(gaussmix.exceptions.NotFittedError):
        GaussianMixture().scorer()
    model = fit().set_params(n_jobs=0)
    with pytest.raises(ValueError, match="n_jobs"):
        model.scorer()


def test_keeps_nothing_alive(model: GaussianMixture) -> None:
    """Neither do calls leak what they convert, nor does the scorer hold itself."""
    code = (
        "import gc, sys, weakref, numpy as np, gaussmix\n"
        "X = np.random.default_rng(0).normal(size=(50, 2))\n"
        "scorer = gaussmix.GaussianMixture(2).fit(X).scorer()\n"
        "x, rows = X[0].copy(), X.tolist()\n"
        "before = [sys.getrefcount(o) for o in (x, rows, None, scorer)]\n"
        "for _ in range(1000):\n"
        "    scorer.predict(x), scorer.score(rows), scorer.responsibilities(x)\n"
        "    try: scorer.predict(rows[0] * 2)\n"
        "    except ValueError: pass\n"
        "after = [sys.getrefcount(o) for o in (x, rows, None, scorer)]\n"
        "print(max(abs(a - b) for a, b in zip(after, before)) < 100)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    assert done.stdout.strip() == b"True"
