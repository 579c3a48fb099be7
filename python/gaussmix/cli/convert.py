"""convert: a model in the form that other programs read."""

from __future__ import annotations

import argparse
import io
import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from gaussmix._atomic_file import replace_file
from gaussmix._load import load
from gaussmix.cli.files import check_output
from gaussmix.cli.model_rows import Model, mixture_of, names_of
from gaussmix.discriminant import MixtureDiscriminant


def convert(options: argparse.Namespace) -> None:
    """Writes MODEL to OUT as its name says: .onnx, .npz or .json."""
    ending = os.path.splitext(options.output)[1]
    if ending not in _WRITERS:
        raise ValueError(f"{options.output}: the name must end in {' or '.join(_WRITERS)}")
    if options.single and ending != ".onnx":
        raise ValueError(f"--float32 is for .onnx: {ending} has the numbers of the model")
    check_output("OUT", options.output, options.model)
    content = _WRITERS[ending](load(options.model), options)
    with replace_file(options.output) as file:
        file.write(content)


def _onnx(model: Model, options: argparse.Namespace) -> bytes:
    if isinstance(model, MixtureDiscriminant):
        raise ValueError(f"{options.model} is a classifier, and ONNX is written of mixtures alone")
    onnx = model.to_onnx(dtype=np.float32 if options.single else np.float64)
    content: bytes = onnx.SerializeToString()
    return content


def _npz(model: Model, options: argparse.Namespace) -> bytes:
    arrays = {name: value for name, value in _parameters(model).items() if value is not None}
    box = arrays.pop("noise_box", {})
    arrays |= {f"noise_{name}": value for name, value in box.items()}
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    return content.getvalue()


def _json(model: Model, options: argparse.Namespace) -> bytes:
    return (json.dumps(_parameters(model), default=_plain, indent=1) + "\n").encode()


_WRITERS: dict[str, Callable[[Model, argparse.Namespace], bytes]] = {
    ".onnx": _onnx,
    ".npz": _npz,
    ".json": _json,
}


def _parameters(model: Model) -> dict[str, Any]:
    """Returns what GaussianMixture.from_parameters takes, and of a classifier its classes."""
    mixture = mixture_of(model)
    box = mixture.noise_box_
    parameters: dict[str, Any] = {
        "covariance_type": mixture.covariance_type,
        "feature_names": names_of(model),
        "weights": mixture.weights_,
        "means": mixture.means_,
        "covariances": mixture.covariances_,
    }
    if box is not None:
        parameters |= {"noise_weight": mixture.noise_weight_, "noise_box": box._asdict()}
    if isinstance(model, MixtureDiscriminant):
        parameters |= {
            "classes": model.classes_,
            "priors": model.priors_,
            "component_classes": model.component_classes_,
        }
    return parameters


def _plain(value: Any) -> Any:
    return value.tolist()
