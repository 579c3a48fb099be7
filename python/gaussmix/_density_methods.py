"""What a fitted mixture can be asked as a density: docs/density.md."""

from __future__ import annotations

from typing import Any, Literal, Self, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix._arrays import as_table, check_number_of_rows, check_rows
from gaussmix._core import Mixture
from gaussmix._fitted import Fitted
from gaussmix._model import Model
from gaussmix._sampling import draw_samples
from gaussmix._seeds import Generator, generator
from gaussmix._types import FeatureNames, Floats
from gaussmix.density import Divergence, MergedComponents, Modes
from gaussmix.density.arguments import (
    Limits,
    as_count,
    as_limits,
    as_order,
    as_probabilities,
    as_values,
)
from gaussmix.density.arrays import Doubles, as_dtype, in_double
from gaussmix.density.box_probability import Lattice
from gaussmix.density.cdf import estimated_cdf, exact_cdf, is_exact
from gaussmix.density.conditional import condition
from gaussmix.density.divergence import divergence
from gaussmix.density.features import (
    Feature,
    Features,
    Indices,
    check_columns,
    feature_index,
    feature_indices,
    names_at,
    other_features,
)
from gaussmix.density.gradient import score_gradient
from gaussmix.density.marginal import marginal
from gaussmix.density.merging import labels_after, merge_path
from gaussmix.density.modes import find_modes
from gaussmix.density.noise import refuse_noise
from gaussmix.density.order import permuted
from gaussmix.density.outliers import thresholds
from gaussmix.density.quantile import quantile
from gaussmix.density.regression import regress


class DensityMethods(Fitted):
    """Marginal and conditional distributions, probabilities, modes, distances, thresholds.

    A feature is named by its number, from 0, or by its name where the fit saw names. Mixtures that
    are returned are fitted ones of the same class, of the same dtype, with the names of their
    features, `n_jobs` and `random_state`. What is computed is computed in float64; a float32
    model's results are rounded to float32 in the end. Random numbers come from `random_state`, so
    that an int gives the same result each time. Every method raises NotFittedError before a fit.
    All but `modes`, `score_gradient` and `order_by` raise ValueError for a mixture with a noise
    component.
    """

    def marginal(self, features: Features) -> Self:
        """Returns the distribution of some of the features, the others being integrated out.

        Parameters
        ----------
        features : int, str or sequence of them
            The features of the new mixture, in this order; each may be there once.

        Returns
        -------
        GaussianMixture
            A new, fitted one. The components are as many, and keep their order. The covariance type
            stays, where covariances of that family remain of it, and else is that of the arrays'
            shape: 'full' or 'diag'.

        Raises
        ------
        ValueError
            For features that are not there, and for a mixture with a noise component.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters([1.0], [[1.0, 2.0]], [[4.0, 9.0]], "diag")
        >>> model.marginal([1]).means_.tolist()
        [[2.0]]
        """
        model = self._model_for("marginal")
        indices = self._indices(model, features)
        return self._of(marginal(model.mixture, indices), names_at(model.feature_names, indices))

    def condition(self, features: Features, values: ArrayLike) -> Self:
        """Returns the distribution of the other features, given the values of some.

        Parameters
        ----------
        features : int, str or sequence of them
            The features that are known, at least one, and not all.
        values : float or array-like of shape (number of `features`,)
            Their values, in the same order, finite.

        Returns
        -------
        GaussianMixture
            A new, fitted one of the other features, which stay in their order. Component j has the
            weight that `predict_proba` of ``marginal(features)`` gives it for the values, and the
            conditional mean and covariance (Bishop 2006, equations 2.81 and 2.82); the covariance
            type is as in `marginal`.

        Raises
        ------
        ValueError
            For features that are not there, values that do not fit, and for a mixture with a noise
            component.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters([1.0], [[0.0, 0.0]], [[[1.0, 0.8], [0.8, 1.0]]])
        >>> given = model.condition(0, 2.0)
        >>> given.means_.round(2).tolist(), given.covariances_.round(2).tolist()
        ([[1.6]], [[[0.36]]])
        """
        model = self._model_for("condition")
        known, rest = self._known_and_rest(model, features)
        mixture = in_double(model.mixture)
        given = condition(mixture, known, rest, as_values(values, len(known)))
        return self._of(as_dtype(given, model.mixture.dtype), names_at(model.feature_names, rest))

    @overload
    def regress(
        self, X_known: ArrayLike, features: Features, *, return_cov: Literal[True] = True
    ) -> tuple[Floats, Floats]: ...
    @overload
    def regress(
        self, X_known: ArrayLike, features: Features, *, return_cov: Literal[False]
    ) -> Floats: ...
    def regress(
        self, X_known: ArrayLike, features: Features, *, return_cov: bool = True
    ) -> tuple[Floats, Floats] | Floats:
        """Returns the conditional mean and covariance of the other features for each row.

        This is mixture regression (Ghahramani, Jordan 1994): nonlinear, with an uncertainty that
        differs from row to row. The distribution itself is that of `condition`.

        Parameters
        ----------
        X_known : array-like of shape (n_samples, number of `features`)
            The features that are known. A data frame with other column names is an error.
        features : int, str or sequence of them
            Which features the columns of X_known are; at least one, and not all.
        return_cov : bool, default=True
            Whether to compute the covariances too, for which the result has q^2 numbers a row.

        Returns
        -------
        means : ndarray of shape (n_samples, q)
            Of the q other features, in the mixture's order.
        covariances : ndarray of shape (n_samples, q, q)
            Only with `return_cov`.

        Raises
        ------
        ValueError
            For features that are not there, rows that do not fit, and for a mixture with a noise
            component.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters([1.0], [[0.0, 0.0]], [[[1.0, 0.8], [0.8, 1.0]]])
        >>> model.regress([[0.0], [2.0]], [0], return_cov=False).round(2).tolist()
        [[0.0], [1.6]]
        """
        model = self._model_for("regress")
        known, rest = self._known_and_rest(model, features)
        X = self._known_rows(model, X_known, known)
        means, covariances = regress(
            in_double(model.mixture), known, rest, X, self._n_threads(X), with_cov=return_cov
        )
        dtype = model.mixture.dtype
        means = means.astype(dtype, copy=False)
        return (means, covariances.astype(dtype, copy=False)) if return_cov else means

    @overload
    def cdf(
        self, X: ArrayLike, *, lower: ArrayLike | None = ..., n_points: int = ...,
        return_error: Literal[False] = False,
    ) -> Floats: ...  # fmt: skip
    @overload
    def cdf(
        self, X: ArrayLike, *, lower: ArrayLike | None = ..., n_points: int = ...,
        return_error: Literal[True],
    ) -> tuple[Floats, Floats]: ...  # fmt: skip
    def cdf(
        self,
        X: ArrayLike,
        *,
        lower: ArrayLike | None = None,
        n_points: int = 4096,
        return_error: bool = False,
    ) -> Floats | tuple[Floats, Floats]:
        """Returns the probability that no feature exceeds its value in X, for each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Upper limits, which may be infinite.
        lower : array-like of shape (n_samples, n_features) or (n_features,), default=None
            Lower limits: then it is the probability of the box between both. None: there are none.
        n_points : int >= 8, default=4096
            How many points the estimate of a row takes for each component, where there is one.
        return_error : bool, default=False
            Whether to return the estimates' standard errors too.

        Returns
        -------
        values : ndarray of shape (n_samples,)
            Probabilities.
        errors : ndarray of shape (n_samples,)
            Their standard errors; only with `return_error`.

        Raises
        ------
        ValueError
            For limits that do not fit, or are NaN, and for a mixture with a noise component.

        Notes
        -----
        Probabilities are exact, but for rounding, with errors of 0, for one feature, and where the
        components' features are independent (diag, spherical, and the families EII to VVI). For
        others they are estimated by quasi Monte Carlo (Genz 1992) with 8 random shifts of a
        lattice, whose spread is the error; it falls faster than 1 / sqrt(n_points).

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters([1.0], [[0.0, 0.0]], [1.0], "spherical")
        >>> model.cdf([[0.0, 0.0], [float("inf"), 0.0]]).tolist()
        [0.25, 0.5]
        """
        model = self._model_for("cdf")
        as_count(n_points, "n_points", 8)
        low, high = self._limits(model, X, lower)
        mixture = in_double(model.mixture)
        if is_exact(mixture):
            values, errors = exact_cdf(mixture, low, high), np.zeros(len(high))
        else:
            lattice = Lattice.draw(mixture.n_features - 1, n_points, self._rng())
            values, errors = estimated_cdf(mixture, low, high, lattice)
        values = values.astype(model.mixture.dtype, copy=False)
        return (values, errors.astype(values.dtype, copy=False)) if return_error else values

    def quantile(self, q: ArrayLike) -> Floats:
        """Returns the value below which the fraction q of a mixture of one feature lies.

        Parameters
        ----------
        q : float or array-like, from 0 to 1
            Fractions, of any shape.

        Returns
        -------
        float or ndarray
            Of the shape of q: the inverse of `cdf` as exactly as float64 holds it, in the tails
            too; -inf for 0 and inf for 1.

        Raises
        ------
        ValueError
            For other q, for a mixture of more features, which has no quantiles (`marginal` has
            those of one), and for one with a noise component.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters([1.0], [[10.0]], [4.0], "spherical")
        >>> model.quantile([0.5, 0.975]).round(2).tolist()
        [10.0, 13.92]
        """
        mixture = self._model_for("quantile").mixture
        if mixture.n_features != 1:
            raise ValueError(
                f"quantile is for one feature, and the mixture has {mixture.n_features}: ask "
                "marginal(feature) for it"
            )
        fractions = as_probabilities(q, ends=True)
        found = quantile(in_double(mixture), fractions.ravel()).reshape(fractions.shape)
        return found.astype(mixture.dtype, copy=False)[()]

    def modes(self) -> Modes:
        """Returns the maxima of the density that the components' means lead to.

        From each mean, it climbs the density (Carreira-Perpinan 2000); climbs that end at one point
        are one mode. Two modes are told apart if the density between them is lower by a relative
        1e-12 at least. A mixture may have maxima to which no mean leads: two components that cross
        have one more where they do (Ray, Lindsay 2005).

        Returns
        -------
        gaussmix.density.Modes
            The points, the logarithm of the density at each, the highest first, and for each
            component the number of the mode to which its mean leads.

        Raises
        ------
        NotFittedError
            If there are no parameters.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [0.5, 0.5], [[0.0], [1.0]], [1.0, 1.0], "spherical"
        ... )
        >>> model.modes().points.round(4).tolist()
        [[0.5]]
        """
        mixture = self._get_model().mixture
        points, log_density, labels = find_modes(in_double(mixture))
        dtype = mixture.dtype
        return Modes(
            points.astype(dtype, copy=False), log_density.astype(dtype, copy=False), labels
        )

    def kl(self, other: DensityMethods, *, n_samples: int = 100_000) -> Divergence:
        """Returns the Kullback-Leibler divergence of another mixture from this one, estimated.

        It is the mean of log p(x) - log q(x) for x of this mixture's density p, with q that of the
        other: how much worse the other explains rows of this one, in nats. It is not symmetric.

        Parameters
        ----------
        other : GaussianMixture
            Fitted, of the same features, with any components and covariance type.
        n_samples : int >= 2, default=100_000
            The number of rows that are drawn for the estimate.

        Returns
        -------
        gaussmix.density.Divergence
            The Monte Carlo estimate with its standard error, and the variational approximation and
            upper bound of Hershey, Olsen (2007). Between two Gaussians it is exact.

        Raises
        ------
        ValueError
            Where the features are not the same, and for mixtures with a noise component.
        TypeError
            For what is no mixture.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> p = GaussianMixture.from_parameters([1.0], [[0.0]], [1.0], "spherical")
        >>> q = GaussianMixture.from_parameters([1.0], [[2.0]], [1.0], "spherical")
        >>> p.kl(q).value
        2.0
        """
        own, compared = self._model_for("kl"), _model_of(other)
        _check_same_features(own, compared)
        p, q = in_double(own.mixture), in_double(compared.mixture)
        rows = self._draw(p, as_count(n_samples, "n_samples", 2))
        return divergence(p, q, rows, self._n_threads(rows))

    def merge(
        self,
        n_clusters: int,
        X: ArrayLike | None = None,
        *,
        sample_weight: ArrayLike | None = None,
        n_samples: int = 100_000,
    ) -> MergedComponents:
        """Merges components that overlap, until there are n_clusters clusters of them.

        A cluster that is no ellipse takes several components. In each step, those two clusters
        become one whose union lowers the entropy of the assignment of rows to clusters the most
        (Baudry, Raftery, Celeux, Lo, Gottardo 2010). The mixture stays as it is.

        Parameters
        ----------
        n_clusters : int from 1 to n_components
            How many clusters there are to be.
        X : array-like of shape (n_samples, n_features), default=None
            The rows whose assignment counts; None draws them from the mixture.
        sample_weight : array-like of shape (n_samples,), float or None, default=None
            How often each row of X counts, as in `fit`.
        n_samples : int >= 1, default=100_000
            How many rows are drawn if X is None.

        Returns
        -------
        gaussmix.density.MergedComponents
            It predicts clusters, and knows those of any other number of clusters, and the entropies
            of all.

        Raises
        ------
        ValueError
            For arguments that do not fit, and for a mixture with a noise component.

        Notes
        -----
        Memory holds the probabilities of all rows and components.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [0.3, 0.3, 0.4], [[0.0], [1.0], [9.0]], [1.0, 1.0, 1.0], "spherical", random_state=0
        ... )
        >>> model.merge(2, n_samples=1000).labels.tolist()
        [0, 0, 1]
        """
        model = self._model_for("merge")
        k = model.mixture.n_components
        n_steps = k - as_count(n_clusters, "n_clusters", 1, k)
        rows, weights = self._rows_to_merge_by(model, X, sample_weight, n_samples)
        probabilities = model.predictor.responsibilities(rows, self._n_threads(rows))
        merges, entropies = merge_path(probabilities, weights)
        labels = labels_after(merges[:n_steps], k)
        return MergedComponents(labels, merges, entropies, self._with_model(model))

    @overload
    def log_density_quantile(
        self, q: ArrayLike, *, n_samples: int = ..., return_error: Literal[False] = False
    ) -> Any: ...
    @overload
    def log_density_quantile(
        self, q: ArrayLike, *, n_samples: int = ..., return_error: Literal[True]
    ) -> tuple[Any, Any]: ...
    def log_density_quantile(
        self, q: ArrayLike, *, n_samples: int = 100_000, return_error: bool = False
    ) -> Any:
        """Returns the log-density below which the fraction q of the mixture's own mass lies.

        So it is the threshold of a detector of outliers that is to flag the fraction q of rows that
        the mixture explains: see `is_outlier`.

        Parameters
        ----------
        q : float or array-like, between 0 and 1
            Fractions, of any shape.
        n_samples : int >= 1, default=100_000
            How many rows are drawn from the mixture, whose log-densities have this quantile.
        return_error : bool, default=False
            Whether to return the threshold's standard error too.

        Returns
        -------
        thresholds : float or ndarray
            Of the shape of q. The mass below it is q on average, with a standard error of
            sqrt(q (1 - q) / n_samples).
        errors : float or ndarray
            The thresholds' standard errors; only with `return_error`.

        Raises
        ------
        ValueError
            For other q, and for a mixture with a noise component.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [1.0], [[0.0]], [1.0], "spherical", random_state=0
        ... )
        >>> threshold = model.log_density_quantile(0.05)
        >>> bool(abs(threshold - model.score_samples([[1.96]])[0]) < 0.1)
        True
        """
        model = self._model_for("log_density_quantile")
        fractions = as_probabilities(q, ends=False)
        if not fractions.size:
            return (fractions, fractions.copy()) if return_error else fractions
        rows = self._draw(model.mixture, as_count(n_samples, "n_samples"))
        log_density = model.predictor.score_samples(rows, self._n_threads(rows))
        found = thresholds(log_density, fractions.ravel())
        values, errors = (array.reshape(fractions.shape)[()] for array in found)
        return (values, errors) if return_error else values

    def is_outlier(self, X: ArrayLike, q: float, *, n_samples: int = 100_000) -> NDArray[np.bool_]:
        """Returns whether the density at each row is in the lowest fraction q.

        It is ``score_samples(X) < log_density_quantile(q)``. Where many tables are to be compared
        with one threshold, compute that once.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `predict`.
        q : float between 0 and 1
            The fraction of rows of the mixture itself that would be flagged.
        n_samples : int >= 1, default=100_000
            How many rows are drawn from the mixture to find the threshold.

        Returns
        -------
        ndarray of shape (n_samples,), bool
            True for outliers.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `score_samples` and `log_density_quantile` do.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [1.0], [[0.0]], [1.0], "spherical", random_state=0
        ... )
        >>> model.is_outlier([[0.0], [5.0]], 0.01).tolist()
        [False, True]
        """
        model = self._model_for("is_outlier")
        fraction = as_probabilities(q, ends=False)
        if fraction.ndim:
            raise ValueError(f"q should be one number between 0 and 1, but is {q!r}")
        rows = self._rows_to_score(model, X)
        threshold = self.log_density_quantile(float(fraction), n_samples=n_samples)
        return np.asarray(model.predictor.score_samples(rows, self._n_threads(rows)) < threshold)

    def score_gradient(self, X: ArrayLike) -> Floats:
        """Returns the gradient of the log-density, d log p(x) / d x, at each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `predict`.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            It is zero at a mode.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters([1.0], [[0.0]], [4.0], "spherical")
        >>> model.score_gradient([[-2.0], [0.5]]).tolist()
        [[0.5], [-0.125]]
        """
        model = self._get_model()
        rows = self._rows_to_score(model, X)
        table = np.ascontiguousarray(rows, np.float64)
        gradient = score_gradient(in_double(model.mixture), table, self._n_threads(rows))
        return gradient.astype(model.mixture.dtype, copy=False)

    def order_by(self, key: Feature | ArrayLike = "weight", *, descending: bool = False) -> Self:
        """Returns the same fitted mixture with its components in another order.

        Parameters
        ----------
        key : 'weight', a feature's int or str, or array-like of int of shape (n_components,)
            Default 'weight'. What the components are sorted by: their weight, or their mean of that
            feature; or the order itself, as the numbers of the components that are to be first,
            second and so on. A feature whose name is 'weight' goes by its number.
        descending : bool, default=False
            Whether the largest come first. Ignored for an array.

        Returns
        -------
        GaussianMixture
            A new one. Equal ones keep their order. The parameters keep their bits, and the result
            its settings and the attributes of the fit, in whose report components have their old
            numbers.

        Raises
        ------
        ValueError
            For a feature that is not there, or an array that is no order.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [0.7, 0.3], [[0.0], [5.0]], [1.0, 1.0], "spherical"
        ... )
        >>> model.order_by("weight").means_.tolist()
        [[5.0], [0.0]]
        """
        model = self._get_model()
        order = _order(model, key, descending)
        return self._with_model(model.with_mixture(permuted(model.mixture, order)))

    def predict_proba(self, X: ArrayLike) -> Floats:
        raise NotImplementedError

    def _model_for(self, what: str) -> Model:
        """The model, if it is one of Gaussian components alone."""
        model = self._get_model()
        refuse_noise(model.mixture, what)
        return model

    def _of(self, mixture: Mixture, names: FeatureNames | None) -> Self:
        """Returns a fitted estimator of a mixture that was made of this one."""
        estimator = type(self)(
            mixture.n_components,
            covariance_type=mixture.family,
            random_state=self.random_state,
            n_jobs=self.n_jobs,
        )
        estimator._model = Model.unfitted(mixture, names)
        return estimator

    def _with_model(self, model: Model) -> Self:
        """Returns an estimator of the same settings that holds `model`."""
        estimator = type(self)(**self.get_params())
        estimator._model = model
        return estimator

    def _indices(self, model: Model, features: Features) -> Indices:
        return feature_indices(features, model.feature_names, model.mixture.n_features)

    def _known_and_rest(self, model: Model, features: Features) -> tuple[Indices, Indices]:
        known = self._indices(model, features)
        return known, other_features(known, model.mixture.n_features)

    def _known_rows(self, model: Model, X_known: ArrayLike, known: Indices) -> Doubles:
        name = type(self).__name__
        check_columns(X_known, names_at(model.feature_names, known), name)
        table = as_table(X_known, name, np.float64)
        if table.shape[1] != len(known):
            raise ValueError(
                f"X_known should have a column for each of the {len(known)} features that are "
                f"known, but has {table.shape[1]}"
            )
        check_rows(table, name, names_at(model.feature_names, known))
        return np.asarray(table, np.float64)

    def _limits(self, model: Model, X: ArrayLike, lower: ArrayLike | None) -> Limits:
        table = self._table_to_score(model, X)
        check_number_of_rows(table.shape, type(self).__name__, 1)
        return as_limits(table, lower)

    def _rows_to_merge_by(
        self, model: Model, X: ArrayLike | None, sample_weight: ArrayLike | None, n_samples: int
    ) -> tuple[Floats, NDArray[np.float64] | None]:
        n = as_count(n_samples, "n_samples")
        if X is not None:
            return self._weighted_rows(self._table_to_score(model, X), sample_weight)
        if sample_weight is not None:
            raise ValueError("sample_weight is of the rows of X, but X is None")
        return self._draw(model.mixture, n), None

    def _draw(self, mixture: Mixture, n_samples: int) -> Floats:
        """Returns random rows of the mixture, (n_samples, n_features)."""
        return draw_samples(mixture, n_samples, self._rng())[0]

    def _rng(self) -> Generator:
        self._check_parameters("random_state")
        return generator(self.random_state)


def _model_of(other: DensityMethods) -> Model:
    if not isinstance(other, DensityMethods):
        raise TypeError(f"other should be a GaussianMixture, but got {other!r}")
    return other._model_for("kl")


def _check_same_features(own: Model, other: Model) -> None:
    n, m = own.mixture.n_features, other.mixture.n_features
    if n != m:
        raise ValueError(f"other should be of the same {n} features, but has {m}")
    names = (own.feature_names, other.feature_names)
    if names[0] is not None and names[1] is not None and list(names[0]) != list(names[1]):
        raise ValueError(
            f"other should have the features {list(names[0])}, but has {list(names[1])}"
        )


def _order(model: Model, key: Feature | ArrayLike, descending: bool) -> Indices:
    """Returns the numbers of the components in the order of `order_by`."""
    mixture = model.mixture
    if not isinstance(key, str | int | np.integer):
        return as_order(key, mixture.n_components)
    if isinstance(key, str) and key == "weight":
        values = mixture.weights
    else:
        index = feature_index(key, model.feature_names, mixture.n_features)
        values = mixture.means[:, index]
    return np.argsort(-values if descending else values, kind="stable")
