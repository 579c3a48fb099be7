"""`fit_batches`: EM over batches of rows, wherever they come from."""

import copy
import gc
import os
import re
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gaussmix
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset
import pytest
from compare import assert_close, assert_same_bits
from data import Floats, load, noisy, sample_mixture, start
from gaussmix import GaussianMixture
from gaussmix._batches.prefetch import prefetched
from gaussmix._types import COVARIANCE_TYPES
from streamed import again_and_again, cut, write_npy, write_parquet

pytestmark = [
    pytest.mark.filterwarnings("ignore::gaussmix.exceptions._ConvergenceWarning"),
    pytest.mark.usefixtures("unfinished_fits_are_quiet"),
]

FIXED = {"tol": 0, "max_iter": 5}


@pytest.fixture(name="X")
def rows() -> Floats:
    return sample_mixture(3000, 5, 4, seed=0)


def model_of(X: Floats, covariance_type: str = "full", **settings: Any) -> GaussianMixture:
    """From a start that is given, five iterations."""
    return GaussianMixture(**start(X, 4, covariance_type) | FIXED | settings)


# Against a fit in memory


@pytest.mark.parametrize("in_memory", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_the_fit_in_memory(
    X: Floats, covariance_type: str, in_memory: bool, weighted: bool
) -> None:
    weights = np.random.default_rng(0).integers(0, 4, len(X)) if weighted else None
    model = model_of(X, covariance_type)
    expected = copy.copy(model).fit(X, sample_weight=weights)
    found = model.fit_batches(cut(X, 700), sample_weight=weights, in_memory=in_memory)
    assert_close(found, expected, X, 1e-9)


@pytest.mark.parametrize("family", [f for f in COVARIANCE_TYPES if f not in ("E", "V", "fixed")])
def test_families(X: Floats, family: str) -> None:
    model = GaussianMixture(4, covariance_type=family, random_state=0, max_iter=8, tol=0)
    model.fit_batches(cut(X, 512))
    known = np.arange(4)
    again = copy.deepcopy(model).set_params(warm_start=True, max_iter=3)
    expected = copy.deepcopy(again).fit(X)
    assert_close(again.fit_batches(cut(X, 999)), expected, X, 1e-9, inflation=100)
    assert set(model.predict(X)) == set(known)


@pytest.mark.parametrize("family", ["E", "V"])
def test_families_of_one_feature(family: str) -> None:
    X = load("line")
    settings = {"random_state": 0, "max_iter": 3, "tol": 0, "weights_init": np.full(3, 1 / 3)}
    model = GaussianMixture(3, covariance_type=family, **settings)
    expected = copy.deepcopy(model).fit(X)
    assert_close(model.fit_batches(cut(X, 70)), expected, X, 1e-9)


def test_fixed_covariances(X: Floats) -> None:
    model = model_of(X, "spherical").set_params(covariance_type="fixed")
    expected = copy.deepcopy(model).fit(X)
    assert_close(model.fit_batches(cut(X, 700)), expected, X, 1e-9)
    with pytest.raises(ValueError, match="needs precisions_init"):
        model.set_params(precisions_init=None).fit_batches(cut(X, 700))


@pytest.mark.parametrize("data", ["wide", "turned", "five"])
@pytest.mark.parametrize("prior", [None, "default", {"dof": 20.0}])
def test_noise_has_the_box_of_all_rows(data: str, prior: Any) -> None:
    X, _ = noisy(data)
    model = GaussianMixture(**start(X, 3, "full") | FIXED, noise=True, prior=prior)
    expected = copy.deepcopy(model).fit(X)
    model.fit_batches(cut(X, 111))
    assert_close(model, expected, X, 1e-9)
    assert model.noise_weight_ == pytest.approx(expected.noise_weight_, rel=1e-9)
    assert model.noise_box_.log_volume == pytest.approx(expected.noise_box_.log_volume, rel=1e-9)
    kept = copy.deepcopy(model).fit_batches(iter(cut(X, 111)), in_memory=True)
    np.testing.assert_array_equal(kept.noise_box_.corner, model.noise_box_.corner)


@pytest.mark.parametrize("settings", [{"noise": True}, {"prior": "default"}])
def test_what_comes_of_all_rows_counts_their_weights(settings: dict[str, Any]) -> None:
    X = sample_mixture(5000, 4, 3, seed=1)
    weights = np.random.default_rng(0).integers(0, 5, len(X))
    model = GaussianMixture(**start(X, 3, "full") | FIXED | settings)
    expected = copy.deepcopy(model).fit(X, sample_weight=weights)
    assert_close(model.fit_batches(cut(X, 700), sample_weight=weights), expected, X, 1e-9)


@pytest.mark.parametrize("noise", [False, True])
def test_defaults_of_a_prior_are_those_of_all_rows(covariance_type: str, noise: bool) -> None:
    X = sample_mixture(200, 4, 3, seed=1)
    settings = start(X, 3, covariance_type) | FIXED | {"prior": "default", "noise": noise}
    model = GaussianMixture(**settings)
    expected = copy.deepcopy(model).fit(X)
    assert_close(model.fit_batches(cut(X, 33)), expected, X, 1e-9)


def test_known_labels(X: Floats) -> None:
    labels = np.full(len(X), -1)
    labels[::50] = GaussianMixture(4, random_state=0).fit_predict(X)[::50]
    model = model_of(X)
    expected = copy.deepcopy(model).fit(X, known_labels=labels)
    batches = list(zip(cut(X, 700), [None] * 5, cut(labels, 700), strict=True))
    assert_close(model.fit_batches(batches), expected, X, 1e-9)
    seeded = GaussianMixture(4, random_state=0).fit_batches(batches)
    expected = GaussianMixture(4, random_state=0).fit(X, known_labels=labels)
    assert seeded.score(X) == pytest.approx(expected.score(X), abs=1e-2)
    assert (seeded.predict(X) == expected.predict(X)).mean() > 0.98


@pytest.mark.slow
def test_it_is_the_fit_in_memory_of_many_rows() -> None:
    X = sample_mixture(100_000, 16, 32, seed=0)
    model = GaussianMixture(**start(X, 32, "full") | {"tol": 0, "max_iter": 10})
    expected = copy.deepcopy(model).fit(X)
    assert_close(model.fit_batches(cut(X, 30_000)), expected, X, 1e-9)


def test_a_whole_fit_finds_what_a_fit_in_memory_does(X: Floats) -> None:
    many = sample_mixture(60_000, 5, 4, seed=0)
    settings = {"random_state": 0, "n_init": 3, "tol": 1e-5, "max_iter": 1000}
    model = GaussianMixture(4, **settings).fit_batches(cut(many, 7000))
    expected = GaussianMixture(4, **settings).fit(many)
    assert model.converged_
    assert model.score(many) == pytest.approx(expected.score(many), abs=1e-4)
    assert "in a sample of 20000 rows" in str(model.fit_report_)


def test_without_iterations_it_is_the_start(X: Floats) -> None:
    model = model_of(X, max_iter=0).fit_batches(cut(X, 700))
    np.testing.assert_array_equal(model.means_, start(X, 4, "full")["means_init"])
    assert (model.n_iter_, model.converged_, model.lower_bound_) == (0, False, -np.inf)


def test_warm_start_goes_on(X: Floats) -> None:
    whole = model_of(X, max_iter=5).fit_batches(cut(X, 700))
    halves = model_of(X, max_iter=2).fit_batches(cut(X, 700))
    halves.set_params(warm_start=True, max_iter=3).fit_batches(cut(X, 700))
    np.testing.assert_array_equal(halves.means_, whole.means_)
    assert halves.lower_bounds_ == whole.lower_bounds_[2:]
    with pytest.raises(ValueError, match="warm_start=True goes on"):
        halves.fit_batches(cut(X[:, :3], 700))


def test_degenerate_raises(X: Floats) -> None:
    flat = X.copy()
    flat[:, 1] = flat[:, 0]
    model = model_of(X, degenerate="raise", reg_covar=0)
    with pytest.raises(ValueError, match="ill-defined empirical covariance"):
        model.fit_batches(cut(flat, 700))


# Sources


NO_NAMES = pytest.mark.filterwarnings("ignore:X does not have valid feature names")


@NO_NAMES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_all_sources_give_the_same_bits(X: Floats, dtype: Any, tmp_path: Path) -> None:
    X = X.astype(dtype)
    npy, parquet = write_npy(tmp_path / "x.npy", X), write_parquet(tmp_path / "x.parquet", X, 450)
    swapped = write_npy(tmp_path / "swapped.npy", X.astype(X.dtype.newbyteorder()))
    fortran = write_npy(tmp_path / "fortran.npy", np.asfortranarray(X))
    raw = np.memmap(tmp_path / "raw", dtype, "w+", offset=24, shape=(len(X) + 10, X.shape[1]))
    raw[10:] = X
    expected = model_of(X).fit_batches(cut(X, 700))
    for source in (
        npy,
        Path(npy),
        swapped,
        fortran,
        np.load(npy, mmap_mode="r"),
        np.load(fortran, mmap_mode="r"),
        raw[10:],
        X,
        parquet,
        pyarrow.dataset.dataset(parquet),
        pa.table({f"x{i}": X[:, i] for i in range(X.shape[1])}),
    ):
        found = model_of(X).fit_batches(source, batch_size=700)
        assert_same_bits(found, expected, X)
        assert found.means_.dtype == dtype
    for source in (again_and_again(cut(X, 700)), tuple(cut(X, 700)), lambda: cut(X, 700)):
        assert_same_bits(model_of(X).fit_batches(source), expected, X)


@pytest.mark.parametrize("n_jobs", [2, 5])
def test_threads_change_nothing(X: Floats, n_jobs: int) -> None:
    settings = {"random_state": 0, "noise": True, "max_iter": 5}
    expected = GaussianMixture(4, **settings, n_jobs=1).fit_batches(again_and_again(cut(X, 700)))
    found = GaussianMixture(4, **settings, n_jobs=n_jobs)
    assert_same_bits(found.fit_batches(again_and_again(cut(X, 700))), expected, X)


def test_weights_of_one_change_nothing(X: Floats) -> None:
    settings = {"random_state": 0, "max_iter": 5}
    expected = GaussianMixture(4, **settings).fit_batches(cut(X, 700))
    for batches, weights in (
        (cut(X, 700), np.ones(len(X))),
        ([(batch, np.ones(len(batch))) for batch in cut(X, 700)], None),
        ([(batch, 1.0 if i else None) for i, batch in enumerate(cut(X, 700))], None),
    ):
        found = GaussianMixture(4, **settings).fit_batches(batches, sample_weight=weights)
        assert_same_bits(found, expected, X)


def test_rows_of_weight_0_are_not_there(X: Floats) -> None:
    there = np.random.default_rng(0).random(len(X)) < 0.7
    rows = np.where(there[:, np.newaxis], X, np.nan)
    settings = {"random_state": 0, "max_iter": 5}
    found = GaussianMixture(4, **settings).fit_batches([rows], sample_weight=there)
    expected = GaussianMixture(4, **settings).fit_batches([X[there]])
    assert_same_bits(found, expected, X)


def test_batches_that_are_empty_or_of_one_row(X: Floats) -> None:
    batches = [X[:0], X[:1], [], X[1:1000], X[1000:1000], X[1000:]]
    found = model_of(X).fit_batches(batches)
    assert_close(found, model_of(X).fit(X), X, 1e-9)


def test_a_mapped_file_is_read_from_the_map_where_another_took_its_place(
    X: Floats, tmp_path: Path
) -> None:
    path = tmp_path / "x.npy"
    mapped = np.load(write_npy(path, X), mmap_mode="r")
    path.unlink()
    expected = model_of(X).fit_batches(cut(X, 700))
    assert_same_bits(model_of(X).fit_batches(mapped, batch_size=700), expected, X)
    write_npy(path, X + 1)
    assert_same_bits(model_of(X).fit_batches(mapped, batch_size=700), expected, X)
    private = np.load(path, mmap_mode="c")
    private[:] = X
    assert_same_bits(model_of(X).fit_batches(private, batch_size=700), expected, X)


@pytest.mark.parametrize("dtype", ["i2", ">i4", "f2", "u1", "?"])
def test_other_numbers_become_float64(dtype: str, tmp_path: Path) -> None:
    X = (np.random.default_rng(0).random((300, 3)) * 2).astype(dtype)
    path = write_npy(tmp_path / "x.npy", X)
    found = GaussianMixture(1).fit_batches(path, batch_size=77)
    assert found.means_.dtype == np.float64
    np.testing.assert_allclose(found.means_[0], X.mean(axis=0, dtype=float), rtol=1e-12)


def test_dtypes_that_differ_make_float64(X: Floats) -> None:
    batches = [b.astype(np.float32) if i else b for i, b in enumerate(cut(X, 700))]
    expected = model_of(X).fit(np.vstack(batches))
    for in_memory in (False, True):
        found = model_of(X).fit_batches(batches, in_memory=in_memory)
        assert found.means_.dtype == np.float64
        assert_close(found, expected, X, 1e-9)


@NO_NAMES
def test_several_files(X: Floats, tmp_path: Path) -> None:
    halves = [X[:1400], X[1400:]]
    npy = [write_npy(tmp_path / f"{i}.npy", half) for i, half in enumerate(halves)]
    folder = tmp_path / "folder"
    folder.mkdir()
    parquet = [write_parquet(folder / f"{i}.parquet", h, 999) for i, h in enumerate(halves)]
    expected = model_of(X).fit_batches(cut(X, 700))
    for source in (npy, parquet, folder):
        assert_same_bits(model_of(X).fit_batches(source, batch_size=700), expected, X)


def test_names_come_from_frames_and_data_sets(X: Floats, tmp_path: Path) -> None:
    names = [f"x{i}" for i in range(X.shape[1])]
    frames = [pd.DataFrame(batch, columns=names) for batch in cut(X, 700)]
    parquet = write_parquet(tmp_path / "x.parquet", X, 1000)
    record_batches = pyarrow.dataset.dataset(parquet).to_batches
    for source in (frames, parquet, record_batches):
        assert model_of(X).fit_batches(source).feature_names_in_.tolist() == names


def test_by_default_a_batch_has_32_mib(tmp_path: Path) -> None:
    from gaussmix._batches.npy import NpyBatches

    path = write_npy(tmp_path / "x.npy", np.zeros((10, 16), np.float32))
    assert NpyBatches.of_file(path, None).batch_size * 16 * 4 == 32 * 2**20


# Errors


def fails(model: GaussianMixture, batches: Any, message: str, **options: Any) -> None:
    """The fit raises, and the estimator stays as it was."""
    before = copy.deepcopy(vars(model))
    with pytest.raises((ValueError, TypeError), match=message):
        model.fit_batches(batches, **options)
    assert vars(model).keys() == before.keys()


def test_a_batch_of_more_than_all_rows_is_all_rows(X: Floats, tmp_path: Path) -> None:
    expected = model_of(X).fit_batches([X])
    npy = write_npy(tmp_path / "x.npy", X)
    for source in (X, npy, pa.table({f"x{i}": column for i, column in enumerate(X.T)})):
        model = model_of(X).fit_batches(source, batch_size=10**30)
        np.testing.assert_array_equal(model.means_, expected.means_)


def test_what_can_be_read_only_once_is_an_error(X: Floats) -> None:
    model = model_of(X)
    fails(model, iter(cut(X, 700)), "generator|list_iterator can be read only once: pass a list")
    fails(model, (b for b in cut(X, 700)), "this generator can be read only once")
    expected = model_of(X).fit_batches(cut(X, 700))
    kept = model.fit_batches((b for b in cut(X, 700)), in_memory=True)
    assert_close(kept, expected, X, 1e-12)


@pytest.mark.parametrize("lazy", [False, True])
def test_errors_name_the_batch(X: Floats, lazy: bool) -> None:
    def broken(i: int, batch: Any) -> Any:
        batches = cut(X, 700)
        batches[i] = batch
        return (lambda: iter(batches)) if lazy else batches

    with_nan, with_inf = X[:50].copy(), X[:50].copy()
    with_nan[17, 2], with_inf[3, 0] = np.nan, np.inf
    model = model_of(X)
    fails(model, broken(2, with_nan), r"batch 2, row 17: Input X contains NaN")
    fails(model, broken(4, with_inf), r"batch 4, row 3: Input X contains infinity")
    fails(model, broken(3, X[:, :4]), r"batch 3: it has 4 features, but the batches before have 5")
    fails(model, broken(1, X[0]), r"batch 1: Expected 2D array, got 1D array")
    fails(model, broken(1, [["a"] * 5]), r"batch 1: could not convert string to float: 'a'")
    fails(model, broken(1, (X[:50], np.ones(49))), r"batch 1: sample_weight.shape == \(49,\)")
    fails(model, broken(1, (X[:50], -np.ones(50))), r"batch 1: Negative values")
    fails(model, broken(1, (X[:50], None, np.full(50, 4))), r"batch 1: known_labels\[0\] is 4")
    fails(model, broken(1, (X[:50], None, None, None)), r"batch 1: a batch that is a tuple must")
    frame = pd.DataFrame(X[:50], columns=list("abcde"))
    fails(model, broken(3, frame), r"batch 3: its feature names are \['a', .*before are None")


def test_a_row_is_counted_with_those_of_weight_0(X: Floats) -> None:
    batch, weights = X[:50].copy(), np.ones(50)
    batch[[5, 17], 2], weights[5] = np.nan, 0
    fails(model_of(X), [X, (batch, weights)], r"batch 1, row 17: Input X contains NaN")


def test_names_must_agree(X: Floats) -> None:
    frames = [pd.DataFrame(batch, columns=list("abcde")) for batch in cut(X, 700)]
    frames[2] = frames[2].rename(columns={"c": "C"})
    fails(model_of(X), frames, "batch 2: its feature names are")


def test_weights_must_be_as_many_as_rows(X: Floats) -> None:
    model = model_of(X)
    fails(model, [X], "sample_weight has 3001 weights, but", sample_weight=np.ones(3001))
    fails(model, [X], r"batch 0: sample_weight.shape == \(2999,\)", sample_weight=np.ones(2999))
    fails(model, [X], r"must have the shape \(n_samples,\)", sample_weight=1.0)
    both = [(X, np.ones(len(X)))]
    fails(model, both, "batch 0: it brings weights", sample_weight=np.ones(3000))


def test_no_rows(X: Floats) -> None:
    for batches in ([], [X[:0]], [(X, np.zeros(len(X)))], lambda: iter(())):
        fails(model_of(X), batches, "batches have no row that counts")
    fails(GaussianMixture(4), [X[:2], X[2:3]], "Expected n_samples >= n_components")
    fails(GaussianMixture(1), [X[:1]], "minimum of 2 is required by GaussianMixture")


def test_what_is_no_batches(X: Floats, tmp_path: Path) -> None:
    model = model_of(X)
    fails(model, 3, "batches must be a list of arrays, .* but is of type int")
    fails(model, pd.DataFrame(X), "is of type DataFrame; a table that fits in memory is a list")
    fails(model, X[0], r"must have the shape \(n_samples, n_features\), but has \(5,\)")
    fails(model, lambda: 3, "must return an iterator over the batches, but returned .* int")
    fails(model, [X], "batch_size is for files", batch_size=10)
    for size in (0, 1.5, True, "many"):
        fails(model, X, "batch_size must be an int of at least 1", batch_size=size)
    fails(model, [X], "in_memory must be True or False", in_memory="yes")
    for seconds in (0, -1, "1", np.nan):
        fails(model, [X], "max_seconds must be a number above 0", max_seconds=seconds)
    with pytest.raises(FileNotFoundError):
        model.fit_batches(tmp_path / "none.npy")


def test_files_that_cannot_be_read(X: Floats, tmp_path: Path) -> None:
    model, path = model_of(X), tmp_path / "x"
    path.write_text("1,2,3\n")
    fails(model, path, "is neither a .npy nor a Parquet file")
    path.write_bytes(b"\x93NUMPY\x01\x00broken")
    fails(model, path, "has no .npy header")
    for array, message in (
        (X.astype(complex), "holds complex128, not real numbers"),
        (X[0], r"has the shape \(5,\), not \(n_samples, n_features\)"),
    ):
        fails(model, write_npy(tmp_path / "x.npy", array), message)
    content = Path(write_npy(tmp_path / "short.npy", X)).read_bytes()
    (tmp_path / "short.npy").write_bytes(content[:-8])
    fails(model, tmp_path / "short.npy", "should hold 120000 bytes .* but 119992 bytes follow")
    named = pa.table({"x": [1.0, 2.0], "who": ["a", "b"]})
    fails(model, named, "column 'who' holds string, not real numbers")
    twice = pa.table([[1.0, 2.0], [3.0, 5.0]], names=["x", "x"])
    fails(model, twice, "2 columns of the data set are named 'x'")
    missing = pa.table({f"x{i}": [1.0, None, 2.0] for i in range(5)})
    fails(model, missing, "batch 0, row 1: Input X contains NaN")


def test_batches_that_change_are_an_error(X: Floats) -> None:
    fits = iter([cut(X, 700), cut(X, 700)[1:]])
    fails(model_of(X), lambda: next(fits), r"must give the same rows .* 3000 row\(s\) .* and 2300")
    weights = iter([1.0, 2.0])

    def weighted() -> Iterator[Any]:
        weight = next(weights)
        return ((batch, np.full(len(batch), weight)) for batch in cut(X, 700))

    fails(model_of(X), weighted, "must give the same weights .* was 3000 the first .* and 6000")


def test_a_file_that_becomes_shorter(X: Floats, tmp_path: Path) -> None:
    path = write_npy(tmp_path / "x.npy", X)
    model = model_of(X, callback=lambda *_: os.truncate(path, 1000))
    fails(model, path, "has become shorter while it was read", batch_size=700)


# Endings


def test_callback_progress_and_verbose(X: Floats, capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[tuple[int, float, float]] = []
    model = model_of(X, callback=lambda *told: seen.append(told), verbose=1, verbose_interval=1)
    model.fit_batches(cut(X, 700))
    assert [told[0] for told in seen] == [1, 2, 3, 4, 5]
    assert [told[1] for told in seen] == model.lower_bounds_
    assert "Iteration 5" in capsys.readouterr().out
    model.set_params(callback=None, verbose=0, progress=True).fit_batches(cut(X, 700))
    assert "5/5" in capsys.readouterr().err


def test_a_callback_stops(X: Floats) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = model_of(X, callback=lambda i, *_: i == 2).fit_batches(cut(X, 700))
    assert (model.n_iter_, model.converged_) == (2, False)


def test_it_warns_where_it_does_not_converge(X: Floats) -> None:
    with pytest.warns(gaussmix.exceptions.ConvergenceWarning, match="did not converge") as caught:
        model_of(X).fit_batches(cut(X, 700))
    assert caught[0].filename == __file__


@pytest.mark.parametrize("in_memory", [False, True])
def test_max_seconds(X: Floats, in_memory: bool) -> None:
    model = model_of(X, max_iter=2**31 - 1)
    with pytest.warns(gaussmix.exceptions.ConvergenceWarning, match=r"max_seconds=0\.01") as caught:
        model.fit_batches(cut(X, 700), max_seconds=0.01, in_memory=in_memory)
    assert caught[0].filename == __file__
    assert model.n_iter_ >= 1
    assert not model.converged_
    assert "ended by max_seconds=0.01" in str(model.fit_report_)


def test_time_enough_is_not_told_of(X: Floats) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = GaussianMixture(1).fit_batches(cut(X, 700), max_seconds=1e9)
    assert "max_seconds" not in str(model.fit_report_)


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
def test_errors_of_the_batches_and_of_callbacks_leave_it_as_it_was(
    X: Floats, error: type[BaseException]
) -> None:
    def batches() -> Iterator[Floats]:
        yield from cut(X, 700)[:3]
        raise error("from the batches")

    def callback(*_: Any) -> None:
        raise error("from the callback")

    fitted = model_of(X).fit_batches(cut(X, 700))
    before = copy.deepcopy(fitted)
    with pytest.raises(error, match="from the batches"):
        fitted.fit_batches(batches)
    fitted.set_params(callback=callback)
    with pytest.raises(error, match="from the callback"):
        fitted.fit_batches(lambda: iter(cut(X, 700)))
    assert_same_bits(fitted, before, X)
    assert no_threads_are_left()


@pytest.mark.alone
@pytest.mark.parametrize("lazy", [False, True])
def test_ctrl_c_leaves_it_as_it_was(X: Floats, lazy: bool) -> None:
    """It comes while iterations go on that would take years."""
    fitted = model_of(X).fit_batches(cut(X, 700))
    before = copy.deepcopy(fitted)
    begun = threading.Event()

    def interrupt() -> None:
        begun.wait()
        os.kill(os.getpid(), signal.SIGINT)

    fitted.set_params(max_iter=2**31 - 1, callback=lambda *_: begun.set())
    sender = threading.Thread(target=interrupt)
    sender.start()
    batches: Any = cut(X, 700)
    with pytest.raises(KeyboardInterrupt) as caught:
        fitted.fit_batches((lambda: iter(batches)) if lazy else batches)
    sender.join()
    assert_same_bits(fitted, before, X)
    del caught  # its frames hold the generator, where Ctrl-C came while it was about to be closed
    assert no_threads_are_left()


# Reading ahead


def no_threads_are_left() -> bool:
    """Once those that were told to end have done so."""
    gc.collect()
    for thread in threading.enumerate():
        if thread.name == "gaussmix-prefetch":
            thread.join(60)
    return not any(t.name == "gaussmix-prefetch" for t in threading.enumerate())


def test_prefetched_items_come_in_order() -> None:
    assert list(prefetched(lambda: iter(range(100)))) == list(range(100))
    assert list(prefetched(lambda: iter(()))) == []
    assert no_threads_are_left()


def test_prefetch_raises_after_the_items_before() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise ZeroDivisionError("in the thread")

    seen: list[int] = []
    with pytest.raises(ZeroDivisionError, match="in the thread") as caught:
        seen.extend(prefetched(items))
    assert seen == [1, 2]
    assert caught.traceback[-1].name == "items"
    with pytest.raises(TypeError):
        list(prefetched(lambda: iter(3)))  # type: ignore[call-overload]
    assert no_threads_are_left()


def test_prefetch_that_is_left_early_closes_the_items() -> None:
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    ahead = prefetched(items)
    assert next(ahead) == 1
    ahead.close()
    assert closed.is_set()
    assert no_threads_are_left()
    abandoned = prefetched(items)
    next(abandoned)
    del abandoned
    gc.collect()
    assert no_threads_are_left()


def test_prefetch_is_ahead_by_two_at_most() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for i in range(50):
            made.append(i)
            yield i

    for item in prefetched(items):
        assert made[-1] <= item + 2


# Memory


MEASURE = """
import re, sys
import gaussmix.mixture
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
model = gaussmix.GaussianMixture(2, max_iter=2, tol=0, random_state=0)
before = peak()
import warnings; warnings.simplefilter("ignore")
model.fit_batches(sys.argv[1])
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="Linux tells")
def test_memory_is_bounded(tmp_path: Path) -> None:
    """640 MiB of rows take the buffers of three batches, and what an E-step of one takes."""
    path = tmp_path / "x.npy"
    X = np.lib.format.open_memmap(path, "w+", np.float32, (10 * 2**20, 16))
    for i, rows in enumerate(np.array_split(X, 20)):
        rows[:] = np.random.default_rng(i).normal(i % 2 * 5, 1, rows.shape)
    del X, rows
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], check=True, stdout=subprocess.PIPE, text=True
    )
    assert float(re.findall(r"[\d.]+", done.stdout)[-1]) < 200
