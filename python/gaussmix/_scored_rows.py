"""How the rows that a caller passes to a fitted estimator are read."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix._arrays import as_sample_weight, check_rows, drop_weightless
from gaussmix._constraints import check_parameters
from gaussmix._feature_names import table_like_the_fits
from gaussmix._fitted import Fitted
from gaussmix._model import Model
from gaussmix._threads import n_threads
from gaussmix._types import Floats


class ScoredRows(Fitted):
    """An estimator whose methods take rows like those that it was fitted to."""

    def _n_threads(self, table: Floats) -> int:
        if self.n_jobs is None and len(table) == 1:
            return 1  # to ask for the cores takes longer than to score one row
        check_parameters({"n_jobs": self.n_jobs}, type(self).__name__)
        return n_threads(self.n_jobs)

    def _table_to_score(self, model: Model, X: ArrayLike) -> Floats:
        mixture = model.mixture
        return table_like_the_fits(
            X, model.feature_names, mixture.n_features, mixture.dtype, type(self).__name__
        )

    def _rows_to_score(self, model: Model, X: ArrayLike) -> Floats:
        if model.feature_names is None and model.predictor.takes(X):
            return X  # type: ignore[return-value]
        table = self._table_to_score(model, X)
        check_rows(table, type(self).__name__)
        return table

    def _weighted_rows(
        self, table: Floats, sample_weight: ArrayLike | None
    ) -> tuple[Floats, NDArray[np.float64] | None]:
        """The rows that count, and their weights."""
        weights = as_sample_weight(sample_weight, table.shape[0])
        rows, weights = drop_weightless(table, weights)
        check_rows(rows, type(self).__name__)
        return rows, weights
