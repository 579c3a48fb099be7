"""The Gaussian mixture estimator."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix import _model_file
from gaussmix._arrays import as_known_labels, as_table, check_rows
from gaussmix._atomic_file import replace_file
from gaussmix._callbacks import fit_task
from gaussmix._checkpoint import PathLike
from gaussmix._constraints import check_parameters
from gaussmix._conversions import Conversions
from gaussmix._criteria import aic, bic, criteria, n_rows
from gaussmix._feature_names import as_feature_names, feature_names_of
from gaussmix._fit import fit_model
from gaussmix._metadata_routing import UNCHANGED, Request
from gaussmix._model import Model
from gaussmix._noise import first_share, noise_of
from gaussmix._parameters import make_mixture
from gaussmix._run_options import RunOptions
from gaussmix._sampling import draw_samples
from gaussmix._seeds import generator
from gaussmix._types import CovarianceType, Floats
from gaussmix.noise import NoiseBox
from gaussmix.scorer import Scorer


class GaussianMixture(Conversions):
    """A mixture of Gaussian distributions, fitted by expectation maximisation (EM).

    It follows scikit-learn's class of the same name in parameters, attributes and semantics, and
    works in its pipelines and searches; scikit-learn itself is not needed.

    Every method takes X as an array-like or data frame of real, finite numbers, of shape
    (n_samples, n_features). float32 data make a float32 model, whose results are float32 too;
    everything else is taken as float64, and so is text that looks like numbers ("0.126").

    Parameters
    ----------
    n_components : int >= 1, default=1
        The number of components.
    covariance_type : {'full', 'tied', 'diag', 'spherical', 'fixed'} or a family, default='full'
        What the covariances may be: each any matrix, one matrix for all, each diagonal, each a
        multiple of the identity. Or one of mclust's fourteen families (Celeux, Govaert 1995), whose
        three letters say of the volume, the shape and the orientation of the covariances whether
        they are (E)qual for all components, (V)ariable, or the (I)dentity: EII, VII, EEI, VEI, EVI,
        VVI, EEE, VEE, EVE, VVE, EEV, VEV, EVV, VVV, and E and V for one feature. VVV is 'full',
        EEE 'tied', VVI 'diag' and VII 'spherical'. The arrays of EII are shaped as those of
        'spherical', of EEI, VEI, EVI as of 'diag', of the others as of 'full'. 'fixed': each is the
        multiple of the identity whose inverse `precisions_init` gives, and is not estimated.
    tol : float >= 0, default=1e-3
        EM stops when the mean log-likelihood of a row changes by less.
    reg_covar : float >= 0, default=1e-6
        Added to every variance in each M-step; in the square of the data's unit.
    max_iter : int >= 0, default=100
        The most iterations of each start. 0 returns the model that EM would start from.
    n_init : int >= 1 or 'auto', default=1
        The effort to find a better model than a single start does. The first start runs to its
        end, so that more are never worse than one. The others run in rounds, each start for 20
        iterations; then the best few go on to their end, and the rest are dropped. First come
        n_init - 1 that are seeded like the first; three of them go on. Then four rounds of n_init
        vary the best model so far, each by moving one component to a row that is explained badly
        (random swap EM: Zhao, Hautamäki, Kärkkäinen, Fränti 2012); two of each go on. These are
        left out where you set parameters to start from. What has the highest log-likelihood is
        kept. A start goes before an earlier one only where its mean log-likelihood gains more
        than 1e-9 max(1, |mean log-likelihood|), for float32 data 1e-6 of it: less may be rounding
        alone, and the order of components is to be the same on every CPU. Where there are at least
        four times as many rows as max(20000, 256 n_components, 16 n_components n_features), the 20
        iterations see a sample of so many; what goes on does so with all rows. Of few rows for the
        number of parameters, the highest likelihoods have components of a few rows each, with
        variances near `reg_covar`: more starts find more of those. 'auto' is one start from the
        best of several clusterings: k-means of the features as they are, scaled, whitened, and
        whitened within clusters, k-means along the directions in which they are least Gaussian, and
        hierarchies of merged clusters. Those five whose first models
        have the highest bounds of the likelihood run for four iterations, the best two of these for
        four more, and the better goes on to its end. Of at least twice max(5000, 64 n_components,
        16 n_components n_features) rows, all but the end sees a sample; the start of n_init=1 then
        goes to its end as well, and the better is kept. Where `init_params`, known
        labels, or parameters of yours say where to start, and with `noise`, 'auto' is 1.
    init_params : {'kmeans', 'k-means++', 'random', 'random_from_data'} or callable
        Default 'kmeans'. Where the first responsibilities come from: clusters, rows that k-means++
        picks, random numbers, or random rows. 'kmeans' gives the first start the best of three
        k-means (of 256 components or more, one), and the others in turn the partition around rows
        that k-means++ picks and k-means, both with features scaled to unit variance, and k-means.
        Clusters are sought in at most max(20000, 256 n_components) rows; of more, in a sample. A
        callable is called as init_params(X, n_components, random_state) for each start, with the
        rows that count and an int, and returns integer labels (n_samples,) or responsibilities
        (n_samples, n_components).
    weights_init, means_init, precisions_init : array-like, default=None
        Parameters to start from instead, any of them: weights (n_components,) that sum to 1 (with
        `noise`, shares of what it leaves them),
        means (n_components, n_features), inverse covariances shaped like `precisions_`.
    random_state : int in [0, 2**64), RandomState, Generator or None, default=None
        Where random numbers come from. An int repeats the same draws in each call; None draws
        from numpy's global state.
    warm_start : bool, default=False
        Whether a second fit goes on from where the first ended, from one start.
    verbose : int >= 0, default=0
        1 shows the starts and iterations on stdout, 2 times and changes as well. The messages go
        through the logger 'gaussmix', and only there if that has a handler.
    verbose_interval : int >= 1, default=10
        The number of iterations from one message to the next.
    degenerate : {'repair', 'raise'}, default='repair'
        What to do about a component that lost its rows or whose covariance became singular: repair
        it, with a note in `fit_report_` and a warning of the logger 'gaussmix'; or do as
        scikit-learn does, raise ValueError for a singular covariance, and leave a component without
        rows at the origin, with a weight of next to nothing. With 'repair', a component that in the
        end has no rows, or equals another one where you set no parameters to start from, is moved
        to where rows are explained badly, if the log-likelihood gains by it.
    prior : None, 'default' or dict, default=None
        A conjugate prior of each component's mean and covariance (Fraley, Raftery 2007), with which
        EM finds the mixture of the highest posterior density: a component of few rows keeps a
        covariance. 'default' is mclust's. A dict may hold any of 'shrinkage' (float >= 0, default
        0.01: the number of rows at 'mean' that join each component), 'mean' (n_features,) (default:
        the mean of X), 'dof' (float > 0, for full and tied > n_features - 1; default
        n_features + 2) and 'scale': for full and tied a positive definite matrix (n_features,
        n_features), for diag a positive number or (n_features,), for spherical a positive number;
        default: the covariance of X, or the mean of its diagonal, divided by
        n_components**(2 / n_features). It counts as rows, so that it fades as rows or
        `sample_weight` grow. Weights have no prior.
    noise : bool, float in (0, 1) or None, default=None
        Whether there is a noise component besides the n_components, for rows that belong to no
        cluster: a density of 1 / volume everywhere (Banfield, Raftery 1993), with the volume of the
        smaller of two boxes about X, as mclust takes it. A float is the share that it starts with;
        True is 0.05. Its label is -1, it has the last column in `predict_proba`, and two
        parameters. docs/noise.md has more.
    acceleration : None or 'squarem', default=None
        'squarem' extrapolates iterations where EM has become slow (Varadhan, Roland 2008), and
        takes an extrapolation only where the log-likelihood gains, so that a small `tol` takes
        fewer iterations. A pass over the rows that tries one counts as an iteration; one
        that was refused repeats the value in `lower_bounds_`. For float64 rows, and not for EVE,
        VVE, EEV and VEV. docs/acceleration.md says when it pays.
    truncation : float in [0, 0.1], default=0.0
        The share of each row, and of each component's weight, that an E-step may drop, so that it
        need not compute it: 0.001, say, where many components overlap. A row belongs only to the
        components whose density there is more than this share of the mixture's, and `lower_bound_`
        is at most -log(1 - truncation) too low. The last iteration of several is exact, and
        `fit_report_.truncation_error` says how much too low `lower_bound_` is. 0 drops nothing that
        rounding would not. docs/truncation.md says when it pays.
    n_jobs : int other than 0 or None, default=None
        The number of threads; no result depends on it. None uses the cores that the process may
        run on, within the limits of OMP_NUM_THREADS, threadpoolctl and joblib. -1 is all cores,
        -2 all but one.
    callback : callable or None, default=None
        Called as callback(iteration, log_likelihood, change) after each iteration of each start,
        counted from 1 in a start; log_likelihood is the mean of a row, as in `lower_bound_`, change
        its difference from the iteration before. If it returns True the whole fit stops and keeps
        its best model so far. If it raises, the fit fails and the estimator stays as it was.
    progress : bool or class, default=False
        Whether to show a progress bar: True needs tqdm; a class is used in the place of tqdm.

    Attributes
    ----------
    weights_, means_, covariances_, precisions_, precisions_cholesky_ : ndarray
        The parameters; read-only, but new arrays may be assigned. See each one's help.
    noise_weight_, noise_box_ : float, gaussmix.noise.NoiseBox or None
        The noise component's share, and its box; 0.0 and None where there is none.
    converged_, n_iter_, lower_bound_, lower_bounds_ : bool, int, float, list of float
        How the best start ended.
    fit_report_ : gaussmix.report.FitReport
        How each start went, and what was repaired.
    n_features_in_, feature_names_in_ : int, ndarray of str
        The columns; the names are there if the fit saw a data frame.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import GaussianMixture
    >>> X = np.array([[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]])
    >>> gm = GaussianMixture(n_components=2, random_state=0).fit(X)
    >>> sorted(gm.means_[:, 0].round(6).tolist())
    [1.0, 10.0]
    """

    _fit_metadata = ("sample_weight", "known_labels")

    @classmethod
    def from_parameters(
        cls,
        weights: ArrayLike,
        means: ArrayLike,
        covariances: ArrayLike,
        covariance_type: CovarianceType = "full",
        *,
        feature_names: Sequence[str] | None = None,
        noise_weight: float = 0.0,
        noise_box: NoiseBox | None = None,
        **params: Any,
    ) -> Self:
        """Makes a fitted estimator from known parameters, without data.

        Parameters
        ----------
        weights : array-like of shape (n_components,)
            Non-negative, summing to 1 with `noise_weight`.
        means : array-like of shape (n_components, n_features)
            Finite.
        covariances : array-like
            Positive definite, shaped as `covariances_` is for the covariance type.
        covariance_type : {'full', 'tied', 'diag', 'spherical'} or a family, default='full'
            What the covariances are.
        feature_names : sequence of n_features str, default=None
            The columns' names, for `feature_names_in_`.
        noise_weight : float in [0, 1], default=0.0
            The weight of a noise component.
        noise_box : gaussmix.noise.NoiseBox or None, default=None
            Its box; None: there is no noise component.
        **params
            Further parameters of the constructor.

        Returns
        -------
        GaussianMixture
            float32 if all three arrays are, and else float64. Its `converged_` is False, `n_iter_`
            0 and `lower_bound_` minus infinity.

        Raises
        ------
        ValueError
            For parameters that make no mixture.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [0.5, 0.5], [[0.0], [5.0]], [1.0, 4.0], "spherical"
        ... )
        >>> model.predict([[1.0], [3.0]]).tolist()
        [0, 1]
        """
        check_parameters({"covariance_type": covariance_type}, cls.__name__)
        mixture = make_mixture(
            {"weights": weights, "means": means, "covariances": covariances},
            covariance_type,
            noise=noise_of(noise_weight, noise_box),
        )
        names = as_feature_names(feature_names, mixture.n_features)
        if mixture.noise is not None:
            params.setdefault("noise", True)
        estimator = cls(mixture.n_components, covariance_type=covariance_type, **params)
        estimator._model = Model.unfitted(mixture, names)
        return estimator

    def fit(
        self,
        X: ArrayLike,
        y: object = None,
        sample_weight: ArrayLike | None = None,
        *,
        known_labels: ArrayLike | None = None,
        max_seconds: float | None = None,
        checkpoint: PathLike | None = None,
        checkpoint_every: int | None = None,
        resume: PathLike | None = None,
    ) -> Self:
        """Estimates the parameters from the rows of X by EM.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            At least 2 rows, or one of weight 2, and at least n_components.
        y : object, default=None
            Ignored, but passed on to callbacks.
        sample_weight : array-like of shape (n_samples,), float or None, default=None
            How often each row counts, at least 0: 2 is as good as a repetition, and 0 as if the
            row were not there. None counts each row once.
        known_labels : array-like of int of shape (n_samples,) or None, default=None
            The component of each row, from 0, or -1 where it is not known; with `noise`,
            n_components is the number of the noise component. A row with a label stays
            in its component in every iteration, so that the component keeps its number. Starts are
            seeded from these rows, and no component that has some is moved; docs/known-labels.md
            says how. `lower_bound_` is then the mean logarithm of what is left of each row's
            density: weight times density of its own component for a row with a label. The model
            remembers no labels.
        max_seconds : float > 0 or None, default=None
            After the iteration in which so much time is over since the call, the fit ends with the
            best that it has, and a ConvergenceWarning says so.
        checkpoint : path or None, default=None
            A file that is written, whole or not at all, after every `checkpoint_every` iterations
            of a start that goes to its end.
        checkpoint_every : int >= 1 or None, default=None
            None: 10, or what the fit that left `resume` had. The bounds that let iterations leave
            out components are made anew after each checkpoint, so that the numbers depend on it, by
            rounding, and a small one costs time.
        resume : path or None, default=None
            A file that `checkpoint` of a fit of the same rows and settings left: the fit goes on
            from there, to the bits of one that was never interrupted. What is short, seeds and
            first iterations, is done again. It is a ValueError if the file is damaged or of another
            fit; `tol` and `max_iter` may be others than they were.

        Returns
        -------
        GaussianMixture
            The estimator itself.

        Raises
        ------
        ValueError, TypeError
            For parameters or data that cannot be used, and then, as after Ctrl-C, the estimator is
            as it was before.

        Warns
        -----
        ConvergenceWarning
            If the best start did not converge.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> X = [[0.0], [1.0], [8.0], [9.0]]
        >>> model = GaussianMixture(2, random_state=0).fit(X)
        >>> sorted(model.means_.ravel().round(6).tolist())
        [0.5, 8.5]
        >>> named = GaussianMixture(2, random_state=0).fit(X, known_labels=[-1, 1, -1, 0])
        >>> named.predict(X).tolist()
        [1, 1, 0, 0]
        """
        run = RunOptions(max_seconds, checkpoint, checkpoint_every, resume)
        table = self._table_to_fit(X)
        self._model = self._fit(X, y, sample_weight, known_labels, table, run=run)
        self._stream = None
        return self

    def fit_predict(
        self,
        X: ArrayLike,
        y: object = None,
        sample_weight: ArrayLike | None = None,
        *,
        known_labels: ArrayLike | None = None,
    ) -> NDArray[np.intp]:
        """Fits as `fit` does and returns the label of each row: a known one, or as `predict` would.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `fit`.
        y : object, default=None
            Ignored, but passed on to callbacks.
        sample_weight : array-like of shape (n_samples,), float or None, default=None
            As in `fit`; rows of weight 0 get a label too.
        known_labels : array-like of int of shape (n_samples,) or None, default=None
            As in `fit`.

        Returns
        -------
        ndarray of shape (n_samples,), int
            From 0; noise has -1.

        Raises
        ------
        ValueError, TypeError
            As `fit` does.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> labels = GaussianMixture(2, random_state=0).fit_predict([[0.0], [1.0], [8.0], [9.0]])
        >>> bool(labels[0] == labels[1] != labels[2] == labels[3])
        True
        """
        table = self._table_to_fit(X)
        check_rows(table, type(self).__name__, feature_names_of(X))
        model = self._fit(X, y, sample_weight, known_labels, table, is_finite=True)
        labels = model.predictor.predict(table, self._n_threads(table))
        self._model, self._stream = model, None
        if known_labels is None:
            return labels
        known = np.asarray(known_labels, np.intp)
        known_label = np.where(known == self.n_components, -1, known)
        return np.where(known >= 0, known_label, labels)

    def set_fit_request(
        self, *, sample_weight: Request = UNCHANGED, known_labels: Request = UNCHANGED
    ) -> Self:
        """Says whether a pipeline or a search passes arguments on to `fit`.

        Parameters
        ----------
        sample_weight : bool, None or str
            True: it is passed on if it is there. False: it is not. None, which holds from the
            beginning: it is an error if it is there. A str: it is passed on if it is there under
            that name. Left out, what was requested stays.
        known_labels : bool, None or str
            The same.

        Returns
        -------
        GaussianMixture
            The estimator itself.

        Raises
        ------
        RuntimeError
            Unless ``sklearn.set_config(enable_metadata_routing=True)`` was called.

        Examples
        --------
        >>> import sklearn
        >>> from gaussmix import GaussianMixture
        >>> with sklearn.config_context(enable_metadata_routing=True):
        ...     model = GaussianMixture(2).set_fit_request(known_labels=True)
        >>> model.get_metadata_routing().fit.requests["known_labels"]
        True
        """
        return self._request("fit", {"sample_weight": sample_weight, "known_labels": known_labels})

    def predict(self, X: ArrayLike) -> NDArray[np.intp]:
        """Returns the most probable component of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            At least one row, in the columns of the fit.

        Returns
        -------
        ndarray of shape (n_samples,), int
            From 0; noise is -1.

        Raises
        ------
        NotFittedError
            If there are no parameters.
        ValueError, TypeError
            For rows that cannot be scored.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [0.5, 0.5], [[0.0], [5.0]], [1.0, 1.0], "spherical"
        ... )
        >>> model.predict([[1.0], [9.0]]).tolist()
        [0, 1]
        """
        model = self._get_model()
        rows = self._rows_to_score(model, X)
        return model.predictor.predict(rows, self._n_threads(rows))

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Returns each component's probability for each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `predict`.

        Returns
        -------
        ndarray of shape (n_samples, n_components)
            Rows sum to 1. With a noise component there is one more column, its own, the last.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [0.5, 0.5], [[0.0], [2.0]], [1.0, 1.0], "spherical"
        ... )
        >>> model.predict_proba([[1.0], [2.0]]).round(3).tolist()
        [[0.5, 0.5], [0.119, 0.881]]
        """
        model = self._get_model()
        rows = self._rows_to_score(model, X)
        return model.predictor.responsibilities(rows, self._n_threads(rows))

    def score_samples(self, X: ArrayLike) -> Floats:
        """Returns the logarithm of the density at each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `predict`.

        Returns
        -------
        ndarray of shape (n_samples,)
            In nats; the density has the unit 1 / volume of the features.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters([1.0], [[0.0]], [1.0], "spherical")
        >>> model.score_samples([[0.0], [2.0]]).round(4).tolist()
        [-0.9189, -2.9189]
        """
        model = self._get_model()
        rows = self._rows_to_score(model, X)
        return model.predictor.score_samples(rows, self._n_threads(rows))

    def score(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None
    ) -> float:
        """Returns the mean log-likelihood of a row.

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
            The weighted mean of `score_samples`; higher is better.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does, and for weights as `fit` does.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters([1.0], [[0.0]], [1.0], "spherical")
        >>> round(model.score([[0.0], [2.0]]), 4)
        -1.9189
        >>> round(model.score([[0.0], [2.0]], sample_weight=[3, 1]), 4)
        -1.4189
        """
        model = self._get_model()
        if sample_weight is None and model.mixture.dtype == np.float32:
            # To the bit the mean of score_samples, which for float32 is a mean in float32.
            rows = self._rows_to_score(model, X)
            return float(model.predictor.score_samples(rows, self._n_threads(rows)).mean())
        return self._score(X, sample_weight)[0]

    def bic(self, X: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Returns the Bayesian information criterion on X (Schwarz 1978).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `predict`.
        sample_weight : array-like of shape (n_samples,), float or None, default=None
            How often each row counts, as in `fit`.

        Returns
        -------
        float
            -2 log-likelihood + log(n) (the number of free parameters), with n the sum of the
            weights. Lower is better; mclust's has the opposite sign.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `score` does.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> X = [[0.0], [1.0], [8.0], [9.0]]
        >>> fits = [GaussianMixture(k, random_state=0).fit(X) for k in (1, 2)]
        >>> [round(fit.bic(X), 1) for fit in fits]
        [25.3, 18.3]
        """
        mean, n = self._score(X, sample_weight)
        return bic(mean * n, self._n_parameters(), n)

    def aic(self, X: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Returns Akaike's information criterion on X (Akaike 1974).

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `predict`.
        sample_weight : array-like of shape (n_samples,), float or None, default=None
            How often each row counts, as in `fit`.

        Returns
        -------
        float
            -2 log-likelihood + 2 (the number of free parameters). Lower is better.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `score` does.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> X = [[0.0], [1.0], [8.0], [9.0]]
        >>> fits = [GaussianMixture(k, random_state=0).fit(X) for k in (1, 2)]
        >>> [round(fit.aic(X), 1) for fit in fits]
        [26.5, 21.4]
        """
        mean, n = self._score(X, sample_weight)
        return aic(mean * n, self._n_parameters())

    def icl(self, X: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Returns the integrated completed likelihood criterion on X.

        It is `bic` - 2 times the sum over the rows of the logarithm of the largest probability in
        `predict_proba` (Biernacki, Celeux, Govaert 2000, with each row in its most probable
        component). So it is BIC for components that do not overlap, and larger the more they do.
        mclust's has the opposite sign.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            As in `predict`.
        sample_weight : array-like of shape (n_samples,), float or None, default=None
            How often each row counts, as in `fit`.

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
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [0.5, 0.5], [[0.0], [1.0]], [1.0, 1.0], "spherical"
        ... )
        >>> X = [[0.0], [1.0], [2.0]]
        >>> bool(model.icl(X) > model.bic(X))
        True
        """
        return self._criteria(X, sample_weight)["icl"]

    def sample(self, n_samples: int = 1) -> tuple[Floats, NDArray[np.intp]]:
        """Draws random rows from the mixture.

        Parameters
        ----------
        n_samples : int >= 1, default=1
            The number of rows.

        Returns
        -------
        rows : ndarray of shape (n_samples, n_features)
            Grouped by component, in the model's dtype. Those of a noise component come last, and
            are uniform in `noise_box_`.
        labels : ndarray of shape (n_samples,), int
            The component of each; -1 for noise. An int as `random_state` gives the same rows each
            time.

        Raises
        ------
        NotFittedError
            If there are no parameters.
        ValueError
            Unless n_samples is an int of at least 1.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [0.5, 0.5], [[0.0], [99.0]], [1.0, 1.0], "spherical", random_state=0
        ... )
        >>> rows, labels = model.sample(5)
        >>> rows.shape, labels.tolist()
        ((5, 1), [0, 0, 0, 1, 1])
        """
        mixture = self._get_model().mixture
        if not isinstance(n_samples, int | np.integer) or n_samples < 1:
            raise ValueError(
                f"Invalid value for 'n_samples': {n_samples!r} . The sampling requires at least "
                "one sample."
            )
        self._check_parameters("random_state")
        return draw_samples(mixture, int(n_samples), generator(self.random_state))

    def scorer(self) -> Scorer:
        """Returns an object that scores single rows of this model in the least time.

        It keeps the parameters of this moment: a later fit does not change it.

        Returns
        -------
        gaussmix.scorer.Scorer
            With `predict`, `score` and `responsibilities`, for a row or a table.

        Raises
        ------
        NotFittedError
            If there are no parameters.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture.from_parameters(
        ...     [0.5, 0.5], [[0.0], [5.0]], [1.0, 1.0], "spherical"
        ... )
        >>> scorer = model.scorer()
        >>> scorer.predict([4.0])
        1
        """
        model = self._get_model()
        self._check_parameters("n_jobs")
        return Scorer(model.mixture, model.feature_names, self.n_jobs)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the fitted model to a file, whole or not at all; `gaussmix.load` reads it.

        The file holds the parameters of the mixture to the bit, the attributes of the fit, and the
        constructor's parameters, without those that a file cannot hold: `callback`, a function
        given as `init_params`, a class given as `progress`, and a `random_state` that is not an
        int.

        Parameters
        ----------
        path : path
            By custom it ends in .safetensors: that is the format, which other programs read too.

        Raises
        ------
        NotFittedError
            If there are no parameters.
        OSError
            If the file cannot be written.
        ValueError
            If a parameter of the constructor is invalid.

        Examples
        --------
        >>> import os, tempfile
        >>> import gaussmix
        >>> model = gaussmix.GaussianMixture.from_parameters([1.0], [[0.0]], [1.0], "spherical")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "model.safetensors")
        ...     model.save(path)
        ...     gaussmix.load(path).means_.tolist()
        [[0.0]]
        """
        model = self._get_model()
        self._check_parameters()
        content = _model_file.to_bytes(model, self.get_params())
        with replace_file(path) as file:
            file.write(content)

    def _n_parameters(self) -> int:
        """The number of free parameters. The name is scikit-learn's, which other code calls."""
        return self._get_model().mixture.n_parameters

    def _table_to_fit(self, X: ArrayLike) -> Floats:
        self._check_parameters()
        return as_table(X, type(self).__name__)

    def _fit(
        self,
        X: ArrayLike,
        y: object,
        sample_weight: ArrayLike | None,
        known_labels: ArrayLike | None,
        table: Floats,
        *,
        is_finite: bool = False,
        run: RunOptions = RunOptions(),  # noqa: B008
    ) -> Model:
        """Returns the model of X, which is `table` as the core reads it; tells callbacks."""
        metadata = {"sample_weight": sample_weight, "known_labels": known_labels}
        with fit_task(self, X, y, metadata, max_iter=self.max_iter) as task:
            model = fit_model(
                self,
                self._model,
                table,
                sample_weight,
                feature_names_of(X),
                known_labels=as_known_labels(
                    known_labels,
                    table.shape[0],
                    self.n_components,
                    noise=first_share(self.noise) is not None,
                ),
                is_finite=is_finite,
                listeners=[task] if task else [],
                run=run,
            )
            if task:
                task.end({"_model": model})
        return model

    def _score(self, X: ArrayLike, sample_weight: ArrayLike | None) -> tuple[float, float]:
        """The mean log-likelihood, and the sum of the weights."""
        model = self._get_model()
        rows, weights = self._weighted_rows(self._table_to_score(model, X), sample_weight)
        mean = model.predictor.score(rows, weights, self._n_threads(rows))
        return mean, n_rows(rows, weights)

    def _criteria(self, X: ArrayLike, sample_weight: ArrayLike | None) -> dict[str, float]:
        model = self._get_model()
        rows, weights = self._weighted_rows(self._table_to_score(model, X), sample_weight)
        return criteria(model, rows, weights, self._n_threads(rows))
