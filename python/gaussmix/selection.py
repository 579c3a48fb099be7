"""Choosing the number of components and the covariance type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from numpy.typing import ArrayLike

from gaussmix._feature_names import feature_names_of
from gaussmix._grid import Grid, Record
from gaussmix._many_arguments import frame_of
from gaussmix._seeds import RandomState, draw_seed
from gaussmix._selection_arguments import (
    check_choice,
    check_resamples,
    check_settings,
    component_numbers,
    covariance_types_of,
    sample_of,
)
from gaussmix._selection_run import Callback, GridRun
from gaussmix._selection_table import html, short, table
from gaussmix._threads import n_threads
from gaussmix._types import CovarianceType, NInit
from gaussmix.mixture import GaussianMixture

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Criterion: TypeAlias = Literal["bic", "aic", "icl", "stability"]
CRITERIA: tuple[Criterion, ...] = get_args(Criterion)


@dataclass(frozen=True, eq=False, repr=False)
class Selection:
    """Fits with several numbers of components and covariance types, and the best of them.

    `select` makes one. str() shows the criterion of all, for reading.

    Examples
    --------
    >>> from gaussmix import select
    >>> found = select(
    ...     [[0.0], [1.0], [8.0], [9.0]], [1, 2], covariance_types="full", random_state=0
    ... )
    >>> found.criterion, len(found.records), found.best_record["n_components"]
    ('bic', 2, 2)
    """

    records: list[Record]
    """A dict for each fit, by covariance type and number of components in the order asked for:

    - n_components, covariance_type: int, str
    - log_likelihood: float, of all rows together, weighted. This and all other numbers of a fit
      that failed are nan.
    - bic, aic, icl: float; lower is better.
    - stability, stability_error: float, only there if the criterion is 'stability'; higher is
      better. nan for one component.
    - n_parameters: int, the number of free parameters.
    - converged, n_iter, n_repairs: bool, int, int, how the best start of the fit ended, and how
      many components it had to repair.
    - seconds: float, of wall time; of fits side by side each has its own.
    - error: str or None, why the fit failed.
    """
    criterion: Criterion
    best_: GaussianMixture
    """The fitted mixture of the best record."""
    best_record: Record
    """The one of the records whose criterion is best. Of equals it is the first; of equally stable
    ones that with the most components, and of these that with the least BIC."""

    def to_frame(self) -> pandas.DataFrame:
        """Returns the records as a data frame; needs pandas.

        Returns
        -------
        pandas.DataFrame
            A row for each fit, with the keys of `records` as columns.

        Raises
        ------
        ImportError
            Without pandas.

        Examples
        --------
        >>> from gaussmix import select
        >>> found = select(
        ...     [[0.0], [1.0], [8.0], [9.0]], [1, 2], covariance_types="full", random_state=0
        ... )
        >>> found.to_frame()["n_components"].tolist()
        [1, 2]
        """
        return frame_of(self.records)

    def plot(self, ax: Axes | Figure | None = None) -> Axes:
        """Draws the criterion over the number of components: `gaussmix.plot.criterion`.

        Parameters
        ----------
        ax : matplotlib Axes or Figure, default=None
            Where to draw; None makes a new figure with pyplot.

        Returns
        -------
        matplotlib.axes.Axes
            Where it was drawn.

        Raises
        ------
        ImportError
            Without matplotlib: pip install 'gaussmix[plot]'.

        Examples
        --------
        >>> from gaussmix import select
        >>> from matplotlib.figure import Figure
        >>> found = select(
        ...     [[0.0], [1.0], [8.0], [9.0]], [1, 2], covariance_types="full", random_state=0
        ... )
        >>> found.plot(Figure()).get_xlabel()
        'number of components'
        """
        from gaussmix.plot.criterion import criterion

        return criterion(self, ax)

    def table(self, width: int = 100) -> str:
        """Returns what str() does, with lines of at most `width` characters where that is possible.

        Parameters
        ----------
        width : int, default=100
            The most characters of a line.

        Returns
        -------
        str
            A line is a number of components, a column a covariance type.

        Examples
        --------
        >>> from gaussmix import select
        >>> X = [[0.0], [1.0], [8.0], [9.0]]
        >>> found = select(X, [1, 2], covariance_types=["full", "tied"], random_state=0)
        >>> print(found.table(width=40).splitlines()[0])
        BIC (lower is better)
        """
        return table(self.records, self.criterion, self.best_record, width)

    def __str__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        return html(self.records, self.criterion, self.best_record)

    def __repr__(self) -> str:
        found = short(self.best_record, self.criterion)
        return f"<Selection of {len(self.records)} fits, best: {found}>"


def select(
    X: ArrayLike,
    n_components: int | Iterable[int] = range(1, 10),
    *,
    covariance_types: str | Sequence[CovarianceType] = ("full", "tied", "diag", "spherical"),
    criterion: Criterion = "bic",
    sample_weight: ArrayLike | None = None,
    n_init: NInit = "auto",
    n_resamples: int = 10,
    n_jobs: int | None = None,
    random_state: RandomState = None,
    callback: Callback | None = None,
    progress: bool | Callable[..., Any] = False,
    **params: Any,
) -> Selection:
    """Fits mixtures with several numbers of components and covariance types, and finds the best.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        At least 2 rows.
    n_components : int or iterable of int, default=range(1, 10)
        The numbers of components to try, each at least 1.
    covariance_types : sequence of str or str, default=('full', 'tied', 'diag', 'spherical')
        The covariance types to try, or one, or 'all' that gaussmix knows.
    criterion : {'bic', 'aic', 'icl', 'stability'}, default='bic'
        What the best fit is best in: see `GaussianMixture.bic`, `aic` and `icl`, of which the least
        is best; or 'stability', of which the highest is: the mean agreement of the labels by fits
        to two halves of the rows, as the adjusted Rand index (Hubert, Arabie 1985), which is 1 if
        they are the same and about 0 if they have nothing in common. One component has none.
    sample_weight : array-like of shape (n_samples,), float or None, default=None
        How often each row counts, as in `GaussianMixture.fit`. For 'stability', rows are halved.
    n_init : int >= 1 or 'auto', default='auto'
        How each fit looks for a good start: see `GaussianMixture`. With 'auto', fits with the same
        number of components share the clusterings that they may begin from, and may begin where
        those of the covariance types before it ended.
    n_resamples : int >= 1, default=10
        By how many pairs of halves the stability is measured; only used by that criterion, which
        makes 2 n_resamples more fits for each.
    n_jobs : int other than 0 or None, default=None
        The number of threads, as in `GaussianMixture`; no result depends on it. Numbers of
        components run side by side on one thread each, those with at least 2**24 rows x features x
        components one after another on all.
    random_state : int in [0, 2**64), RandomState, Generator or None, default=None
        Where random numbers come from. An int repeats the same draws in each call. All fits are
        made with the same seed: an int itself.
    callback : callable or None, default=None
        Called as callback(record) with a record of `Selection` after each fit, in the order in
        which they end. If it returns True, no more fits are made, and those that have ended are the
        result. If it raises, so does `select`.
    progress : bool or class, default=False
        Whether to show a progress bar: True needs tqdm; a class is used in the place of tqdm.
    **params
        Further parameters of `GaussianMixture`, for all fits. A function as `init_params` is called
        from several threads.

    Returns
    -------
    Selection
        A fit that fails (say, for fewer rows than components) is a record with an `error`.

    Raises
    ------
    ValueError, TypeError
        For arguments or data that cannot be used; ValueError if every fit fails.

    Warns
    -----
    UserWarning
        One that names all fits that failed.
    ConvergenceWarning
        One that names all fits that did not converge.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix import select
    >>> rng = np.random.RandomState(0)
    >>> X = np.vstack([rng.normal(0, 1, (200, 2)), rng.normal(8, 1, (300, 2))])
    >>> found = select(X, range(1, 5), random_state=0)
    >>> found.best_record["n_components"], found.best_.weights_.round(1).tolist()
    (2, [0.4, 0.6])
    """
    check_choice("criterion", criterion, CRITERIA)
    check_resamples(n_resamples)
    settings = {**params, "n_init": n_init, "random_state": random_state, "n_jobs": n_jobs}
    check_settings({**settings, "callback": callback, "progress": progress})
    numbers, types = component_numbers(n_components), covariance_types_of(covariance_types)
    sample = sample_of(X, sample_weight)
    settings["random_state"] = draw_seed(random_state)
    n_splits = n_resamples if criterion == "stability" else None
    run = GridRun(Grid(sample, feature_names_of(X), settings, n_splits, types), numbers, criterion)
    run.run(n_threads(n_jobs), callback, progress)
    model, record = run.best()
    run.warn()
    best = GaussianMixture(
        record["n_components"], **{**settings, "covariance_type": record["covariance_type"]}
    )
    best._model = model
    best.fit_report_.log_repairs()
    return Selection(run.records(), criterion, best, record)
