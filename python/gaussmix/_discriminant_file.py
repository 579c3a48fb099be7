"""Files of classifiers: a model file of the joint mixture, with the classes besides.

The core reads and writes which class each component is of; the text `classes`, which
docs/model-file.md describes, is read and written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaussmix import _core, _fit_history, _json_text
from gaussmix._class_labels import plain_labels, read_labels
from gaussmix._constraints import DISCRIMINANT_CONSTRAINTS, check_parameters
from gaussmix._core import FitResult, Mixture, SavedModel
from gaussmix._discriminant import Discriminant
from gaussmix._families import LAYOUTS
from gaussmix._model_file import Source, names_text, read_feature_names, saved_in, to_plain
from gaussmix._types import CovarianceType

_BY_CLASS = ("n_components", "covariance_type")


class Content(NamedTuple):
    """What the file of a classifier holds."""

    model: Discriminant
    params: dict[str, Any]


def to_bytes(model: Discriminant, params: Mapping[str, Any]) -> bytes:
    """Returns the bytes of a file; parameters that it cannot hold are left out.

    Raises ValueError for labels that it cannot hold.
    """
    text = _json_text.dumps(
        {
            **plain_labels(model.classes),
            "priors": model.priors.tolist(),
            "weights": model.weights.tolist(),
            "covariance_types": list(model.covariance_types),
            "fits": [_fit_history.to_plain(result) for result in dict.fromkeys(model.results)],
            "parameters": _plain_params(params, model.classes),
        }
    )
    names = names_text(model.feature_names)
    component_classes = model.component_classes.tolist()
    return _core.model_bytes(model.mixture, names, "", "", text, component_classes)


def read(source: Source) -> Content:
    """Returns the content of a classifier's file, by its path or its bytes.

    Raises OSError if the file cannot be read, ValueError for what is no sound file of a classifier.
    """
    with saved_in(source) as saved:
        return content_of(saved)


def content_of(saved: SavedModel) -> Content:
    """Returns the classifier of a file with classes; ValueError for texts that are unsound.

    Of what a file does not say, as one that C++ wrote, classes are called 0, 1, ..., and the rest
    follows from the mixture.
    """
    text = _json_text.loads_object(saved.classes, "classes") if saved.classes else {}
    mixture, component_classes = saved.mixture, np.array(saved.component_classes, np.int32)
    n_classes = int(component_classes.max()) + 1
    classes = read_labels(text, n_classes)
    priors, weights = _probabilities(text, mixture, component_classes)
    model = Discriminant(
        classes,
        priors,
        mixture,
        component_classes,
        weights.astype(mixture.dtype),
        _covariance_types(text, mixture, n_classes),
        _results(text, mixture, n_classes),
        read_feature_names(saved),
    )
    return Content(model, _params(text, classes))


def _probabilities(
    text: Mapping[str, Any], mixture: Mixture, component_classes: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns the classes' probabilities, and the components' weights in their classes."""
    joint = mixture.weights.astype(np.float64)
    priors = np.bincount(component_classes, joint).astype(np.float64)
    own = np.bincount(component_classes)[component_classes]
    of_class = priors[component_classes]
    weights = np.divide(joint, of_class, out=1 / own, where=of_class > 0)
    if "priors" in text or "weights" in text:
        priors = _numbers(text, "priors", len(priors))
        weights = _numbers(text, "weights", len(weights))
        if np.abs(priors[component_classes] * weights - joint).max() > 1e-5:
            raise ValueError("its classes have priors and weights that are not the mixture's")
        if np.abs(np.bincount(component_classes, weights) - 1).max() > 1e-5:
            raise ValueError("the weights of a class should sum to 1")
    return priors, weights


def _covariance_types(
    text: Mapping[str, Any], mixture: Mixture, n_classes: int
) -> list[CovarianceType]:
    """Returns the classes' types, each of which the mixture's arrays hold covariances of."""
    types: Any = text.get("covariance_types", [mixture.family] * n_classes)
    if not isinstance(types, list) or len(types) != n_classes:
        raise ValueError(f"classes.covariance_types should be {n_classes} strings")
    for name in types:
        layout = LAYOUTS.get(name) if isinstance(name, str) else None  # type: ignore[call-overload]
        stored = mixture.covariance_type
        if layout is None or (layout != stored and stored != "full"):
            raise ValueError(f"a class has covariance_type {name!r}, and the mixture {stored!r}")
    found: list[CovarianceType] = types
    return found


def _results(text: Mapping[str, Any], mixture: Mixture, n_classes: int) -> list[FitResult]:
    """Returns how the fits of the classes went: one for all, or one for each."""
    fits = text.get("fits", [])
    if not isinstance(fits, list) or len(fits) not in (0, 1, n_classes):
        raise ValueError(f"classes.fits should be none, one, or {n_classes} objects")
    results = [
        _fit_history.from_plain(fit, mixture, f"classes.fits[{i}]")[0] for i, fit in enumerate(fits)
    ] or [FitResult(mixture)]
    return results if len(results) == n_classes else results * n_classes


def _numbers(text: Mapping[str, Any], key: str, length: int) -> NDArray[np.float64]:
    values: Any = text.get(key)
    sound = isinstance(values, list) and len(values) == length
    if not sound or not all(type(v) in (int, float) and 0 <= v <= 1 for v in values):
        raise ValueError(f"classes.{key} should be {length} numbers from 0 to 1")
    return np.array(values, np.float64)


def _plain_params(params: Mapping[str, Any], classes: NDArray[Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, value in params.items():
        if name == "priors" and value is not None:
            value = np.asarray(value, np.float64).tolist()
        elif name in _BY_CLASS and isinstance(value, Mapping):
            value = {"by_class": [_item(value[label]) for label in classes.tolist()]}
        elif name in _BY_CLASS:
            value = [_item(v) for v in value] if not np.isscalar(value) else _item(value)
        else:
            value = to_plain(name, value)
        if value is not None:
            plain[name] = value
    return plain


def _item(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _params(text: Mapping[str, Any], classes: NDArray[Any]) -> dict[str, Any]:
    """Returns the constructor's parameters; those that this version does not have are ignored."""
    given = text.get("parameters", {})
    if not isinstance(given, dict):
        raise ValueError("classes.parameters should be an object")
    params = {name: given[name] for name in DISCRIMINANT_CONSTRAINTS if name in given}
    for name in _BY_CLASS:
        value = params.get(name)
        if isinstance(value, dict):
            values = value.get("by_class")
            if not isinstance(values, list) or len(values) != len(classes):
                raise ValueError(f"classes.parameters.{name} should have a value for each class")
            params[name] = dict(zip(classes.tolist(), values, strict=True))
    try:
        check_parameters(params, "the model file", DISCRIMINANT_CONSTRAINTS)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"its parameters are unsound: {error}") from error
    if given.get("priors") is not None:
        params["priors"] = _numbers(given, "priors", len(classes))
    return params
