"""The container that a transformer returns: an array, or a data frame if a user asks for one."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Literal, Self, TypeAlias

from gaussmix._types import FeatureNames, Floats

_Container: TypeAlias = Literal["default", "pandas", "polars"]

_CONTAINERS = ("default", "pandas", "polars")


class SetOutput:
    """scikit-learn's `set_output`, without scikit-learn.

    `_sklearn_output_config` is what `clone` copies.
    """

    def set_output(self, *, transform: _Container | None = None) -> Self:
        """Says what `transform` and `fit_transform` return.

        Where it was not called, ``sklearn.set_config(transform_output=...)`` counts.

        Parameters
        ----------
        transform : {'default', 'pandas', 'polars'} or None, default=None
            An array, or a data frame of that library, which has to be installed; its columns have
            the names of `get_feature_names_out`, and a pandas frame the index of X if X has one.
            None changes nothing.

        Returns
        -------
        estimator
            The estimator itself.

        Raises
        ------
        ValueError
            For anything else.

        Examples
        --------
        >>> from gaussmix import KMeans
        >>> model = KMeans(2, random_state=0).set_output(transform="pandas")
        >>> list(model.fit_transform([[0.0], [1.0], [9.0]]).columns)
        ['kmeans0', 'kmeans1']
        """
        if transform is not None:
            _check_container(transform)
            self._sklearn_output_config = {"transform": transform}
        return self

    def get_feature_names_out(self, input_features: object = None) -> FeatureNames:
        """Returns the names of what `transform` returns."""
        raise NotImplementedError

    def _as_asked_for(self, values: Floats, X: Any) -> Any:
        """Returns what was computed of X in the container that is asked for."""
        container = self._container()
        if container == "default":
            return values
        try:
            library = importlib.import_module(container)
        except ImportError:
            raise ImportError(
                f"Setting output container to {container!r} requires {container} to be installed"
            ) from None
        names = self.get_feature_names_out().tolist()
        if container == "polars":
            return library.DataFrame(values, schema=names, orient="row")
        index = X.index if isinstance(X, library.DataFrame | library.Series) else None
        return library.DataFrame(values, index=index, columns=names)

    def _container(self) -> str:
        own = getattr(self, "_sklearn_output_config", {})
        if "transform" in own:
            return str(own["transform"])
        sklearn = sys.modules.get("sklearn")
        if sklearn is None:
            return "default"
        return _check_container(sklearn.get_config().get("transform_output", "default"))


def _check_container(container: str) -> str:
    if container not in _CONTAINERS:
        raise ValueError(f"output config must be in {list(_CONTAINERS)}, got {container!r}")
    return container
