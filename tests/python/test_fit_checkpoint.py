"""Checkpoints and a limit of time in a fit to rows in memory."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import assert_same_bits
from data import Floats, sample_mixture
from gaussmix import GaussianMixture, _checkpoint, exceptions

pytestmark = pytest.mark.usefixtures("unfinished_fits_are_quiet")


@pytest.fixture(name="X")
def rows() -> Floats:
    return sample_mixture(3000, 3, 6, seed=0)


@pytest.fixture(name="path")
def checkpoint(tmp_path: Path) -> Path:
    return tmp_path / "fit.checkpoint"


def model_of(**settings: Any) -> GaussianMixture:
    return GaussianMixture(6, **{"random_state": 0, "max_iter": 40, "tol": 0} | settings)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"n_init": 3, "covariance_type": "VEE"},
        {"n_init": "auto", "noise": True, "prior": "default"},
        {"init_params": "random", "covariance_type": "diag"},
    ],
)
def test_a_fit_that_was_interrupted_goes_on_to_the_same_bits(
    X: Floats, path: Path, dtype: Any, settings: dict[str, Any]
) -> None:
    X = X.astype(dtype)
    weights = np.arange(1.0, len(X) + 1)
    expected = model_of(**settings).fit(X, sample_weight=weights, checkpoint=path)
    for n_calls in (12, 35, 60):
        told = []

        def callback(*_: float, n_calls: int = n_calls, told: list[int] = told) -> None:
            told.append(1)
            if len(told) == n_calls:
                raise ZeroDivisionError

        with contextlib.suppress(ZeroDivisionError):
            model_of(**settings, callback=callback).fit(
                X, sample_weight=weights, checkpoint=path, checkpoint_every=10
            )
        other_seed = model_of(**settings, random_state=None)
        found = other_seed.fit(X, sample_weight=weights, resume=path)
        assert_same_bits(found, expected, X)
        assert found.lower_bounds_ == expected.lower_bounds_
        starts, others = found.fit_report_.starts, expected.fit_report_.starts
        assert [start.lower_bound for start in starts] == [start.lower_bound for start in others]


def test_checkpoints_change_results_by_rounding_alone(X: Floats, path: Path) -> None:
    plain = model_of().fit(X)
    found = model_of().fit(X, checkpoint=path, checkpoint_every=1)
    np.testing.assert_allclose(found.means_, plain.means_, rtol=1e-9, atol=1e-12)


def test_how_often_it_is_written(X: Floats, path: Path) -> None:
    written = []

    def callback(iteration: int, *_: float) -> None:
        if path.exists():
            written.append((iteration, _checkpoint.read(path)[0]["runs"][0]["n_iter"]))

    model_of(callback=callback, max_iter=13).fit(X, checkpoint=path, checkpoint_every=5)
    assert written == [(i, (i - 1) // 5 * 5) for i in range(6, 14)]
    assert _checkpoint.read(path)[0]["runs"][0]["n_iter"] == 13


def test_more_iterations_than_the_first_time(X: Floats, path: Path) -> None:
    model_of(max_iter=20).fit(X, checkpoint=path)
    found = model_of(max_iter=40).fit(X, resume=path)
    assert_same_bits(found, model_of(max_iter=40).fit(X, checkpoint=path), X)


@pytest.mark.parametrize("n_init", [1, 3])
def test_a_run_that_converged_goes_on_with_a_smaller_tol(
    X: Floats, path: Path, n_init: int
) -> None:
    few = model_of(tol=1e-2, n_init=n_init).fit(X, checkpoint=path)
    more = model_of(tol=1e-6, n_init=n_init, max_iter=1000).fit(X, resume=path)
    assert few.converged_
    assert more.converged_
    assert abs(more.lower_bounds_[-1] - more.lower_bounds_[-2]) < 1e-6
    again = model_of(tol=1e-2, n_init=n_init).fit(X, resume=path)
    assert_same_bits(again, few, X)


def test_numbers_of_numpy_are_numbers(X: Floats, path: Path) -> None:
    expected = model_of(n_init=2).fit(X, checkpoint=path, checkpoint_every=5)
    model = model_of(n_init=np.int64(2))
    for resume in (None, path):
        model.fit(X, checkpoint=path, checkpoint_every=np.int64(5), resume=resume)
        assert_same_bits(model, expected, X)


@pytest.mark.parametrize(
    "change",
    [
        {"settings": 3},
        {"rows": []},
        {"seed": "x"},
        {"seed": None},
        {"seed": str(2**64)},
        {"checkpoint_every": 0},
        {"checkpoint_every": "often"},
        {"runs": None},
        {"runs": "a"},
        {"runs": [{}]},
        {"runs": []},
    ],
)
def test_a_header_of_other_values_is_an_error(
    X: Floats, path: Path, change: dict[str, Any]
) -> None:
    model_of().fit(X, checkpoint=path)
    header, mixtures = _checkpoint.read(path)
    _checkpoint.write(path, header | change, mixtures)
    with pytest.raises(ValueError, match=r"resume='.*' is not a checkpoint of fit"):
        model_of().fit(X, resume=path)


def test_a_checkpoint_of_another_fit_is_an_error(X: Floats, path: Path) -> None:
    fitted = model_of().fit(X, checkpoint=path)
    means = fitted.means_
    other = X.copy()
    other[7, 1] += 1e-9
    for model, rows, message in (
        (model_of(n_init=2), X, "n_init was 1 then and is 2 now"),
        (model_of(reg_covar=0.0), X, "reg_covar was"),
        (model_of(covariance_type="diag"), X, "covariance_type was"),
        (model_of(means_init=X[:6]), X, "the checksum of means_init was None then"),
        (fitted, other, "the checksum of the rows was"),
        (fitted, X[:-1], "the number of rows was 3000"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(rows, resume=path)
    with pytest.raises(ValueError, match="the checksum of the weights was"):
        fitted.fit(X, sample_weight=2, resume=path)
    with pytest.raises(ValueError, match="checkpoint_every is 3, but the fit that left"):
        fitted.fit(X, resume=path, checkpoint_every=3)
    fitted.fit_batches([X], checkpoint=path)
    with pytest.raises(ValueError, match="is not a checkpoint of fit"):
        fitted.fit(X, resume=path)
    np.testing.assert_allclose(fitted.means_, means, atol=1)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"checkpoint": 3}, TypeError, "checkpoint must be a path or None, but is 3"),
        ({"resume": "no such file"}, OSError, "no such file"),
        ({"checkpoint_every": 0}, ValueError, "checkpoint_every must be an int of at least 1"),
        ({"checkpoint_every": True}, ValueError, "checkpoint_every must be an int of at least 1"),
        ({"checkpoint_every": 2**31}, ValueError, "at least 1 and at most 2147483647"),
        ({"max_seconds": 0}, ValueError, "max_seconds must be a number above 0 or None, but is 0"),
    ],
)
def test_options_that_are_none(
    X: Floats, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    model = model_of()
    with pytest.raises(error, match=message):
        model.fit(X, **options)
    assert not hasattr(model, "means_")


def test_a_checkpoint_that_cannot_be_written_fails_the_fit_at_once(
    X: Floats, tmp_path: Path
) -> None:
    told = []
    model = model_of(callback=lambda *_: told.append(1))
    for fit in (model.fit, lambda X, **options: model.fit_batches([X], **options)):
        with pytest.raises(FileNotFoundError, match="checkpoint is in a folder that is not there"):
            fit(X, checkpoint=tmp_path / "none" / "file")
        with pytest.raises(IsADirectoryError, match="checkpoint must be a file"):
            fit(X, checkpoint=tmp_path)
    assert not told
    assert not hasattr(model, "means_")


def test_a_checkpoint_that_can_no_longer_be_written_fails_the_fit(
    X: Floats, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    model = model_of(callback=lambda *_: folder.exists() and folder.rmdir())
    with pytest.raises(OSError, match="folder"):
        model.fit(X, checkpoint=folder / "file")
    assert not hasattr(model, "means_")


def test_a_fit_ends_when_its_time_is_over(X: Floats) -> None:
    model = model_of(max_iter=10**9, n_init=2)
    with pytest.warns(exceptions.ConvergenceWarning, match="ended by max_seconds=0.05") as warned:
        model.fit(X, max_seconds=0.05)
    assert warned[0].filename == __file__
    assert model.n_iter_ >= 1
    assert not model.converged_


def test_starts_that_were_cut_off_are_told_of_where_the_best_has_converged(X: Floats) -> None:
    def callback(*_: float) -> None:
        time.sleep(0.01)

    model = GaussianMixture(1, n_init=100, tol=1e-2, random_state=0, callback=callback)
    with pytest.warns(exceptions.ConvergenceWarning, match="before all of its starts") as warned:
        model.fit(X, max_seconds=0.1)
    assert warned[0].filename == __file__
    assert model.converged_
    assert len(model.fit_report_.starts) < 100


def test_one_that_converges_in_time_does_not_warn(X: Floats) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = model_of(tol=1e-2).fit(X, max_seconds=3600)
    assert_same_bits(model, model_of(tol=1e-2).fit(X), X)


SCRIPT = """
import sys, warnings
import numpy as np
from gaussmix import GaussianMixture
warnings.simplefilter("ignore")
X, path, resume = np.load(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None
model = GaussianMixture(6, n_init=3, random_state=0, max_iter=300, tol=0)
model.fit(X, checkpoint=path, checkpoint_every=3, resume=resume).save(sys.argv[2] + ".model")
"""


@pytest.mark.alone
def test_killed_at_any_moment_it_goes_on_to_the_same_bits(X: Floats, tmp_path: Path) -> None:
    rows, path = tmp_path / "X.npy", tmp_path / "checkpoint"
    np.save(rows, X)
    command = [sys.executable, "-c", SCRIPT, str(rows), str(path)]
    subprocess.run(command, check=True)
    expected = (tmp_path / "checkpoint.model").read_bytes()
    os.remove(tmp_path / "checkpoint.model")
    os.remove(path)
    rng = random.Random(0)
    for _ in range(100):
        resume = [str(path)] if path.exists() else []
        with subprocess.Popen([*command, *resume]) as process:
            began = time.monotonic()
            moment = rng.uniform(0.3, 1.5)
            while process.poll() is None and time.monotonic() - began < moment:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        if process.returncode == 0:
            break
    assert (tmp_path / "checkpoint.model").read_bytes() == expected
