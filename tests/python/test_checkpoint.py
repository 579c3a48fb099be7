"""Checkpoints: a fit that ended at any moment goes on to the same bits."""

import copy
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import assert_same_bits
from data import Floats, noisy, sample_mixture
from gaussmix import GaussianMixture, _checkpoint
from gaussmix._core import Mixture
from hypothesis import given
from hypothesis import strategies as st
from streamed import again_and_again, cut, write_npy

pytestmark = pytest.mark.usefixtures("unfinished_fits_are_quiet")


@pytest.fixture(name="X")
def rows() -> Floats:
    return sample_mixture(3000, 4, 5, seed=0)


@pytest.fixture(name="path")
def checkpoint(tmp_path: Path) -> Path:
    return tmp_path / "fit.checkpoint"


def model_of(**settings: Any) -> GaussianMixture:
    return GaussianMixture(5, **{"random_state": 0, "max_iter": 12, "tol": 0} | settings)


# The file


def mixture_of(seed: int, dtype: Any = np.float64) -> Mixture:
    X = sample_mixture(300, 3, 4, seed).astype(dtype)
    return GaussianMixture(4, random_state=0, noise=seed % 2 == 0).fit(X)._get_model().mixture


@pytest.mark.parametrize("n", [0, 1, 3])
def test_it_comes_back_with_the_same_bits(path: Path, n: int) -> None:
    header = {"kind": "of a test", "numbers": [1, 0.1, -1e300, 5e-324], "nothing": None, "é": "\n"}
    mixtures = [mixture_of(i) for i in range(n)]
    _checkpoint.write(path, header, mixtures)
    read_header, read_mixtures = _checkpoint.read(path)
    assert read_header == header
    assert len(read_mixtures) == n
    for one, other in zip(mixtures, read_mixtures, strict=True):
        for name in ("weights", "means", "precisions_cholesky", "covariances"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert (one.noise is None) == (other.noise is None)
        if one.noise is not None:
            assert one.noise.weight == other.noise.weight
            np.testing.assert_array_equal(one.noise.corner, other.noise.corner)


@given(st.data())
def test_a_damaged_file_is_an_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "file"
    _checkpoint.write(path, {"a": 1}, [mixture_of(1)])
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is not a sound checkpoint"):
        _checkpoint.read(path)


# Going on


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"noise": True, "prior": "default"},
        {"tol": 1e-4, "init_params": "random", "weights_init": np.full(5, 0.2)},
    ],
)
def test_a_fit_that_was_interrupted_goes_on_to_the_same_bits(
    X: Floats, path: Path, dtype: Any, settings: dict[str, Any]
) -> None:
    X = X.astype(dtype)
    expected = model_of(**settings).fit_batches(cut(X, 700))
    assert expected.n_iter_ > 4
    for n_iter in (0, 1, 3):
        ended = model_of(**settings, callback=lambda i, *_, n=n_iter: 1 / (i - n - 1))
        with pytest.raises(ZeroDivisionError):
            ended.fit_batches(cut(X, 700), checkpoint=path)
        found = model_of(**settings).fit_batches(again_and_again(cut(X, 700)), resume=path)
        assert_same_bits(found, expected, X)
        starts, others = found.fit_report_.starts, expected.fit_report_.starts
        assert [start.origin for start in starts] == [start.origin for start in others]


def test_in_memory_it_is_the_same_up_to_rounding(X: Floats, path: Path) -> None:
    expected = model_of().fit_batches(cut(X, 700), in_memory=True)
    stop = model_of(callback=lambda i, *_: i == 5)
    stop.fit_batches(cut(X, 700), in_memory=True, checkpoint=path)
    found = model_of().fit_batches(iter(cut(X, 700)), in_memory=True, resume=path)
    np.testing.assert_allclose(found.means_, expected.means_, rtol=1e-9, atol=1e-12)


def test_a_warm_start_goes_on(X: Floats, path: Path) -> None:
    warm = model_of(max_iter=2).fit_batches(cut(X, 700)).set_params(warm_start=True, max_iter=9)
    stopped = copy.deepcopy(warm).set_params(callback=lambda i, *_: i == 4)
    stopped.fit_batches(cut(X, 700), checkpoint=path)
    resumed = copy.deepcopy(warm).fit_batches(cut(X, 700), resume=path)
    assert_same_bits(resumed, warm.fit_batches(cut(X, 700)), X)


def test_how_often_it_is_written(X: Floats, path: Path) -> None:
    written: list[tuple[int, int]] = []

    def callback(iteration: int, *_: float) -> None:
        header, _mixtures = _checkpoint.read(path)
        written.append((iteration, header["fit"]["n_iter"]))

    model_of(callback=callback).fit_batches(cut(X, 700), checkpoint=path, checkpoint_every=5)
    assert written == [(i, (i - 1) // 5 * 5) for i in range(1, 13)]
    assert _checkpoint.read(path)[0]["fit"]["n_iter"] == 12


def test_more_iterations_than_the_first_time(X: Floats, path: Path) -> None:
    model_of(max_iter=4).fit_batches(cut(X, 700), checkpoint=path)
    found = model_of(max_iter=9).fit_batches(cut(X, 700), resume=path, checkpoint=path)
    assert_same_bits(found, model_of(max_iter=9).fit_batches(cut(X, 700)), X)
    again = model_of(max_iter=9).fit_batches(cut(X, 700), resume=path)
    assert_same_bits(again, found, X)
    assert model_of(max_iter=9, tol=1e9).fit_batches(cut(X, 700), resume=path).converged_


def test_other_cuts_are_no_other_rows(X: Floats, path: Path) -> None:
    weights = np.random.default_rng(0).random(len(X))
    model_of(max_iter=4).fit_batches(cut(X, 700), sample_weight=weights, checkpoint=path)
    found = model_of().fit_batches(cut(X, 111), sample_weight=weights, resume=path)
    expected = model_of().fit_batches(cut(X, 700), sample_weight=weights)
    np.testing.assert_allclose(found.means_, expected.means_, rtol=1e-9, atol=1e-12)


# Errors


def test_a_checkpoint_of_another_fit_is_an_error(X: Floats, path: Path) -> None:
    model_of(max_iter=4).fit_batches(cut(X, 700), checkpoint=path)
    of_settings = {
        "n_components": (6, "n_components was 5 then and is 6 now"),
        "covariance_type": ("diag", "covariance_type was full then and is diag now"),
        "reg_covar": (0.1, "reg_covar was 1e-06 then and is 0.1 now"),
        "degenerate": ("raise", "degenerate was repair then"),
        "prior": ("default", "prior was None then"),
        "noise": (True, "noise was None then and is 0.05 now"),
    }
    for name, (value, message) in of_settings.items():
        fails(model_of().set_params(**{name: value}), cut(X, 700), path, message)
    for other, message in (
        (X[:2999], "the number of rows was 3000 then and is 2999 now"),
        (X[:, :3], "the number of features was 4 then and is 3 now"),
        (X.astype(np.float32), "the dtype of the rows was float64 then and is float32 now"),
    ):
        fails(model_of(), cut(other, 700), path, message)
    fails(model_of(), [(X, np.full(3000, 2.0))], path, "the sum of the weights was 3000 then")


def test_other_fixed_covariances_are_an_error(X: Floats, path: Path) -> None:
    def fixed(precision: float) -> GaussianMixture:
        return model_of(covariance_type="fixed", precisions_init=np.full(5, precision))

    fixed(1.0).fit_batches(cut(X, 700), checkpoint=path)
    fails(fixed(4.0), cut(X, 700), path, "the checksum of precisions_init was")


def test_files_that_are_no_checkpoints(X: Floats, path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        model_of().fit_batches(cut(X, 700), resume=path)
    path.write_bytes(b"something else")
    fails(model_of(), cut(X, 700), path, "is not a sound checkpoint: it does not begin like one")
    _checkpoint.write(path, {"kind": "something else"}, [])
    fails(model_of(), cut(X, 700), path, "is not a checkpoint of fit_batches")
    _checkpoint.write(path, {"kind": "fit_batches"}, [mixture_of(0)])
    fails(model_of(), cut(X, 700), path, "is not a checkpoint of fit_batches")


@pytest.mark.parametrize(
    "change",
    [{"settings": None}, {"rows": 3}, {"bound_before": None}, {"bound_before": "x"}, {"fit": {}}],
)
def test_a_header_of_other_values_is_an_error(
    X: Floats, path: Path, change: dict[str, Any]
) -> None:
    model_of(max_iter=4).fit_batches(cut(X, 700), checkpoint=path)
    header, mixtures = _checkpoint.read(path)
    _checkpoint.write(path, header | change, mixtures)
    fails(model_of(), cut(X, 700), path, "resume='.*' is not a checkpoint of fit_batches")


def test_options_of_checkpoints(X: Floats, tmp_path: Path) -> None:
    for bad in (0, 1.5, True):
        with pytest.raises(ValueError, match="checkpoint_every must be an int of at least 1"):
            model_of().fit_batches(cut(X, 700), checkpoint=tmp_path / "x", checkpoint_every=bad)
    with pytest.raises(TypeError, match="resume must be a path or None, but is 3"):
        model_of().fit_batches(cut(X, 700), resume=3)
    model = model_of()
    with pytest.raises(OSError, match="none"):
        model.fit_batches(cut(X, 700), checkpoint=tmp_path / "none" / "x")
    assert not model.__sklearn_is_fitted__()


def fails(model: GaussianMixture, batches: Any, path: Path, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model.fit_batches(batches, resume=path)
    assert not model.__sklearn_is_fitted__()


# SIGKILL

FIT = """
import os, sys, warnings
warnings.simplefilter("ignore")
from gaussmix import GaussianMixture
data, checkpoint, model = sys.argv[1:]
GaussianMixture(3, noise=True, random_state=0, tol=0, max_iter=60).fit_batches(
    data, batch_size=500, checkpoint=checkpoint,
    resume=checkpoint if os.path.exists(checkpoint) else None,
).save(model)
"""


@pytest.mark.alone
def test_killed_at_any_moment_it_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    """The process is killed 0 to 100 ms after its checkpoint changes, until it gets to the end."""
    X, _ = noisy("wide")
    data = write_npy(tmp_path / "x.npy", X)
    settings = {"noise": True, "random_state": 0, "tol": 0, "max_iter": 60}
    expected = GaussianMixture(3, **settings).fit_batches(data, batch_size=500)
    checkpoint, model = tmp_path / "checkpoint", tmp_path / "model"
    n_killed, rng = 0, random.Random(0)
    while not model.exists():
        process = subprocess.Popen([sys.executable, "-c", FIT, data, str(checkpoint), str(model)])
        before = state(checkpoint)
        while process.poll() is None and state(checkpoint) == before:
            time.sleep(1e-3)
        time.sleep(0.1 * rng.random())
        if n_killed < 6:
            process.send_signal(signal.SIGKILL)
            n_killed += process.wait() == -signal.SIGKILL
        assert process.wait() in (0, -signal.SIGKILL)
    from gaussmix import load

    assert n_killed
    assert_same_bits(load(model), expected, X)


def state(path: Path) -> Any:
    """Something that changes whenever the file does."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns
