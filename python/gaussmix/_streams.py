"""Fits to more rows than fit into memory: docs/streams.md."""

from __future__ import annotations

from typing import Any, Self

from numpy.typing import ArrayLike

from gaussmix._arrays import as_sample_weight, as_table, check_finite, drop_weightless
from gaussmix._batches.fit import fit_rows
from gaussmix._batches.options import BatchOptions
from gaussmix._batches.rows import BatchRows
from gaussmix._batches.stepwise import Rate, Stream, advance
from gaussmix._checkpoint import PathLike
from gaussmix._constraints import check_parameters
from gaussmix._em_verbs import EmVerbs
from gaussmix._feature_names import feature_names_of, table_like_the_fits
from gaussmix._metadata_routing import UNCHANGED, Request
from gaussmix._types import Floats


class Streams(EmVerbs):
    """EM over batches of rows, and over a stream of them."""

    _stream: Stream | None = None

    def fit_batches(
        self,
        batches: Any,
        *,
        sample_weight: ArrayLike | None = None,
        batch_size: int | None = None,
        in_memory: bool = False,
        max_seconds: float | None = None,
        checkpoint: PathLike | None = None,
        checkpoint_every: int | None = None,
        resume: PathLike | None = None,
    ) -> Self:
        """Estimates the parameters by EM over the rows of batches, read once an iteration.

        Parameters
        ----------
        batches : iterable of batches, callable, path, numpy.memmap, ndarray or pyarrow data set
            A batch is an X as `fit` takes it, of any number of rows, or a tuple (X, sample_weight)
            or (X, sample_weight, known_labels), whose last two may be None. Batches come from a
            list; from anything else that can be iterated over again and again; from a function that
            returns an iterator each time it is called; or they are cut from the path of a .npy or
            Parquet file or of a folder of the latter, a list of paths, a numpy.memmap, a pyarrow
            data set, or an ndarray (n_samples, n_features).
        sample_weight : array-like of shape (n_samples,) or None, default=None
            The weights of all rows, one batch after the other, where batches do not bring them.
        batch_size : int >= 1 or None, default=None
            The number of rows that files, arrays and data sets are cut into. None: as many as are
            32 MiB.
        in_memory : bool, default=False
            Whether to read the batches once and keep them: then an iterator that can be read once
            will do, and iterations pass over components that are far from a batch's rows, which
            changes results by rounding alone.
        max_seconds : float > 0 or None, default=None
            After the iteration in which so much time is over since the call, the fit ends with what
            it has, and `fit_report_` and a ConvergenceWarning say so.
        checkpoint : path or None, default=None
            A file that is written, whole or not at all, where EM over all rows starts, after every
            `checkpoint_every` iterations, and at the end.
        checkpoint_every : int >= 1 or None, default=None
            None is 1.
        resume : path or None, default=None
            Such a file, from which the fit goes on, as if it had never ended: with the same batches
            it ends with the same bits (with `in_memory`, up to rounding). There is no sample; one
            pass checks the batches. `tol` and `max_iter`, which counts all iterations, may be
            others than they were. It is a ValueError if the file is damaged, or one of other
            settings, or of rows of other numbers, columns or weights.

        Returns
        -------
        GaussianMixture
            The estimator itself.

        Raises
        ------
        ValueError, TypeError
            For parameters or batches that cannot be used, with the number of the batch, counted
            from 0, and what reading them raises; then, as after Ctrl-C, the estimator is as it was
            before.

        Warns
        -----
        ConvergenceWarning
            If EM did not converge.

        Notes
        -----
        The first pass checks all batches and draws a sample of max(20000, 256 n_components, 16
        n_components n_features) rows, which depends on `random_state` and the rows, and not on how
        they are cut. A fit of at most 100 iterations to the sample, with `n_init` and
        `init_params`, is where EM over all rows starts; it starts from `weights_init`, `means_init`
        and `precisions_init` where they are given (of several starts, only where all three are), or
        with `warm_start` from the fit before. Iterations, `callback` and the attributes are those
        of EM over all rows. The model is float32 if all batches are, and float64 if any is not. The
        same batches give the same bits, wherever they come from, and as chunks in `gaussmix.dask`
        too (with `in_memory`, up to rounding).

        Examples
        --------
        >>> import numpy as np
        >>> from gaussmix import GaussianMixture
        >>> batches = [np.array([[0.0], [8.0]]), np.array([[1.0], [9.0]])]
        >>> model = GaussianMixture(2, random_state=0).fit_batches(batches)
        >>> sorted(model.means_.ravel().round(6).tolist())
        [0.5, 8.5]
        """
        check_parameters(self.get_params(), type(self).__name__)
        options = BatchOptions(
            max_seconds,
            checkpoint,
            checkpoint_every,
            resume,
            sample_weight,
            batch_size,
            in_memory,
        )
        rows = BatchRows(self, batches, options)
        self._model = fit_rows(self, self._model, rows, options)
        self._stream = None
        return self

    def partial_fit(
        self,
        X: ArrayLike,
        y: object = None,
        sample_weight: ArrayLike | None = None,
        *,
        exponent: float = 0.7,
        memory: float | None = None,
    ) -> Self:
        """Goes on with the next rows of a stream, which are seen once: stepwise EM.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Any number of rows. Their columns, and whether they are float32, are as in the first
            call.
        y : object, default=None
            Ignored.
        sample_weight : array-like of shape (n_samples,), float or None, default=None
            As in `fit`, but all may be 0; then nothing changes.
        exponent : float in (0.5, 1], default=0.7
            How fast what came before fades: see below.
        memory : float > 0 or None, default=None
            For streams that drift: how many rows are to be remembered, about. None: all.

        Returns
        -------
        GaussianMixture
            The estimator itself.

        Raises
        ------
        ValueError, TypeError
            For parameters or rows that cannot be used, and then it is as it was before.

        Notes
        -----
        The statistics of a row, s, are a running mean, and each call makes an M-step on them: rows
        of weight w, with W the weight of all rows so far and theirs, turn s into (1 - gamma) s +
        gamma (their statistics) / w, with gamma = (w / W)**exponent, at least min(1, w / memory)
        (Cappé, Moulines 2009).

        The start is a fit to the first rows, as soon as there are n_components of them (and two);
        until then the estimator stays unfitted, or as it was. While there are fewer than max(20000,
        256 n_components, 16 n_components n_features) rows, or `memory`, they are kept, and whenever
        they have doubled, the start is made anew from all of them; their box is that of a noise
        component. `fit` and `fit_batches` end a stream: a call after them begins another one.
        `n_iter_` counts the calls that changed the mixture, `lower_bound_` is the running mean of a
        row's log-likelihood (with a prior, penalised), `lower_bounds_` has it after each of the
        last 1000 of them, and `converged_` stays False.

        A pickle has the whole state, what `save` writes has the mixture alone.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture(2, random_state=0)
        >>> for batch in ([[0.0], [8.0]], [[1.0], [9.0]]):
        ...     model = model.partial_fit(batch)
        >>> model.n_iter_
        2
        """
        check_parameters(self.get_params(), type(self).__name__)
        rate = Rate.of(exponent, memory)
        stream, table = self._stream_and_table(X)
        weights = as_sample_weight(sample_weight, len(table), all_zero=True)
        rows, weights = drop_weightless(table, weights)
        check_finite(rows, "X", type(self).__name__, stream.feature_names)
        if len(rows):
            before = self._model if self._stream is not None else None
            model, stream = advance(self, before, stream, rows, weights, rate)
            if model is not None:
                self._model = model
            self._stream = stream
        return self

    def set_partial_fit_request(self, *, sample_weight: Request = UNCHANGED) -> Self:
        """Says whether a pipeline or a search passes `sample_weight` on to `partial_fit`.

        Parameters
        ----------
        sample_weight : bool, None or str
            As in `set_score_request`.

        Returns
        -------
        GaussianMixture
            The estimator itself.

        Raises
        ------
        RuntimeError
            As `set_score_request` does.

        Examples
        --------
        >>> import sklearn
        >>> from gaussmix import GaussianMixture
        >>> with sklearn.config_context(enable_metadata_routing=True):
        ...     model = GaussianMixture().set_partial_fit_request(sample_weight=True)
        >>> model.get_metadata_routing().partial_fit.requests
        {'sample_weight': True}
        """
        return self._request("partial_fit", {"sample_weight": sample_weight})

    def _stream_and_table(self, X: ArrayLike) -> tuple[Stream, Floats]:
        """The stream so far, or a new one that begins with X; and X as a table of its columns."""
        name, stream = type(self).__name__, self._stream
        if stream is None:
            table = as_table(X, name)
            return Stream(table.shape[1], table.dtype, feature_names_of(X)), table
        names, d = stream.feature_names, stream.n_features
        return stream, table_like_the_fits(X, names, d, stream.dtype, name)
