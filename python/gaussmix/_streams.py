"""Fits to more rows than fit into memory: docs/streams.md."""

from __future__ import annotations

from typing import Any, TypeVar

from numpy.typing import ArrayLike

from gaussmix._constraints import check_parameters
from gaussmix._em_verbs import EmVerbs
from gaussmix._fit_batches import BatchOptions, fit_batches

Self = TypeVar("Self", bound="Streams")


class Streams(EmVerbs):
    """EM over batches of rows."""

    def fit_batches(
        self: Self,
        batches: Any,
        *,
        sample_weight: ArrayLike | None = None,
        batch_size: int | None = None,
        in_memory: bool = False,
        max_seconds: float | None = None,
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

        The first pass checks all batches and draws a sample of max(20000, 256 n_components,
        16 n_components n_features) rows, which depends on `random_state` and the rows, and not on
        how they are cut. A fit of at most 100 iterations to the sample, with `n_init` and
        `init_params`, is where EM over all rows starts; it starts from `weights_init`,
        `means_init` and `precisions_init` where they are given (of several starts, only where all
        three are), or with `warm_start` from the fit before. Iterations, `callback` and the
        attributes are those of EM over all rows. The model is float32 if all batches are, and
        float64 if any is not. The same batches give the same bits, wherever they come from.

        Returns the estimator itself. Raises ValueError or TypeError for parameters or batches that
        cannot be used, with the number of the batch, counted from 0, and what reading them raises;
        then, as after Ctrl-C, the estimator is as it was before. Warns with ConvergenceWarning if
        EM did not converge.
        """
        check_parameters(self.get_params(), type(self).__name__)
        options = BatchOptions(sample_weight, batch_size, in_memory, max_seconds)
        self._model = fit_batches(self, self._model, batches, options)
        return self
