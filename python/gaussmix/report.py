"""What a fit tells of itself: how each start went, and what had to be repaired."""

import logging
from dataclasses import dataclass, field

from gaussmix._core import FitResult

_LOGGER = logging.getLogger("gaussmix")
_MAX_LOGGED = 5


@dataclass(frozen=True)
class Start:
    """How one start went.

    Examples
    --------
    >>> from gaussmix import GaussianMixture
    >>> model = GaussianMixture(2, random_state=0).fit([[0.0], [1.0], [8.0], [9.0]])
    >>> model.fit_report_.starts[0].origin
    'k-means'
    """

    origin: str
    """Where its first model came from."""
    lower_bound: float
    """Mean log-likelihood of a row, before the last M-step; -inf without an iteration. Of a start
    that was dropped it may be that of a sample of the rows."""
    n_iter: int
    converged: bool
    dropped: bool
    """Whether it was left after its short run: others of its round were ahead, or it failed."""
    seconds: float = field(compare=False)
    """Of wall time that it took, with its seeding."""

    def __str__(self) -> str:
        ending = "converged" if self.converged else "did not converge"
        return (
            f"{self.origin}: log-likelihood {self.lower_bound:.6g}, {self.n_iter} iterations, "
            f"{ending}"
        )


@dataclass(frozen=True)
class Repair:
    """One repair of a degenerate component.

    Examples
    --------
    >>> from gaussmix import GaussianMixture
    >>> model = GaussianMixture(2, random_state=0).fit([[0.0], [1.0], [8.0], [9.0]])
    >>> model.fit_report_.repairs
    ()
    """

    start: int
    iteration: int
    """0 is the M-step that makes the first model of a start."""
    component: int
    """-1 stands for a covariance that all components share."""
    reason: str
    action: str

    def __str__(self) -> str:
        which = "the shared covariance" if self.component < 0 else f"component {self.component}"
        return (
            f"start {self.start}, iteration {self.iteration}, {which}: {self.reason}; {self.action}"
        )


@dataclass(frozen=True)
class FitReport:
    """The starts of a fit in their order, and the repairs of all starts; str() is for reading.

    The starts are all that were made, with n_init > 1 about five times as many: see
    `GaussianMixture`.

    Examples
    --------
    >>> from gaussmix import GaussianMixture
    >>> model = GaussianMixture(2, random_state=0).fit([[0.0], [1.0], [8.0], [9.0]])
    >>> report = model.fit_report_
    >>> len(report.starts), report.best_start, len(report.repairs)
    (1, 0, 0)
    """

    starts: tuple[Start, ...] = ()
    repairs: tuple[Repair, ...] = ()
    best_start: int = 0
    truncation_error: float = 0.0
    """By how much the truncation lowers `lower_bound_`; where a callback or the time ended the fit,
    by how much at most."""

    @classmethod
    def of(cls, result: FitResult) -> "FitReport":
        """Returns the report of what a fit of the core returned.

        Parameters
        ----------
        result : gaussmix._core.FitResult
            What the core returned.

        Returns
        -------
        FitReport
            A copy of it in Python's types.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> from gaussmix.report import FitReport
        >>> model = GaussianMixture(2, random_state=0).fit([[0.0], [1.0], [8.0], [9.0]])
        >>> FitReport.of(model._model.result) == model.fit_report_
        True
        """
        starts = tuple(
            Start(s.origin, s.lower_bound, s.n_iter, s.converged, s.dropped, s.seconds)
            for s in result.starts
        )
        repairs = tuple(
            Repair(r.start, r.iteration, r.component, r.reason, r.action) for r in result.repairs
        )
        return cls(starts, repairs, result.best_start, result.truncation_error)

    def log_repairs(self, since: int = 0) -> None:
        """Logs the best start's repairs as warnings: the first few, and the number of others.

        Parameters
        ----------
        since : int, default=0
            Those before this iteration are left out.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> model = GaussianMixture(2, random_state=0).fit([[0.0], [1.0], [8.0], [9.0]])
        >>> model.fit_report_.log_repairs()
        """
        repairs = [
            repair
            for repair in self.repairs
            if repair.start == self.best_start and repair.iteration >= since
        ]
        for repair in repairs[:_MAX_LOGGED]:
            _LOGGER.warning("Repaired: %s", repair)
        if len(repairs) > _MAX_LOGGED:
            _LOGGER.warning("Repaired: and %d more", len(repairs) - _MAX_LOGGED)

    def __str__(self) -> str:
        if not self.starts:
            return "not fitted to data: the parameters were given"
        lines = [
            f"start {i}{' (best)' if i == self.best_start else ''}, {start}"
            for i, start in enumerate(self.starts)
            if not start.dropped
        ]
        if n_dropped := sum(start.dropped for start in self.starts):
            lines.append(f"dropped after a short run: {n_dropped} starts")
        if self.truncation_error > 0:
            lines.append(f"truncation lowers the log-likelihood by {self.truncation_error:.2g}")
        lines += [f"repaired: {repair}" for repair in self.repairs] or ["no repairs"]
        return "\n".join(lines)
