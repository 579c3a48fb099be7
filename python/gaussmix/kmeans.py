"""The k-means estimator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix import _core
from gaussmix._arrays import as_sample_weight, as_table, check_rows, drop_weightless
from gaussmix._callbacks import fit_task
from gaussmix._clusters import Clusters, Init, find_clusters
from gaussmix._constraints import KMEANS_CONSTRAINTS
from gaussmix._estimator import Estimator
from gaussmix._feature_names import feature_names_of, known_names, table_like_the_fits
from gaussmix._html.components import components
from gaussmix._html.markup import facts, number
from gaussmix._seeds import RandomState
from gaussmix._set_output import SetOutput
from gaussmix._threads import n_threads
from gaussmix._types import FeatureNames, Floats, NInit


class KMeans(SetOutput, Estimator):
    """k-means clustering: k centres that each row is near one of.

    Its parameters, attributes and methods are those of scikit-learn's class of the same name, and
    mean the same, but for `algorithm`, `copy_x` and `verbose`, which it has not. It works in
    scikit-learn's pipelines and searches; scikit-learn itself is not needed. It is also what
    `GaussianMixture` starts from.

    Every method takes X as an array-like or data frame of real, finite numbers, of shape
    (n_samples, n_features). float32 data give float32 centres and distances; everything else is
    taken as float64, and so is text that looks like numbers ("0.126"). A row's label is that of
    its nearest centre, the first of equals, whatever the other rows are.

    Parameters
    ----------
    n_clusters : int >= 1, default=8
        The number of clusters.
    init : {'k-means++', 'random'}, callable or array-like, default='k-means++'
        Where the first centres come from: rows that greedy k-means++ picks, random rows, or an
        array of shape (n_clusters, n_features). k-means++ picks twice, and a start goes on from
        the pick that is better after eight iterations; with 256 clusters or more, of which
        picks hardly differ, it picks once. A callable is called as
        init(X, n_clusters, random_state=...) for each start, with the rows that count, read-only
        and as they are (scikit-learn passes them minus their mean), and one RandomState for all
        starts; it returns such an array.
    n_init : 'auto' or int >= 1, default='auto'
        The number of starts, of which the one with the least inertia is kept (of those within
        1e-9 of it, which may be rounding alone, an earlier one). 'auto' is 10 with 'random' or a
        callable, else 1; with an array there is one.
    max_iter : int >= 1, default=300
        The most iterations of each start.
    tol : float >= 0, default=1e-4
        A start ends when the centres' squared moves sum to at most this times the features' mean
        variance, and in any case when no row changes its cluster.
    random_state : int in [0, 2**64), RandomState, Generator or None, default=None
        Where random numbers come from. An int repeats the same draws in each call; None draws
        from numpy's global state.
    n_jobs : int other than 0 or None, default=None
        The number of threads; no result depends on it. None uses the cores that the process may
        run on, within the limits of OMP_NUM_THREADS, threadpoolctl and joblib. -1 is all cores,
        -2 all but one.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
        The centres; read-only.
    labels_ : ndarray of shape (n_samples,), int32
        The cluster of each row; read-only.
    inertia_ : float
        The weighted sum of squared distances of rows to their centres; inf if no float can hold it,
        which for numbers beyond 1e154 is no error: centres, labels and distances are right.
    n_iter_ : int
        The number of iterations of the best start, from the better pick on.
    n_features_in_, feature_names_in_ : int, ndarray of str
        The columns; the names are there if the fit saw a data frame.

    Notes
    -----
    A centre without rows moves to the row that is farthest from its own centre, several to rows of
    several clusters. No cluster of a fit is empty, unless there are fewer distinct rows of positive
    weight than clusters, of which a ConvergenceWarning tells.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import KMeans
    >>> X = np.array([[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]])
    >>> km = KMeans(n_clusters=2, random_state=0).fit(X)
    >>> sorted(km.cluster_centers_.tolist())
    [[1.0, 2.0], [10.0, 2.0]]
    """

    _estimator_type = "clusterer"
    _constraints = KMEANS_CONSTRAINTS
    _clusters: Clusters | None = None

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Init = "k-means++",
        n_init: NInit = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        random_state: RandomState = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.n_jobs = n_jobs

    @property
    def cluster_centers_(self) -> Floats:
        """The centres: (n_clusters, n_features), read-only."""
        return self._get_clusters().centers

    @property
    def labels_(self) -> NDArray[np.int32]:
        """The cluster of each row of the fit: (n_samples,), read-only."""
        return self._get_clusters().labels

    @property
    def inertia_(self) -> float:
        """The weighted sum of squared distances of the rows of the fit to their centres."""
        return self._get_clusters().inertia

    @property
    def n_iter_(self) -> int:
        """The number of iterations of the best start."""
        return self._get_clusters().n_iter

    @property
    def n_features_in_(self) -> int:
        """The number of columns."""
        return int(self._get_clusters().centers.shape[1])

    @property
    def feature_names_in_(self) -> FeatureNames:
        """The names of the columns; only there if the fit saw a data frame."""
        return known_names(self._get_clusters().feature_names, type(self).__name__)

    def fit(self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None) -> Self:
        """Finds clusters in the rows of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            At least n_clusters rows.
        y : object, default=None
            Ignored, but passed on to callbacks.
        sample_weight : array-like of shape (n_samples,), float or None, default=None
            How often each row counts, at least 0: 2 is as good as a repetition, and 0 as if the row
            were not there, though it gets a label. None counts each row once.

        Returns
        -------
        KMeans
            The estimator itself.

        Raises
        ------
        ValueError, TypeError
            For parameters or data that cannot be used, and then, as after Ctrl-C, the estimator is
            as it was before.

        Examples
        --------
        >>> from gaussmix import KMeans
        >>> model = KMeans(2, random_state=0).fit([[0.0], [1.0], [8.0], [9.0]])
        >>> sorted(model.cluster_centers_.ravel().tolist())
        [0.5, 8.5]
        """
        self._fit(X, y, sample_weight)
        return self

    def fit_predict(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None
    ) -> NDArray[np.int32]:
        """Fits as `fit` does and returns the label of each row, as `predict` would.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `fit`.
        y : object, default=None
            Ignored, but passed on to callbacks.
        sample_weight : array-like of shape (n_samples,), float or None, default=None
            As in `fit`.

        Returns
        -------
        ndarray of shape (n_samples,), int32
            From 0.

        Raises
        ------
        ValueError, TypeError
            As `fit` does.

        Examples
        --------
        >>> from gaussmix import KMeans
        >>> labels = KMeans(2, random_state=0).fit_predict([[0.0], [1.0], [8.0], [9.0]])
        >>> bool(labels[0] == labels[1] != labels[2] == labels[3])
        True
        """
        labels: NDArray[np.int32] = self._fit(X, y, sample_weight).labels.copy()
        return labels

    def fit_transform(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None
    ) -> Any:
        """Fits as `fit` does and returns what `transform` would.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `fit`.
        y : object, default=None
            Ignored, but passed on to callbacks.
        sample_weight : array-like of shape (n_samples,), float or None, default=None
            As in `fit`.

        Returns
        -------
        ndarray or data frame of shape (n_samples, n_clusters)
            As of `transform`.

        Raises
        ------
        ValueError, TypeError
            As `fit` does.

        Examples
        --------
        >>> from gaussmix import KMeans
        >>> KMeans(1).fit_transform([[0.0], [2.0]]).tolist()
        [[1.0], [1.0]]
        """
        self._fit(X, y, sample_weight)
        return self.transform(X)

    def predict(self, X: ArrayLike) -> NDArray[np.int32]:
        """Returns the nearest centre of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            At least one row, in the columns of the fit.

        Returns
        -------
        ndarray of shape (n_samples,), int32
            From 0; the first of equally near ones.

        Raises
        ------
        NotFittedError
            If it is not fitted.
        ValueError, TypeError
            For rows that are not like those of the fit.

        Examples
        --------
        >>> from gaussmix import KMeans
        >>> model = KMeans(2, init=[[0.0], [8.0]]).fit([[0.0], [1.0], [8.0], [9.0]])
        >>> model.predict([[2.0], [7.0]]).tolist()
        [0, 1]
        """
        clusters = self._get_clusters()
        rows = self._rows_to_score(clusters, X)
        return _core.nearest_centers(rows, None, clusters.centers, self._n_threads())[0]

    def transform(self, X: ArrayLike) -> Any:
        """Returns each row's distances to the centres.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `predict`.

        Returns
        -------
        ndarray or data frame of shape (n_samples, n_clusters)
            An array, or a data frame if `set_output` or scikit-learn's configuration says so.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.

        Examples
        --------
        >>> from gaussmix import KMeans
        >>> model = KMeans(2, init=[[0.0], [8.0]]).fit([[0.0], [1.0], [8.0], [9.0]])
        >>> model.transform([[2.0]]).tolist()
        [[1.5, 6.5]]
        """
        clusters = self._get_clusters()
        rows = self._rows_to_score(clusters, X)
        distances = _core.center_distances(rows, clusters.centers, self._n_threads())
        return self._as_asked_for(distances, X)

    def score(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None
    ) -> float:
        """Returns minus the weighted sum of squared distances to the nearest centres.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `predict`.
        y : object, default=None
            Ignored.
        sample_weight : array-like of shape (n_samples,), float or None, default=None
            How often each row counts, as in `fit`.

        Returns
        -------
        float
            Higher is better; -inf if no float can hold the sum.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does, and for weights as `fit` does.

        Examples
        --------
        >>> from gaussmix import KMeans
        >>> model = KMeans(2, init=[[0.0], [8.0]]).fit([[0.0], [1.0], [8.0], [9.0]])
        >>> model.score([[2.5]])
        -4.0
        """
        clusters = self._get_clusters()
        table = self._table_to_score(clusters, X)
        weights = as_sample_weight(sample_weight, table.shape[0])
        rows, weights = drop_weightless(table, weights)
        check_rows(rows, type(self).__name__, clusters.feature_names)
        return -_core.nearest_centers(rows, weights, clusters.centers, self._n_threads())[1]

    def get_feature_names_out(self, input_features: object = None) -> FeatureNames:
        """Returns the names of what `transform` returns.

        Parameters
        ----------
        input_features : object, default=None
            Ignored.

        Returns
        -------
        ndarray of shape (n_clusters,), str
            'kmeans0', 'kmeans1', ...

        Raises
        ------
        NotFittedError
            If it is not fitted.

        Examples
        --------
        >>> from gaussmix import KMeans
        >>> KMeans(2).fit([[0.0], [1.0]]).get_feature_names_out().tolist()
        ['kmeans0', 'kmeans1']
        """
        n_clusters = self._get_clusters().centers.shape[0]
        prefix = type(self).__name__.lower()
        return np.array([f"{prefix}{i}" for i in range(n_clusters)], dtype=object)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import TransformerTags  # type: ignore[import-untyped]

        tags = super().__sklearn_tags__()
        tags.transformer_tags = TransformerTags(preserves_dtype=["float64", "float32"])
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return self._clusters is not None

    def _found_html(self) -> Sequence[str]:
        clusters = self._get_clusters()
        sizes = np.bincount(clusters.labels, minlength=len(clusters.centers)).tolist()
        return [
            facts({"inertia": number(clusters.inertia), "iterations": str(clusters.n_iter)}),
            components("cluster", clusters.centers, clusters.feature_names, {"rows": sizes}),
        ]

    def _get_clusters(self) -> Clusters:
        if self._clusters is None:
            raise self._not_fitted()
        return self._clusters

    def _fit(self, X: ArrayLike, y: object, sample_weight: ArrayLike | None) -> Clusters:
        name = type(self).__name__
        self._check_parameters()
        table = as_table(X, name)
        names = feature_names_of(X)
        check_rows(table, name, names)
        with fit_task(self, X, y, {"sample_weight": sample_weight}) as task:
            clusters = find_clusters(
                table,
                sample_weight,
                names,
                n_clusters=self.n_clusters,
                init=self.init,
                n_init=self.n_init,
                max_iter=self.max_iter,
                tol=self.tol,
                random_state=self.random_state,
                n_jobs=self.n_jobs,
            )
            if task:
                task.end({"_clusters": clusters})
        self._clusters = clusters
        return clusters

    def _n_threads(self) -> int:
        self._check_parameters("n_jobs")
        return n_threads(self.n_jobs)

    def _table_to_score(self, clusters: Clusters, X: ArrayLike) -> Floats:
        centers = clusters.centers
        return table_like_the_fits(
            X, clusters.feature_names, centers.shape[1], centers.dtype, type(self).__name__
        )

    def _rows_to_score(self, clusters: Clusters, X: ArrayLike) -> Floats:
        table = self._table_to_score(clusters, X)
        check_rows(table, type(self).__name__, clusters.feature_names)
        return table
