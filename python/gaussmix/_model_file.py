"""Model files: the core reads and writes them, docs/model-file.md describes them.

A file holds a mixture, how it was found, and those parameters of the constructor that a file can
hold: no callables, no random generators.
"""

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gaussmix import _core
from gaussmix._constraints import CONSTRAINTS, SEED_MAX, check_parameters
from gaussmix._core import FitSummary
from gaussmix._model import Model
from gaussmix._types import FeatureNames

Source: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview
"""A path, or the content of a file."""

_ARRAYS = ("weights_init", "means_init", "precisions_init")


class Content(NamedTuple):
    """What a model file holds."""

    model: Model
    params: dict[str, Any]
    summary: FitSummary | None


def to_bytes(model: Model, params: Mapping[str, Any], summary: FitSummary | None = None) -> bytes:
    """Returns the bytes of a model file; parameters that it cannot hold are left out."""
    names = [] if model.feature_names is None else list(model.feature_names)
    encoded = [name.encode("utf-8", "surrogatepass") for name in names]
    plain = {name: _to_plain(name, value) for name, value in params.items()}
    text = json.dumps({name: value for name, value in plain.items() if value is not None})
    return _core.model_bytes(model.result, encoded, text, summary)


def read(source: Source) -> Content:
    """Returns the content of the file at a path, or of the bytes of one.

    Raises OSError if the file cannot be read, ValueError for what is no sound model file.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        saved = _core.load_bytes(bytes(source))
    else:
        saved = _core.load_path(os.fsencode(source))
    mixture = saved.fit.mixture
    params = {"n_components": mixture.n_components, "covariance_type": mixture.covariance_type}
    params |= _read_params(saved.parameters)
    names = [name.decode("utf-8", "surrogatepass") for name in saved.feature_names]
    feature_names: FeatureNames | None = np.array(names, dtype=object) if names else None
    return Content(Model(saved.fit, feature_names), params, saved.summary)


def _to_plain(name: str, value: Any) -> Any:
    """Returns the parameter as JSON can hold it; None for one that is None or cannot be held."""
    if name in _ARRAYS:
        return _to_list(value)
    if isinstance(value, np.generic):
        value = value.item()
    sound = name in CONSTRAINTS and CONSTRAINTS[name].accepts(value)
    short = isinstance(value, str | float) or (isinstance(value, int) and abs(value) <= SEED_MAX)
    return value if sound and short else None


def _to_list(array: Any) -> Any:
    if array is None:
        return None
    try:
        floats = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    return floats.tolist() if np.isfinite(floats).all() else None


def _read_params(text: str) -> dict[str, Any]:
    """Returns the constructor's parameters in the JSON object `text`, which the core has checked.

    Parameters that this version does not have are ignored.
    """
    found = json.loads(text)
    arrays = {name: found[name] for name in _ARRAYS if found.get(name) is not None}
    params = {name: found[name] for name in CONSTRAINTS if name in found}
    try:
        check_parameters(params, "the model file")
        return params | {name: np.array(value, dtype=np.float64) for name, value in arrays.items()}
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"The model file's parameters are unsound: {error}") from error
