"""What a benchmark sets out to reach, and whether it did."""

from dataclasses import dataclass


@dataclass
class Target:
    what: str
    value: float | None  # None: nothing was measured
    must: float
    reach: float | None
    lower_is_better: bool = False
    detail: str = ""  # shape by shape

    def verdict(self) -> str:
        if self.value is None:
            return "not measured"
        if self._passes(self.reach):
            return "reached"
        if self._passes(self.must):
            return "must: met" if self.reach is not None else "met"
        return "not met"

    def _passes(self, bound: float | None) -> bool:
        if bound is None or self.value is None:
            return False
        return self.value <= bound if self.lower_is_better else self.value >= bound
