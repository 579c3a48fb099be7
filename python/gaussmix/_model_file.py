"""Model files: docs/model-file.md describes them.

The core reads and writes the mixture, and carries texts that are read and written here: how the
mixture was found, names of its features, and those parameters of the constructor that a file can
hold, which are no callables and no random generators.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gaussmix import _core, _fit_history, _json_text
from gaussmix._constraints import CONSTRAINTS, SEED_MAX, check_parameters
from gaussmix._core import FitResult, SavedModel
from gaussmix._fit_history import FitSummary
from gaussmix._model import Model
from gaussmix._prior import plain_prior
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
    names = names_text(model.feature_names)
    plain = {name: to_plain(name, value) for name, value in params.items()}
    parameters = json.dumps({name: value for name, value in plain.items() if value is not None})
    history = _fit_history.to_json(model.result, summary)
    return _core.model_bytes(model.mixture, names, history, parameters)


def read(source: Source) -> Content:
    """Returns the content of the file at a path, or of the bytes of one.

    Raises OSError if the file cannot be read, ValueError for what is no sound model file.
    """
    with saved_in(source) as saved:
        return content_of(saved)


@contextmanager
def saved_in(source: Source) -> Iterator[SavedModel]:
    """Yields what a file holds, its texts unread; ValueErrors of the block name the file."""
    if isinstance(source, bytes | bytearray | memoryview):
        saved, name = _core.load_bytes(bytes(source)), "this"
    else:
        path = os.fsencode(source)
        saved, name = _core.load_path(path), os.fsdecode(path)
    try:
        yield saved
    except ValueError as error:
        raise ValueError(f"{name} is not a usable model file: {error}") from error


def content_of(saved: SavedModel) -> Content:
    """Returns the mixture of a file, whether or not it has classes, and its history."""
    mixture = saved.mixture
    result, summary = FitResult(mixture), None
    feature_names = read_feature_names(saved)
    if saved.fit:
        result, summary = _fit_history.from_json(saved.fit, mixture)
    params: dict[str, Any] = {
        "n_components": mixture.n_components,
        "covariance_type": mixture.family,
    }
    if mixture.noise is not None:
        params["noise"] = True
    if saved.parameters:
        params |= _read_params(saved.parameters)
    return Content(Model(result, feature_names), params, summary)


def read_feature_names(saved: SavedModel) -> FeatureNames | None:
    """Returns the names of the columns, or None if the file has none."""
    if not saved.feature_names:
        return None
    names, n_features = (
        _json_text.loads(saved.feature_names, "feature_names"),
        saved.mixture.n_features,
    )
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("feature_names should be a JSON array of strings")
    if len(names) != n_features:
        raise ValueError(f"it has {len(names)} feature_names for {n_features} features")
    return np.array(names, dtype=object)


def names_text(feature_names: FeatureNames | None) -> str:
    """Returns the text of the columns' names."""
    return "" if feature_names is None else _json_text.dumps(list(feature_names))


def to_plain(name: str, value: Any) -> Any:
    """Returns the parameter as JSON can hold it; None for one that is None or cannot be held."""
    if name in _ARRAYS:
        return _to_list(value)
    if isinstance(value, np.generic):
        value = value.item()
    sound = name in CONSTRAINTS and CONSTRAINTS[name].accepts(value)
    if name == "prior":
        return plain_prior(value) if sound else None
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
    """Returns the constructor's parameters; those that this version does not have are ignored."""
    found = _json_text.loads_object(text, "parameters")
    arrays = {name: found[name] for name in _ARRAYS if found.get(name) is not None}
    params = {name: found[name] for name in CONSTRAINTS if name in found}
    try:
        check_parameters(params, "the model file")
        return params | {name: np.array(value, dtype=np.float64) for name, value in arrays.items()}
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"its parameters are unsound: {error}") from error
