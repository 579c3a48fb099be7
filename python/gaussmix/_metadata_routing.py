"""scikit-learn's metadata routing: what a pipeline passes on to which methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeAlias

Request: TypeAlias = bool | str | None

UNCHANGED = "$UNCHANGED$"  # as in sklearn.utils.metadata_routing


class MetadataRouting:
    """The requests of an estimator; `_metadata_request`, once set, is what `clone` copies."""

    _fit_metadata: tuple[str, ...] = ("sample_weight",)  # what `fit` takes besides X and y

    def get_metadata_routing(self) -> Any:
        """Returns what a pipeline or a search passes on; needs scikit-learn.

        Returns
        -------
        sklearn.utils.metadata_routing.MetadataRequest
            A copy of what was requested.

        Raises
        ------
        ImportError
            Without scikit-learn.

        Examples
        --------
        >>> from gaussmix import KMeans
        >>> KMeans().get_metadata_routing().score.requests
        {'sample_weight': None}
        """
        from sklearn.utils import metadata_routing  # type: ignore[import-untyped]

        if hasattr(self, "_metadata_request"):
            return metadata_routing.get_routing_for_object(self._metadata_request)
        requests = metadata_routing.MetadataRequest(owner=type(self).__name__)
        for param in self._fit_metadata:
            requests.fit.add_request(param=param, alias=None)
        if hasattr(requests, "partial_fit") and hasattr(self, "partial_fit"):
            requests.partial_fit.add_request(param="sample_weight", alias=None)
        requests.score.add_request(param="sample_weight", alias=None)
        return requests

    def set_fit_request(self, *, sample_weight: Request = UNCHANGED) -> Self:
        """Says whether a pipeline or a search passes `sample_weight` on to `fit`.

        Parameters
        ----------
        sample_weight : bool, None or str
            True: it is passed on if it is there. False: it is not. None, which holds from the
            beginning: it is an error if it is there. A str: it is passed on if it is there under
            that name. Left out, what was requested stays.

        Returns
        -------
        estimator
            The estimator itself.

        Raises
        ------
        RuntimeError
            Unless ``sklearn.set_config(enable_metadata_routing=True)`` was called.

        Examples
        --------
        >>> import sklearn
        >>> from gaussmix import KMeans
        >>> with sklearn.config_context(enable_metadata_routing=True):
        ...     model = KMeans().set_fit_request(sample_weight=True)
        >>> model.get_metadata_routing().fit.requests
        {'sample_weight': True}
        """
        return self._request("fit", {"sample_weight": sample_weight})

    def set_score_request(self, *, sample_weight: Request = UNCHANGED) -> Self:
        """Says whether a pipeline or a search passes `sample_weight` on to `score`.

        Parameters
        ----------
        sample_weight : bool, None or str
            As in `set_fit_request`.

        Returns
        -------
        estimator
            The estimator itself.

        Raises
        ------
        RuntimeError
            As `set_fit_request` does.

        Examples
        --------
        >>> import sklearn
        >>> from gaussmix import KMeans
        >>> with sklearn.config_context(enable_metadata_routing=True):
        ...     model = KMeans().set_score_request(sample_weight="weight")
        >>> model.get_metadata_routing().score.requests
        {'sample_weight': 'weight'}
        """
        return self._request("score", {"sample_weight": sample_weight})

    def _request(self, method: str, asked: Mapping[str, Request]) -> Self:
        import sklearn  # type: ignore[import-untyped]

        if not sklearn.get_config().get("enable_metadata_routing", False):
            raise RuntimeError(
                "This method is only available when metadata routing is enabled. You can enable "
                "it using sklearn.set_config(enable_metadata_routing=True)."
            )
        requests = self.get_metadata_routing()
        for param, alias in asked.items():
            if alias != UNCHANGED:
                getattr(requests, method).add_request(param=param, alias=alias)
        self._metadata_request = requests
        return self
