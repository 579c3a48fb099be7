"""The Gaussian mixture estimator of dask."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

import gaussmix
from gaussmix._batches.fit import fit_rows
from gaussmix._batches.tree_sum import add_up
from gaussmix._callbacks import fit_task
from gaussmix._constraints import check_parameters
from gaussmix._criteria import aic, bic
from gaussmix._fitted import Fitted
from gaussmix.dask._chunks import as_chunks, as_rows
from gaussmix.dask._graph import Shared, map_reduce
from gaussmix.dask._lazy import by_row, check_columns
from gaussmix.dask._rows import ChunkRows, threads_per_task
from gaussmix.dask._tasks import scores


class GaussianMixture(Fitted):
    """A mixture of Gaussian distributions, fitted to the chunks of a dask array or data frame.

    Every pass over the rows is one graph of tasks, one a chunk, which the scheduler that dask is
    set to use computes: a Client of distributed, threads, processes. The same chunks give the same
    bits on any of them, whatever the number of workers, and as the batches of
    `gaussmix.GaussianMixture.fit_batches`, as long as their CPUs run the same build of the core. No
    task is tied to a worker, and each is a pure function: what a lost worker had is computed again.
    Each iteration reads all rows, so `X.persist()` before, where they fit into the memory of the
    workers, saves computing them each time; `fit` never does so itself.

    Parameters
    ----------
    n_components : int >= 1, default=1
        As in `gaussmix.GaussianMixture`, and so are those below, but for what is said here.
    covariance_type : {'full', 'tied', 'diag', 'spherical', 'fixed'} or a family, default='full'
        What the covariances may be.
    tol : float >= 0, default=1e-3
        EM stops when the mean log-likelihood of a row changes by less.
    reg_covar : float >= 0, default=1e-6
        Added to every variance in each M-step.
    max_iter : int >= 0, default=100
        The most iterations over all rows.
    n_init : int >= 1 or 'auto', default=1
        The effort to find a better model. EM begins with a fit of at most 100 iterations to a
        random sample of max(20000, 256 n_components, 16 n_components n_features) rows, or to all if
        they are fewer. The sample depends on random_state and on the order of the rows, but not on
        the chunks.
    init_params : {'kmeans', 'k-means++', 'random', 'random_from_data'} or callable
        Default 'kmeans'. Where the fit to the sample starts. A callable is called with the sample.
    weights_init : array-like of shape (n_components,), default=None
        What is given of this and the next two is what EM begins with, of several starts only where
        all three are; the rest is that of a first M-step on the sample.
    means_init : array-like of shape (n_components, n_features), default=None
        Means to begin with.
    precisions_init : array-like, default=None
        Inverse covariances to begin with, shaped like `precisions_`.
    random_state : int in [0, 2**64), RandomState, Generator or None, default=None
        Where random numbers come from.
    warm_start : bool, default=False
        Whether a second fit goes on from where the first ended.
    verbose : int >= 0, default=0
        Messages of the iterations of EM over all rows, not of those over the sample.
    verbose_interval : int >= 1, default=10
        The number of iterations from one message to the next.
    degenerate : {'repair', 'raise'}, default='repair'
        What to do about a component that lost its rows or whose covariance became singular.
    prior : None, 'default' or dict, default=None
        A conjugate prior of each component's mean and covariance.
    noise : bool, float in (0, 1) or None, default=None
        Whether there is a noise component.
    acceleration : None
        Extrapolated iterations are for rows in one array.
    truncation : 0.0
        So are truncated responsibilities.
    n_jobs : int other than 0 or None, default=None
        The number of threads of one task. None is 1, for a scheduler has a task for each of its own
        threads. Workers of one thread on machines with more cores want more.
    callback : callable or None, default=None
        Is told of the iterations of EM over all rows, not of those over the sample.
    progress : bool or class, default=False
        A progress bar of the same iterations.

    Attributes
    ----------
    weights_, means_, covariances_, precisions_, precisions_cholesky_ : ndarray
        As in `gaussmix.GaussianMixture`, and so are those below; `to_local` returns one of those.
    noise_weight_, noise_box_ : float, gaussmix.noise.NoiseBox or None
        The noise component's share, and its box.
    converged_, n_iter_, lower_bound_, lower_bounds_ : bool, int, float, list of float
        How EM over all rows ended.
    fit_report_ : gaussmix.report.FitReport
        How each start went, and what was repaired.
    n_features_in_, feature_names_in_ : int, ndarray of str
        The columns; the names are there if the fit saw a data frame.

    Examples
    --------
    >>> import dask.array as da
    >>> from gaussmix.dask import GaussianMixture
    >>> X = da.from_array([[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]], chunks=(2, 2))
    >>> gm = GaussianMixture(n_components=2, random_state=0).fit(X)
    >>> sorted(gm.means_[:, 0].round(6).tolist())
    [1.0, 10.0]
    >>> gm.predict(X)
    dask.array<gaussmix-predict, shape=(6,), dtype=int64, chunksize=(2,), chunktype=numpy.ndarray>
    """

    def fit(self, X: Any, y: object = None, sample_weight: Any = None) -> Self:
        """Estimates the parameters from the rows of X by EM.

        float32 rows make a float32 model; all else is taken as float64. Before EM the rows are
        looked at once, and where their number is not known once more to count them; `noise` takes
        one pass more.

        Parameters
        ----------
        X : dask array or dask data frame of shape (n_samples, n_features)
            Real, finite numbers, in chunks of any numbers of rows, which need not be known. An
            array that is cut along its columns too is rechunked. At least 2 rows, or one of weight
            2, and at least n_components.
        y : object, default=None
            Ignored.
        sample_weight : dask array or series of shape (n_samples,) or None, default=None
            How often each row counts, at least 0, in the chunks of X. None counts each row once.

        Returns
        -------
        GaussianMixture
            The estimator itself.

        Raises
        ------
        ValueError, TypeError
            For parameters or data that cannot be used, with the number of the chunk, from 0; then,
            as after Ctrl-C, the estimator is as it was before.

        Warns
        -----
        ConvergenceWarning
            If EM did not converge.

        Examples
        --------
        >>> import dask.array as da
        >>> from gaussmix.dask import GaussianMixture
        >>> X = da.from_array([[0.0], [1.0], [8.0], [9.0]], chunks=(2, 1))
        >>> model = GaussianMixture(2, random_state=0).fit(X)
        >>> sorted(model.means_.ravel().round(6).tolist())
        [0.5, 8.5]
        """
        check_parameters(self.get_params(), type(self).__name__)
        chunks = as_chunks(X, sample_weight, type(self).__name__)
        metadata = {"sample_weight": sample_weight}
        with fit_task(self, X, y, metadata, max_iter=self.max_iter) as task:
            rows = ChunkRows(self, chunks)
            model = fit_rows(self, self._model, rows, listeners=[task] if task else [])
            if task:
                task.end({"_model": model})
        self._model = model
        return self

    def fit_predict(self, X: Any, y: object = None, sample_weight: Any = None) -> Any:
        """Fits as `fit` does, and returns the labels of the rows as `predict` does.

        Parameters
        ----------
        X : dask array or dask data frame of shape (n_samples, n_features)
            As in `fit`.
        y : object, default=None
            Ignored.
        sample_weight : dask array or series of shape (n_samples,) or None, default=None
            As in `fit`.

        Returns
        -------
        dask array or series of shape (n_samples,)
            As of `predict`: lazily.

        Raises
        ------
        ValueError, TypeError
            As `fit` does.

        Examples
        --------
        >>> import dask.array as da
        >>> from gaussmix.dask import GaussianMixture
        >>> X = da.from_array([[0.0], [1.0], [8.0], [9.0]], chunks=(2, 1))
        >>> labels = GaussianMixture(2, random_state=0).fit_predict(X).compute()
        >>> bool(labels[0] == labels[1] != labels[2] == labels[3])
        True
        """
        return self.fit(X, y, sample_weight).predict(X)

    def predict(self, X: Any) -> Any:
        """Returns the most probable component of each row: lazily.

        Parameters
        ----------
        X : dask array or dask data frame of shape (n_samples, n_features)
            In the columns of the fit.

        Returns
        -------
        dask array or series of shape (n_samples,)
            From 0; noise is -1. Of an array it is a dask array in its chunks, of a data frame a
            series with its partitions and index.

        Raises
        ------
        NotFittedError
            If there are no parameters.
        ValueError, TypeError
            Where X has other columns; of rows that are no finite numbers, computing it does.

        Examples
        --------
        >>> import dask.array as da
        >>> from gaussmix.dask import GaussianMixture
        >>> X = da.from_array([[0.0], [1.0], [8.0], [9.0]], chunks=(2, 1))
        >>> labels = GaussianMixture(2, random_state=0).fit(X).predict(X)
        >>> labels.shape, labels.dtype
        ((4,), dtype('int64'))
        """
        return self._by_row(X, "predict")

    def predict_proba(self, X: Any) -> Any:
        """Returns each component's probability for each row: lazily.

        Parameters
        ----------
        X : dask array or dask data frame of shape (n_samples, n_features)
            As in `predict`.

        Returns
        -------
        dask array or data frame of shape (n_samples, n_components)
            With one more column, the last, for a noise component; of a data frame, a frame whose
            columns are the labels of `predict`.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.

        Examples
        --------
        >>> import dask.array as da
        >>> from gaussmix.dask import GaussianMixture
        >>> X = da.from_array([[0.0], [1.0], [8.0], [9.0]], chunks=(2, 1))
        >>> GaussianMixture(2, random_state=0).fit(X).predict_proba(X).shape
        (4, 2)
        """
        return self._by_row(X, "predict_proba")

    def score_samples(self, X: Any) -> Any:
        """Returns the logarithm of the density at each row: lazily.

        Parameters
        ----------
        X : dask array or dask data frame of shape (n_samples, n_features)
            As in `predict`.

        Returns
        -------
        dask array or series of shape (n_samples,)
            In nats, shaped as of `predict`.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.

        Examples
        --------
        >>> import dask.array as da
        >>> from gaussmix.dask import GaussianMixture
        >>> X = da.from_array([[0.0], [1.0], [8.0], [9.0]], chunks=(2, 1))
        >>> GaussianMixture(1).fit(X).score_samples(X).compute().round(2).tolist()
        [-2.94, -2.69, -2.69, -2.94]
        """
        return self._by_row(X, "score_samples")

    def score(self, X: Any, y: object = None, sample_weight: Any = None) -> float:
        """Returns the mean log-likelihood of a row: one pass.

        Parameters
        ----------
        X : dask array or dask data frame of shape (n_samples, n_features)
            As in `predict`.
        y : object, default=None
            Ignored.
        sample_weight : dask array or series of shape (n_samples,) or None, default=None
            As in `fit`.

        Returns
        -------
        float
            The weighted mean of `score_samples`.

        Raises
        ------
        NotFittedError
            If there are no parameters.
        ValueError, TypeError
            For rows that cannot be scored, or if there are none.

        Examples
        --------
        >>> import dask.array as da
        >>> from gaussmix.dask import GaussianMixture
        >>> X = da.from_array([[0.0], [1.0], [8.0], [9.0]], chunks=(2, 1))
        >>> round(GaussianMixture(1).fit(X).score(X), 4)
        -2.813
        """
        weight, log_likelihood, _ = self._scores(X, sample_weight)
        return float(log_likelihood / weight)

    def bic(self, X: Any, sample_weight: Any = None) -> float:
        """Returns the Bayesian information criterion on X: one pass.

        Parameters
        ----------
        X : dask array or dask data frame of shape (n_samples, n_features)
            As in `predict`.
        sample_weight : dask array or series of shape (n_samples,) or None, default=None
            As in `fit`.

        Returns
        -------
        float
            Lower is better. The number of rows in it is the sum of the weights.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `score` does.

        Examples
        --------
        >>> import dask.array as da
        >>> from gaussmix.dask import GaussianMixture
        >>> X = da.from_array([[0.0], [1.0], [8.0], [9.0]], chunks=(2, 1))
        >>> round(GaussianMixture(1).fit(X).bic(X), 2)
        25.28
        """
        weight, log_likelihood, _ = self._scores(X, sample_weight)
        return bic(float(log_likelihood), self._get_model().mixture.n_parameters, float(weight))

    def aic(self, X: Any, sample_weight: Any = None) -> float:
        """Returns Akaike's information criterion on X: one pass.

        Parameters
        ----------
        X : dask array or dask data frame of shape (n_samples, n_features)
            As in `predict`.
        sample_weight : dask array or series of shape (n_samples,) or None, default=None
            As in `fit`.

        Returns
        -------
        float
            Lower is better.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `score` does.

        Examples
        --------
        >>> import dask.array as da
        >>> from gaussmix.dask import GaussianMixture
        >>> X = da.from_array([[0.0], [1.0], [8.0], [9.0]], chunks=(2, 1))
        >>> round(GaussianMixture(1).fit(X).aic(X), 2)
        26.5
        """
        log_likelihood = self._scores(X, sample_weight)[1]
        return aic(float(log_likelihood), self._get_model().mixture.n_parameters)

    def icl(self, X: Any, sample_weight: Any = None) -> float:
        """Returns the integrated completed likelihood, as `gaussmix.GaussianMixture.icl`: one pass.

        Parameters
        ----------
        X : dask array or dask data frame of shape (n_samples, n_features)
            As in `predict`.
        sample_weight : dask array or series of shape (n_samples,) or None, default=None
            As in `fit`.

        Returns
        -------
        float
            Lower is better.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `score` does.

        Examples
        --------
        >>> import dask.array as da
        >>> from gaussmix.dask import GaussianMixture
        >>> X = da.from_array([[0.0], [1.0], [8.0], [9.0]], chunks=(2, 1))
        >>> round(GaussianMixture(1).fit(X).icl(X), 2)
        25.28
        """
        weight, log_likelihood, log_largest = self._scores(X, sample_weight)
        n_parameters = self._get_model().mixture.n_parameters
        return bic(float(log_likelihood), n_parameters, float(weight)) - 2.0 * float(log_largest)

    def to_local(self) -> gaussmix.GaussianMixture:
        """Returns the ordinary estimator with these parameters and this model, for rows in memory.

        Returns
        -------
        gaussmix.GaussianMixture
            It is fitted if this one is.

        Examples
        --------
        >>> import dask.array as da
        >>> from gaussmix.dask import GaussianMixture
        >>> X = da.from_array([[0.0], [1.0], [8.0], [9.0]], chunks=(2, 1))
        >>> GaussianMixture(2, random_state=0).fit(X).to_local().predict([[8.5]]).shape
        (1,)
        """
        local = gaussmix.GaussianMixture(**self.get_params())
        local._model, local._pieces = self._model, self._pieces
        return local

    def _by_row(self, X: Any, method: str) -> Any:
        model = self._get_model()
        check_parameters({"n_jobs": self.n_jobs}, type(self).__name__)
        return by_row(X, model, method, threads_per_task(self.n_jobs), type(self).__name__)

    def _scores(self, X: Any, sample_weight: Any) -> NDArray[np.float64]:
        """The sums over all rows that `scores` returns."""
        model, name = self._get_model(), type(self).__name__
        check_parameters({"n_jobs": self.n_jobs}, name)
        X = as_rows(X, name)
        check_columns(X, model, name)
        chunks = as_chunks(X, sample_weight, name)
        names = None if chunks.feature_names is None else model.feature_names
        found: NDArray[np.float64] = map_reduce(
            chunks,
            "gaussmix-score",
            scores,
            add_up,
            each=[(i,) for i in range(len(chunks.rows))],
            common=(None if names is None else tuple(names), threads_per_task(self.n_jobs)),
            shared=Shared.mixture(model.mixture),
        )
        if found[0] == 0:
            raise ValueError(
                f"Found array with 0 sample(s) that count while a minimum of 1 is required by "
                f"{name}."
            )
        return found
