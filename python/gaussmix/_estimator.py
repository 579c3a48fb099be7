"""The part of an estimator that other libraries call: parameters, repr, tags."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self
from weakref import WeakKeyDictionary

import numpy as np

from gaussmix import exceptions
from gaussmix._callbacks import CallbackSupport
from gaussmix._constraints import CONSTRAINTS, Constraint, check_parameters
from gaussmix._html.estimator import estimator as estimator_html
from gaussmix._metadata_routing import MetadataRouting

_DEFAULTS: WeakKeyDictionary[type, dict[str, Any]] = WeakKeyDictionary()


class Estimator(MetadataRouting, CallbackSupport):
    """What scikit-learn expects of an estimator, without scikit-learn.

    The parameters are the arguments of the constructor, each stored under its name.
    """

    _estimator_type: str  # as scikit-learn's tags call it
    _constraints: ClassVar[Mapping[str, Constraint]] = CONSTRAINTS

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Returns the constructor's parameters by name.

        Parameters
        ----------
        deep : bool, default=True
            Has no effect: none is nested.

        Returns
        -------
        dict
            The value of each parameter, as it was given.

        Examples
        --------
        >>> from gaussmix import KMeans
        >>> KMeans(3).get_params()["n_clusters"]
        3
        """
        return {name: getattr(self, name) for name in _defaults(type(self))}

    def set_params(self, **params: Any) -> Self:
        """Sets constructor parameters by name.

        The values are checked when they are used.

        Parameters
        ----------
        **params
            New values, by name.

        Returns
        -------
        estimator
            The estimator itself.

        Raises
        ------
        ValueError
            For a name that is no parameter; then none is set.

        Examples
        --------
        >>> from gaussmix import KMeans
        >>> KMeans().set_params(n_clusters=3)
        KMeans(n_clusters=3)
        """
        valid = list(_defaults(type(self)))
        for name in params:
            if name not in valid:
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {self}. "
                    f"Valid parameters are: {valid!r}."
                )
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        params = self.get_params()
        shown = [f"{name}={' '.join(repr(params[name]).split())}" for name in self._changed()]
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_html_(self) -> str | None:
        """What a notebook shows; None where scikit-learn is set to display text."""
        found = self._found_html() if self.__sklearn_is_fitted__() else ()
        return estimator_html(self, self.get_params(), self._changed(), found)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, str]:
        html = self._repr_html_()
        return {"text/plain": repr(self)} | ({} if html is None else {"text/html": html})

    def _found_html(self) -> Sequence[str]:
        """Returns sections of HTML about the fit."""
        raise NotImplementedError

    def __sklearn_is_fitted__(self) -> bool:
        raise NotImplementedError

    def _changed(self) -> list[str]:
        """Returns the names of parameters that differ from their defaults."""
        defaults = _defaults(type(self))
        params = self.get_params()
        return [name for name in params if not _same(params[name], defaults[name])]

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import Tags, TargetTags  # type: ignore[import-untyped]

        return Tags(estimator_type=self._estimator_type, target_tags=TargetTags(required=False))

    def _check_parameters(self, *names: str) -> None:
        """Raises ValueError if one of these parameters is invalid; without names, if any is."""
        params = {name: getattr(self, name) for name in names} or self.get_params()
        check_parameters(params, type(self).__name__, self._constraints)

    def _not_fitted(self) -> Exception:
        return exceptions.NotFittedError(
            f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with "
            "appropriate arguments before using this estimator."
        )


def _defaults(estimator_class: type) -> dict[str, Any]:
    # Kept, since to look at a signature takes longer than a small fit.
    known = _DEFAULTS.get(estimator_class)
    if known is None:
        parameters = inspect.signature(estimator_class).parameters
        known = {name: parameter.default for name, parameter in parameters.items()}
        _DEFAULTS[estimator_class] = known
    return known


def _same(value: Any, default: Any) -> bool:
    if value is default:
        return True
    simple = isinstance(value, str | int | float | np.generic)
    return simple and type(value) is type(default) and bool(value == default)
