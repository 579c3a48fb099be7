"""EM in its verbs, for whoever brings an engine of his own: docs/statistics.md."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix import _core
from gaussmix._arrays import (
    as_known_labels,
    as_sample_weight,
    check_finite,
    drop_weightless,
)
from gaussmix._core import Statistics
from gaussmix._density_methods import DensityMethods
from gaussmix._fit import check_same_parameters
from gaussmix._model import Model
from gaussmix._noise import first_share
from gaussmix._prior import as_prior
from gaussmix._threads import n_threads
from gaussmix._types import Floats


class EmVerbs(DensityMethods):
    """One E-step, one M-step, and both."""

    def expect(
        self,
        X: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        known_labels: ArrayLike | None = None,
    ) -> Statistics:
        """Returns what an M-step has to know of the rows of X under this mixture: the E-step.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Any number of rows; of none, or of weight 0, there are statistics of no rows.
        sample_weight : array-like of shape (n_samples,), float or None, default=None
            As in `fit`, but all may be 0.
        known_labels : array-like of int of shape (n_samples,) or None, default=None
            As in `fit`.

        Returns
        -------
        gaussmix.Statistics
            Those of two sets of rows add up to those of their union. The estimator stays as it is.

        Raises
        ------
        NotFittedError
            If there are no parameters.
        ValueError, TypeError
            For rows that the mixture cannot score.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [0.5, 0.5], [[0.0], [5.0]], [1.0, 1.0], "spherical"
        ... )
        >>> statistics = model.expect([[0.0], [1.0]]) + model.expect([[9.0]])
        >>> statistics.row_weight
        3.0
        """
        model = self._get_model()
        table, weights, labels = self._rows_to_expect(model, X, sample_weight, known_labels)
        self._check_parameters("n_jobs")
        return _core.expect(
            table,
            model.mixture,
            sample_weight=weights,
            known_labels=labels,
            n_threads=n_threads(self.n_jobs),
        )

    def maximize(self, statistics: Statistics) -> Self:
        """Returns the estimator that an M-step makes from statistics; this one stays as it is.

        Parameters
        ----------
        statistics : gaussmix.Statistics
            What `expect` of this estimator returned, merged with others of the same.

        Returns
        -------
        GaussianMixture
            With the parameters of this one; `lower_bound_` and `lower_bounds_` are those of the
            statistics, that is before the M-step, `n_iter_` counts one iteration more, and
            `converged_` says whether the bound changed by less than `tol`.

        Raises
        ------
        ValueError
            For statistics of no rows, of other sizes or without the scatter that the covariances
            need, and for parameters that were changed so that the mixture is not of them.
        TypeError
            For what are no statistics.

        Notes
        -----
        The rows that a prior's defaults are taken from are those of the statistics; with noise,
        which has rows that no component has, `prior` needs 'mean' and 'scale'. An estimator without
        parameters makes its first M-step, without noise.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [0.5, 0.5], [[0.0], [5.0]], [1.0, 1.0], "spherical"
        ... )
        >>> after = model.maximize(model.expect([[0.0], [1.0], [8.0], [9.0]]))
        >>> after.means_.round(2).tolist()
        [[0.5], [8.5]]
        """
        self._check_parameters()
        if not isinstance(statistics, Statistics):
            raise TypeError(
                f"statistics must be gaussmix.Statistics, as `expect` returns, but is "
                f"{type(statistics).__name__}"
            )
        before = self._model
        self._check_goes_on(statistics, before)
        result = _core.maximize(
            statistics,
            covariance_type=self.covariance_type,
            tol=self.tol,
            reg_covar=self.reg_covar,
            degenerate=self.degenerate,
            prior=as_prior(self.prior, self.covariance_type, statistics.n_features),
            previous=None if before is None else before.result,
            n_threads=n_threads(self.n_jobs),
        )
        estimator = type(self)(**self.get_params())
        estimator._model = Model(result, None if before is None else before.feature_names)
        estimator.fit_report_.log_repairs(since=result.n_iter)
        return estimator

    def step(
        self,
        X: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        known_labels: ArrayLike | None = None,
    ) -> Self:
        """Returns the estimator after one iteration of EM: `maximize` of what `expect` returns.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `expect`.
        sample_weight : array-like of shape (n_samples,), float or None, default=None
            As in `expect`.
        known_labels : array-like of int of shape (n_samples,) or None, default=None
            As in `expect`.

        Returns
        -------
        GaussianMixture
            A new one; this one stays as it is.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `expect` and `maximize` do.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [0.5, 0.5], [[0.0], [5.0]], [1.0, 1.0], "spherical"
        ... )
        >>> model.step([[0.0], [1.0], [8.0], [9.0]]).n_iter_
        1
        """
        return self.maximize(self.expect(X, sample_weight, known_labels=known_labels))

    def _check_goes_on(self, statistics: Statistics, before: Model | None) -> None:
        if before is not None:
            check_same_parameters(before.mixture, self)
        elif first_share(self.noise) is not None:
            raise ValueError(
                "a first M-step makes no noise component, which needs a box: begin with an "
                "estimator that has one, from `fit` with max_iter=0 or `from_parameters`"
            )
        k = self.n_components if before is None else before.mixture.n_components
        d = statistics.n_features if before is None else before.mixture.n_features
        if (statistics.n_components, statistics.n_features) != (k, d):
            raise ValueError(
                f"statistics must be of {k} components and {d} features, as {type(self).__name__} "
                f"is, but are of {statistics.n_components} and {statistics.n_features}"
            )

    def _rows_to_expect(
        self,
        model: Model,
        X: ArrayLike,
        sample_weight: ArrayLike | None,
        known_labels: ArrayLike | None,
    ) -> tuple[Floats, NDArray[np.float64] | None, NDArray[np.int32] | None]:
        """Returns the rows that count, their weights, and their labels."""
        table = self._table_to_score(model, X)
        mixture = model.mixture
        labels = as_known_labels(
            known_labels, len(table), mixture.n_components, noise=mixture.noise is not None
        )
        weights = as_sample_weight(sample_weight, len(table), all_zero=True)
        if weights is not None and labels is not None:
            labels = np.ascontiguousarray(labels[weights > 0])
        rows, weights = drop_weightless(table, weights)
        check_finite(rows, "X", type(self).__name__, model.feature_names)
        return rows, weights, labels
