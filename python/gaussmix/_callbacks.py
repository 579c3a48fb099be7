"""Callbacks of scikit-learn (1.9 or newer): an estimator that is handed some tells them of its fit.

scikit-learn does the work; nothing of it is imported where there are no callbacks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

from numpy.typing import ArrayLike


class CallbackSupport:
    """`set_callbacks`. Once set, `_skl_callbacks` is what `clone` hands on."""

    def set_callbacks(self, *callbacks: Any) -> Self:
        """Sets the scikit-learn callbacks that are told of every fit, in place of those before.

        Parameters
        ----------
        *callbacks
            Objects of scikit-learn's protocol FitCallback, such as ProgressBar; without any, nobody
            is told. docs/scikit-learn.md lists what they are told.

        Returns
        -------
        estimator
            The estimator itself.

        Raises
        ------
        TypeError
            For what is no callback.
        ImportError
            Unless scikit-learn 1.9 or newer is installed.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> from sklearn.callback import ScoringMonitor
        >>> GaussianMixture(2).set_callbacks(ScoringMonitor(scoring=None))
        GaussianMixture(n_components=2)
        """
        try:
            from sklearn.callback import (  # type: ignore[import-untyped]
                CallbackSupportMixin,
            )
        except ImportError:
            raise ImportError("set_callbacks needs scikit-learn 1.9 or newer") from None
        CallbackSupportMixin.set_callbacks(self, *callbacks)
        return self


class FitTask:
    """A fit as callbacks see it: a task of starts, which are tasks of iterations.

    It is a listener of the fit. A start may be put aside and taken up again, so all end with the
    fit; an iteration is known when it is over, so it begins and ends then.
    """

    def __init__(self, context: Any, told: Mapping[str, Any], max_iter: int) -> None:
        self._context, self._told = context, told
        self._max_iter = max_iter
        self._starts: list[Any] = []
        context.call_on_fit_task_begin(**told)

    def begin(self, start: int) -> None:
        # The first start has max_iter iterations at the most; others may begin anew.
        most = None if start else self._max_iter
        context = self._context.subcontext(task_name="start", max_subtasks=most)
        self._starts.append(context.call_on_fit_task_begin(**self._told))

    def iterate(
        self, start: int, iteration: int, lower_bound: float, change: float, converged: bool
    ) -> bool:
        context = self._starts[start].subcontext(task_name="iteration")
        context.call_on_fit_task_begin(**self._told)
        return bool(context.call_on_fit_task_end(**self._told))

    def end(self, found: Mapping[str, Any]) -> None:
        """Tells that the fit found these attributes, which make a fitted estimator."""
        for context in self._starts:
            context.call_on_fit_task_end(**self._told)
        self._context.call_on_fit_task_end(**self._told, reconstruction_attributes=found)


@contextmanager
def fit_task(
    estimator: CallbackSupport,
    X: ArrayLike,
    y: object,
    metadata: Mapping[str, ArrayLike | None],
    *,
    max_iter: int | None = None,
) -> Iterator[FitTask | None]:
    """Yields what tells the estimator's callbacks of one fit, or None if there are none.

    `metadata` is what else the method was given, None where it was not. `max_iter` is that of the
    fit if it tells of its starts and iterations, else None. The callbacks are torn down however
    the fit ends.
    """
    if not hasattr(estimator, "_skl_callbacks"):
        yield None
        return
    from sklearn.callback import CallbackSupportMixin, with_callbacks

    told: dict[str, Any] = {"estimator": estimator, "X": X, "y": y}
    given = {name: value for name, value in metadata.items() if value is not None}
    if given:
        told["metadata"] = given
    n_tasks = 0 if max_iter is None else None  # how many starts there will be is not known
    try:
        context = CallbackSupportMixin._init_callback_context(estimator, max_subtasks=n_tasks)
        yield FitTask(context, told, max_iter or 0)
    finally:
        with_callbacks(lambda _: None)(estimator)  # tears down when the method is over: at once
