"""The files that the command writes: what can be known to fail is said before the work is done."""

from __future__ import annotations

import argparse
import importlib.util
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gaussmix._atomic_file import replace_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PICTURES = (".png", ".pdf", ".svg")
_DPI = 150


def check_output(option: str, path: str, *inputs: str) -> None:
    """Raises if a file cannot be written at `path`, or is one of the inputs."""
    target = os.path.realpath(path)
    directory = os.path.dirname(target)
    if os.path.isdir(target):
        raise ValueError(f"{option} {path}: this is a directory")
    if not os.path.isdir(directory):
        raise ValueError(f"{option} {path}: there is no directory {directory}")
    is_device = os.path.exists(target) and not os.path.isfile(target)
    if not is_device and not os.access(directory, os.W_OK):
        raise ValueError(f"{option} {path}: no file can be written in {directory}")
    for name in inputs:
        if os.path.isfile(path) and os.path.isfile(name) and os.path.samefile(path, name):
            raise ValueError(f"{option} {path}: this would overwrite the input")


def check_model_output(options: argparse.Namespace) -> None:
    """Raises if MODEL of -o, which may be None, cannot be written to a file."""
    if options.output == "-":
        raise ValueError("-o -: a model is written to a file, not to standard output")
    if options.output is not None:
        check_output("-o", options.output, options.data)


def check_picture(
    path: str | None, output: str | None, source: str, option: str = "--plot"
) -> None:
    """Raises if a picture cannot be drawn into the file of an option, which may be None.

    `output` is the file of -o, `source` the one that is read.
    """
    if path is None:
        return
    if os.path.splitext(path)[1].lower() not in _PICTURES:
        raise ValueError(f"{option} {path}: the name must end in {' or '.join(_PICTURES)}")
    check_output(option, path, source)
    if output is not None and os.path.realpath(output) == os.path.realpath(path):
        raise ValueError(f"{option} {path}: this is the file of -o")
    if importlib.util.find_spec("matplotlib") is None:
        raise ValueError(f"{option} needs matplotlib: pip install 'gaussmix[plot]'")


def save_picture(path: str, size: tuple[float, float], draw: Callable[[Figure], Any]) -> None:
    """Writes what draw(figure) draws to a file, whole or not at all; `size` is in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    draw(figure)
    with replace_file(path) as file:
        figure.savefig(file, format=os.path.splitext(path)[1][1:].lower(), dpi=_DPI)
