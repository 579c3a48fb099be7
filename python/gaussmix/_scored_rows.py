"""What estimators share whose model scores rows: the model itself, its pickles, rows for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix._arrays import as_sample_weight, check_rows, drop_weightless
from gaussmix._core import Mixture, Predictor
from gaussmix._estimator import Estimator
from gaussmix._feature_names import known_names, table_like_the_fits
from gaussmix._threads import n_threads
from gaussmix._types import FeatureNames, Floats

PICKLE_FORMAT = 2


class ScoringModel(Protocol):
    """What an estimator's model has: a mixture of the rows, and the names of their columns."""

    @property
    def mixture(self) -> Mixture: ...
    @property
    def predictor(self) -> Predictor: ...
    @property
    def feature_names(self) -> FeatureNames | None: ...


ModelT = TypeVar("ModelT", bound=ScoringModel)


class ScoredRows(Estimator, Generic[ModelT]):
    """An estimator with a model, whose methods take rows like those that it was fitted to.

    A class that derives from it says how its model becomes part of a pickle, and back.
    """

    n_jobs: int | None
    _model: ModelT | None = None

    @property
    def n_features_in_(self) -> int:
        """The number of columns."""
        return self._get_model().mixture.n_features

    @property
    def feature_names_in_(self) -> FeatureNames:
        """The names of the columns; only there if the fit saw a data frame."""
        return known_names(self._get_model().feature_names, type(self).__name__)

    def _model_to_state(self, model: ModelT) -> dict[str, Any]:
        """Returns what a pickle holds of the model: 'model', its bytes, and what else there is."""
        raise NotImplementedError

    def _model_from_state(self, state: Mapping[str, Any]) -> ModelT:
        """Returns the model of a pickle that holds one."""
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        attributes = {name: value for name, value in vars(self).items() if name != "_model"}
        model = self._model
        content = {"model": None} if model is None else self._model_to_state(model)
        return {"format": PICKLE_FORMAT, "attributes": attributes, **content}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        if state["format"] != PICKLE_FORMAT:
            raise ValueError(
                f"The pickle has format {state['format']}, this version of gaussmix reads format "
                f"{PICKLE_FORMAT}: load it with the gaussmix that wrote it"
            )
        vars(self).update(state["attributes"])
        if state["model"] is not None:
            self._model = self._model_from_state(state)

    def __sklearn_is_fitted__(self) -> bool:
        return self._model is not None

    def _get_model(self) -> ModelT:
        if self._model is None:
            raise self._not_fitted()
        return self._model

    def _n_threads(self, table: Floats) -> int:
        if self.n_jobs is None and len(table) == 1:
            return 1  # to ask for the cores takes longer than to score one row
        self._check_parameters("n_jobs")
        return n_threads(self.n_jobs)

    def _table_to_score(self, model: ModelT, X: ArrayLike) -> Floats:
        """Returns X as a table like the fit's, (n_samples, n_features), whatever it holds."""
        mixture = model.mixture
        return table_like_the_fits(
            X, model.feature_names, mixture.n_features, mixture.dtype, type(self).__name__
        )

    def _rows_to_score(self, model: ModelT, X: ArrayLike) -> Floats:
        """Returns X as a table like the fit's, with at least one row and finite."""
        if model.feature_names is None and model.predictor.takes(X):
            return X  # type: ignore[return-value]
        table = self._table_to_score(model, X)
        check_rows(table, type(self).__name__, model.feature_names)
        return table

    def _weighted_rows(
        self, table: Floats, sample_weight: ArrayLike | None
    ) -> tuple[Floats, NDArray[np.float64] | None]:
        """Returns the rows that count, and their weights."""
        weights = as_sample_weight(sample_weight, table.shape[0])
        rows, weights = drop_weightless(table, weights)
        check_rows(rows, type(self).__name__, self._get_model().feature_names)
        return rows, weights
