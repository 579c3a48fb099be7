"""A part of the page: what it measures, and how."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from em.target import Target


@dataclass(frozen=True)
class Settings:
    quick: bool  # tiny data, one round
    n_threads: int

    @property
    def n_rounds(self) -> int:
        return 1 if self.quick else 3


@dataclass(frozen=True)
class Part:
    title: str
    about: str
    head: tuple[str, ...]
    measure: Callable[[Settings], Iterable[list[str]]]  # the cells, row by row


def judged(value: float | None, must: float, lower_is_better: bool = False) -> list[str]:
    """Cells: what was measured, what must be, and whether it is."""
    sign = "<=" if lower_is_better else ">="
    shown = "" if value is None else f"{value:.3g}"
    verdict = Target("", value, must, None, lower_is_better).verdict()
    return [shown, f"{sign} {must:g}", verdict]
