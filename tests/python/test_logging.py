"""What a fit shows while it runs: messages through the logger 'gaussmix', and a progress bar."""

import io
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from data import Floats, load
from gaussmix import GaussianMixture, _progress

LOGGER = logging.getLogger("gaussmix")


@pytest.fixture(name="X")
def blobs() -> Floats:
    return load("blobs")


@pytest.fixture
def handler() -> Iterator[logging.StreamHandler[io.StringIO]]:
    """A handler that a user gave to the logger."""
    handler = logging.StreamHandler(io.StringIO())
    LOGGER.addHandler(handler)
    yield handler
    LOGGER.removeHandler(handler)


class Bar:
    """A class like tqdm that notes what it is told."""

    made: list["Bar"]

    def __init__(self, total: int | None, desc: str) -> None:
        self.total, self.n, self.closed = total, 0, False
        self.notes: list[str] = []
        self.made.append(self)

    def update(self, n: int) -> None:
        assert not self.closed
        self.n += n

    def set_description(self, text: str) -> None:
        self.notes.append(text)

    def set_postfix_str(self, text: str, refresh: bool = True) -> None:
        self.notes.append(text)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def bar_class() -> type[Bar]:
    Bar.made = []
    return Bar


def mixture(**params: Any) -> GaussianMixture:
    return GaussianMixture(3, random_state=0, max_iter=500, tol=1e-6, **params)


# Messages


def test_silent_by_default(X: Floats, capfd: pytest.CaptureFixture[str]) -> None:
    mixture(n_init=2).fit(X).predict(X)
    assert capfd.readouterr() == ("", "")


def test_verbose_shows_scikit_learns_messages_on_stdout(
    X: Floats, capsys: pytest.CaptureFixture[str]
) -> None:
    fit = mixture(verbose=1, verbose_interval=5).fit(X)
    expected = ["Initialization 0"]
    expected += [f"  Iteration {n}" for n in range(5, fit.n_iter_ + 1, 5)]
    expected += ["Initialization converged."]
    assert capsys.readouterr() == ("\n".join(expected) + "\n", "")


def test_verbose_follows_each_start_through_its_turns(
    X: Floats, capsys: pytest.CaptureFixture[str]
) -> None:
    fit = mixture(n_init=2, verbose=1, verbose_interval=1).fit(X)
    iterations = [0 for _ in fit.fit_report_.starts]
    taken_up = []
    for line in capsys.readouterr().out.splitlines():
        if match := re.fullmatch(r"Initialization (\d+)( goes on)?", line):
            current = int(match[1])
            assert bool(match[2]) == (current in taken_up)
            taken_up.append(current)
        elif match := re.fullmatch(r"  Iteration (\d+)", line):
            iterations[current] += 1
            assert int(match[1]) == iterations[current]
        else:
            converged = fit.fit_report_.starts[current].converged
            ended = iterations[current] == fit.fit_report_.starts[current].n_iter
            expected = "converged" if converged and ended else "did not converge"
            assert line == f"Initialization {expected}."
    assert iterations == [start.n_iter for start in fit.fit_report_.starts]
    assert len(taken_up) > len(set(taken_up)) == 10


@pytest.mark.filterwarnings("ignore:Best performing initialization did not converge")
@pytest.mark.parametrize(
    ("max_iter", "expected"),
    [
        (0, "Initialization 0\n"),
        (1, "Initialization 0\n  Iteration 1\nInitialization did not converge.\n"),
    ],
)
def test_verbose_of_a_short_fit(
    X: Floats, capsys: pytest.CaptureFixture[str], max_iter: int, expected: str
) -> None:
    GaussianMixture(3, max_iter=max_iter, verbose=True, verbose_interval=1).fit(X)
    assert capsys.readouterr().out == expected


def test_verbose_2_shows_times_and_changes(X: Floats, capsys: pytest.CaptureFixture[str]) -> None:
    fit = mixture(verbose=2, verbose_interval=1).fit(X)
    first, *iterations, last = capsys.readouterr().out.splitlines()
    assert first == "Initialization 0"
    changes = []
    for n, line in enumerate(iterations, 1):
        match = re.fullmatch(rf"  Iteration {n}\t time lapse \d+\.\d{{5}}s\t ll change (\S+)", line)
        changes.append(float(match[1]))
    bounds = fit.lower_bounds_
    assert changes[0] == float("inf")
    assert changes[1:] == [float(f"{b - a:.5f}") for a, b in pairwise(bounds)]
    assert re.fullmatch(
        rf"Initialization converged\. time lapse \d+\.\d{{5}}s\t lower bound {bounds[-1]:.5f}\.",
        last,
    )


def test_verbose_follows_a_redirected_stdout(X: Floats, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    mixture(verbose=1).fit(X)
    assert stream.getvalue().startswith("Initialization 0\n")


def test_verbose_goes_to_the_loggers_own_handler_alone(
    X: Floats,
    handler: logging.StreamHandler[io.StringIO],
    capfd: pytest.CaptureFixture[str],
) -> None:
    mixture(verbose=1).fit(X)
    assert handler.stream.getvalue().startswith("Initialization 0\n")
    assert capfd.readouterr() == ("", "")


def test_verbose_with_a_null_handler_shows_on_stdout(
    X: Floats, capsys: pytest.CaptureFixture[str]
) -> None:
    null = logging.NullHandler()
    LOGGER.addHandler(null)
    try:
        mixture(verbose=1).fit(X)
    finally:
        LOGGER.removeHandler(null)
    assert capsys.readouterr().out.startswith("Initialization 0\n")


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("level", [logging.NOTSET, logging.DEBUG, logging.ERROR])
def test_verbose_leaves_logging_as_it_was(X: Floats, level: int, fails: bool) -> None:
    def callback(*_: Any) -> None:
        if fails:
            raise RuntimeError

    LOGGER.setLevel(level)
    try:
        if fails:
            with pytest.raises(RuntimeError):
                mixture(verbose=1, callback=callback).fit(X)
        else:
            mixture(verbose=1, callback=callback).fit(X)
        assert LOGGER.level == level
        assert LOGGER.handlers == []
        assert LOGGER.propagate
    finally:
        LOGGER.setLevel(logging.NOTSET)


def test_verbose_fits_in_several_threads_share_one_handler(
    X: Floats, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both fits run at once, and the one that ends first takes nothing from the other."""
    long_runs, short_ended = threading.Event(), threading.Event()

    def hold(iteration: int, *_: float) -> bool:
        long_runs.set()
        short_ended.wait()
        return iteration == 2

    def short() -> None:
        long_runs.wait()
        mixture(verbose=1).fit(X)
        short_ended.set()

    other = threading.Thread(target=short)
    other.start()
    mixture(verbose=1, verbose_interval=1, callback=hold, progress=False).fit(X)
    other.join()
    lines = capsys.readouterr().out.splitlines()
    assert lines.count("Initialization 0") == 2
    assert lines[-2:] == ["  Iteration 2", "Initialization did not converge."]
    assert LOGGER.handlers == []


def test_repairs_show_on_stderr_without_configuration() -> None:
    code = (
        "import numpy as np, gaussmix\n"
        "X = np.repeat([[0.0], [1.0], [5.0]], 10, axis=0)\n"
        "gaussmix.GaussianMixture(3, reg_covar=0, random_state=0, tol=1).fit(X)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == ""
    assert re.match(r"Repaired: start 0, iteration \d+, component \d: .*; .*\n", ran.stderr)


# Bars


def test_progress_fills_the_bar(X: Floats, bar_class: type[Bar]) -> None:
    fit = mixture(progress=bar_class).fit(X)
    (bar,) = bar_class.made
    assert bar.total == bar.n == 500
    assert bar.closed
    assert bar.notes[0] == "gaussmix: start 1"
    assert bar.notes[-1] == f"log-likelihood {fit.lower_bound_:.6g}"


def test_progress_of_several_starts_counts_iterations(X: Floats, bar_class: type[Bar]) -> None:
    starts = mixture(n_init=3, progress=bar_class).fit(X).fit_report_.starts
    (bar,) = bar_class.made
    assert bar.total is None
    assert bar.n == sum(start.n_iter for start in starts)
    assert [note for note in bar.notes if "start" in note] == [
        f"gaussmix: start {i}" for i in range(1, len(starts) + 1)
    ]


def test_progress_closes_the_bar_of_a_fit_that_fails(X: Floats, bar_class: type[Bar]) -> None:
    def callback(*_: Any) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        mixture(progress=bar_class, callback=callback).fit(X)
    assert bar_class.made[0].closed


def test_progress_true_shows_tqdms_bar(X: Floats, capfd: pytest.CaptureFixture[str]) -> None:
    mixture(progress=True).fit(X)
    out, err = capfd.readouterr()
    assert out == ""
    assert re.search(r"gaussmix: start 1: 100%.* 500/500 .*log-likelihood", err)


def test_progress_true_without_tqdm(X: Floats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match="progress=True shows its bar with tqdm, which is not"):
        mixture(progress=True).fit(X)


def test_bar_is_that_of_tqdm_auto() -> None:
    """In a notebook it is tqdm's widget, elsewhere its line of text: tqdm.auto chooses."""
    tqdm_auto = pytest.importorskip("tqdm.auto")
    assert _progress.bar_class(True) is tqdm_auto.tqdm
