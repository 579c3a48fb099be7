"""Many small fits at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike

from gaussmix import _model_file, exceptions
from gaussmix._core import FitResult
from gaussmix._fit import ADVICE
from gaussmix._many_arguments import check_params, frame_of
from gaussmix._many_tables import ManyTables
from gaussmix._model import Model
from gaussmix._seeds import RandomState, draw_seed
from gaussmix._tables import Table, tables_of
from gaussmix._threads import n_threads
from gaussmix._types import FeatureNames, Floats
from gaussmix.mixture import GaussianMixture

if TYPE_CHECKING:
    import pandas

_OF_ONE_FIT = (
    "weights_init", "means_init", "precisions_init", "warm_start", "verbose", "verbose_interval",
    "callback",
)  # fmt: skip


class ManyFits(Sequence[GaussianMixture]):
    """The mixtures that `fit_many` fitted, in the order of their tables.

    `fits[i]` is the fitted estimator of table i, made when it is asked for, with the same bits as
    `GaussianMixture(...).fit(tables[i])`; it raises ValueError where that fit failed.

    Parameters
    ----------
    keys : list
        What the tables are called: their numbers, the keys of a dict, or the labels of groups.
    tables : sequence
        The tables, as they were checked.
    outcomes : sequence
        The result of each fit, or why it failed.
    params : dict
        The parameters of all estimators.

    Attributes
    ----------
    keys : list
        As above.
    errors : dict
        By key, why fits failed; empty if none did.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import fit_many
    >>> fits = fit_many({"a": np.eye(3), "b": np.zeros((4, 3))}, random_state=0)
    >>> fits
    <ManyFits of 2 tables>
    >>> fits.of("a").means_.round(2).tolist(), fits.errors
    ([[0.33, 0.33, 0.33]], {})
    """

    def __init__(
        self,
        keys: list[Hashable],
        tables: Sequence[Table],
        outcomes: Sequence[FitResult | Exception],
        params: dict[str, Any],
    ) -> None:
        self.keys = keys
        self._n_samples = [0 if table.rows is None else len(table.rows) for table in tables]
        self._names = [table.feature_names for table in tables]
        self._outcomes, self._params = outcomes, params
        self.errors: dict[Hashable, Exception] = {
            key: outcome
            for key, outcome in zip(keys, outcomes, strict=True)
            if isinstance(outcome, Exception)
        }

    def __getstate__(self) -> dict[str, Any]:
        models = (
            outcome if isinstance(outcome, Exception) else _bytes_of(outcome, names, self._params)
            for outcome, names in zip(self._outcomes, self._names, strict=True)
        )
        return {**vars(self), "_outcomes": list(models)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._outcomes = [
            _model_file.read(outcome).model.result if isinstance(outcome, bytes) else outcome
            for outcome in state["_outcomes"]
        ]

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, index: int) -> GaussianMixture: ...
    @overload
    def __getitem__(self, index: slice) -> list[GaussianMixture]: ...
    def __getitem__(self, index: int | slice) -> GaussianMixture | list[GaussianMixture]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        outcome = self._outcomes[index]
        if isinstance(outcome, Exception):
            raise ValueError(
                f"the fit of table {self.keys[index]!r} failed: {outcome}"
            ) from outcome
        estimator = GaussianMixture(**self._params)
        estimator._model = Model(outcome, self._names[index])
        return estimator

    def of(self, key: Hashable) -> GaussianMixture:
        """Returns the estimator of a table by its key.

        Parameters
        ----------
        key : object
            One of `keys`.

        Returns
        -------
        GaussianMixture
            Fitted to that table.

        Raises
        ------
        KeyError
            If there is no such table.
        ValueError
            If its fit failed.

        Examples
        --------
        >>> import numpy as np
        >>> from gaussmix import fit_many
        >>> fits = fit_many({"a": np.eye(3)}, random_state=0)
        >>> fits.of("a").n_components
        1
        """
        try:
            return self[self.keys.index(key)]
        except ValueError:
            if key in self.keys:
                raise
            raise KeyError(key) from None

    @property
    def records(self) -> list[dict[str, Any]]:
        """A dict for each table.

        key, n_samples : object, int
            Which table it is, and how many rows of it count.
        lower_bound, n_iter, converged, n_repairs : float, int, bool, int
            How the fit ended, as the estimator's attributes; nan, 0 and False where it failed.
        error : str or None
            Why it failed.
        """
        return [
            {"key": key, "n_samples": count, **_record(outcome)}
            for key, count, outcome in zip(self.keys, self._n_samples, self._outcomes, strict=True)
        ]

    def to_frame(self) -> pandas.DataFrame:
        """Returns the records as a data frame; needs pandas.

        Returns
        -------
        pandas.DataFrame
            A row for each table, with the keys of `records` as columns.

        Raises
        ------
        ImportError
            Without pandas.

        Examples
        --------
        >>> import numpy as np
        >>> from gaussmix import fit_many
        >>> fit_many([np.eye(3), np.eye(4)], random_state=0).to_frame()["n_samples"].tolist()
        [3, 4]
        """
        return frame_of(self.records)

    @property
    def weights_(self) -> Floats:
        """The weights of all fits: (n_tables, n_components); nan where a fit failed."""
        return self._stacked("weights")

    @property
    def means_(self) -> Floats:
        """The means of all fits: (n_tables, n_components, n_features); nan where a fit failed.

        Raises ValueError where tables have different numbers of features.
        """
        return self._stacked("means")

    @property
    def covariances_(self) -> Floats:
        """The covariances of all fits, one below the other; else as `means_`."""
        return self._stacked("covariances")

    def _stacked(self, name: str) -> Floats:
        arrays = [
            None if isinstance(outcome, Exception) else getattr(outcome.mixture, name)
            for outcome in self._outcomes
        ]
        shapes = {array.shape for array in arrays if array is not None}
        if len(shapes) != 1:
            why = "all fits failed" if not shapes else "tables have different numbers of features"
            raise ValueError(f"the {name} of the fits cannot be stacked: {why}")
        missing = np.full(shapes.pop(), np.nan)
        return np.stack([missing if array is None else array for array in arrays])

    def __repr__(self) -> str:
        failed = f", {len(self.errors)} of them failed" if self.errors else ""
        return f"<ManyFits of {len(self)} tables{failed}>"


def fit_many(
    tables: Any,
    n_components: int = 1,
    *,
    groups: ArrayLike | None = None,
    sample_weight: Any = None,
    random_state: RandomState = None,
    n_jobs: int | None = None,
    progress: bool | Callable[..., Any] = False,
    **params: Any,
) -> ManyFits:
    """Fits a mixture to each of many tables, several side by side.

    Parameters
    ----------
    tables : sequence or dict of array-likes, array of shape (n_tables, n_samples, n_features), or \
    array-like of shape (n_samples, n_features) with `groups`
        The rows of each, at least 2 and at least n_components. A table that is float32 has a
        float32 model.
    n_components : int >= 1, default=1
        The number of components of each fit.
    groups : array-like of shape (n_samples,), default=None
        Which table each row belongs to, as labels that can be sorted.
    sample_weight : None, or weights for each table, default=None
        A sequence or dict of array-likes of shape (n_samples,); with `groups`, one of them.
    random_state : int in [0, 2**64), RandomState, Generator or None, default=None
        Where random numbers come from. All fits are made with the same seed: an int itself.
    n_jobs : int other than 0 or None, default=None
        The number of threads, as in `GaussianMixture`; no result depends on it.
    progress : bool or class, default=False
        Whether to show a progress bar: True needs tqdm; a class is used in the place of tqdm.
    **params
        Further parameters of `GaussianMixture`, but for those of one fit: parameters to start from,
        a function as `init_params`, `warm_start`, `callback`, `verbose`.

    Returns
    -------
    ManyFits
        A sequence of the fitted estimators, with a table of how the fits ended. Each has the bits
        of `GaussianMixture(...).fit` with the same parameters.

    Raises
    ------
    TypeError, ValueError
        For arguments that cannot be used.

    Warns
    -----
    UserWarning
        Once for all tables that could not be fitted: these fail alone.
    ConvergenceWarning
        Once for all fits that did not converge.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import fit_many
    >>> rng = np.random.RandomState(0)
    >>> tables = rng.normal([[[1.0], [9.0]]], 1, (1000, 50, 2, 1)).reshape(1000, 100, 1)
    >>> fits = fit_many(tables, 2, random_state=0)
    >>> print(np.sort(fits.means_[..., 0]).mean(axis=0).round(1), fits[7].n_iter_ > 1)
    [1. 9.] True
    """
    settings = {
        **params, "n_components": n_components, "random_state": random_state, "n_jobs": n_jobs,
    }  # fmt: skip
    _check_settings(settings, progress)
    keys, found = tables_of(tables, sample_weight, groups)
    settings["random_state"] = seed = draw_seed(random_state)
    many = ManyTables(GaussianMixture(**settings), found, seed)
    outcomes = many.run(n_threads(n_jobs), progress)
    fits = ManyFits(keys, found, outcomes, settings)
    _warn(fits)
    return fits


def _check_settings(settings: dict[str, Any], progress: Any) -> None:
    """Raises TypeError for what is no parameter of many fits, ValueError for its value."""
    estimator = check_params("fit_many", {**settings, "progress": progress})
    for name in _OF_ONE_FIT:
        if name in settings:
            raise TypeError(f"fit_many() takes no {name}, which is of one fit")
    if callable(estimator.init_params):
        raise ValueError("init_params of fit_many must be a str: a function is of one fit")


def _bytes_of(result: FitResult, names: FeatureNames | None, params: dict[str, Any]) -> bytes:
    """A model file: the core's results are no objects that Python can pickle."""
    return _model_file.to_bytes(Model(result, names), params)


def _record(outcome: FitResult | Exception) -> dict[str, Any]:
    if isinstance(outcome, Exception):
        return {
            "lower_bound": np.nan, "n_iter": 0, "converged": False, "n_repairs": 0,
            "error": str(outcome),
        }  # fmt: skip
    return {
        "lower_bound": outcome.lower_bound,
        "n_iter": outcome.n_iter,
        "converged": outcome.converged,
        "n_repairs": sum(repair.start == outcome.best_start for repair in outcome.repairs),
        "error": None,
    }


def _warn(fits: ManyFits) -> None:
    n = len(fits)
    if fits.errors:
        reasons = [f"{key!r}: {error}" for key, error in list(fits.errors.items())[:3]]
        more = " | and others" if len(fits.errors) > len(reasons) else ""
        warnings.warn(
            f"{len(fits.errors)} of {n} tables failed: {' | '.join(reasons)}{more}",
            UserWarning,
            stacklevel=3,
        )
    unfinished = [
        key
        for key, outcome in zip(fits.keys, fits._outcomes, strict=True)
        if isinstance(outcome, FitResult) and not outcome.converged
    ]
    if unfinished and fits._params.get("max_iter") != 0:
        first = ", ".join(map(repr, unfinished[:5]))
        more = ", ..." if len(unfinished) > 5 else ""
        warnings.warn(
            f"{len(unfinished)} of {n} fits did not converge: {first}{more}. {ADVICE}",
            exceptions.ConvergenceWarning,
            stacklevel=3,
        )
