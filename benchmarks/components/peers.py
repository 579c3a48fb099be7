"""Several libraries, each in a process of its own, timed in turns."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from em.contestant import Contestant, FailureError
from em.problems import Parameters, Problem
from starts.turns import in_turns

TIMEOUT = 300.0  # seconds that a fit may take


class Peers:
    def __init__(self, names: tuple[str, ...], n_threads: int) -> None:
        self._of = {name: Contestant(name, name, n_threads, TIMEOUT) for name in names}
        self.failures: dict[str, str] = {}  # in the last problem

    def least_seconds(
        self,
        problems: Mapping[str, Problem],
        n_rounds: int,
        iterations: Mapping[str, tuple[int, ...]],
    ) -> dict[tuple[str, int], float]:
        """The time of a fit, by name and number of iterations, of who did not fail."""
        self.failures = {}
        least: dict[tuple[str, int], float] = {}
        for name, problem in problems.items():
            self._of[name].problem = problem
        for name in in_turns(list(problems), n_rounds):
            for n in iterations[name]:
                try:
                    seconds = self._of[name].seconds(n)
                except FailureError as failure:
                    self.failures[name] = str(failure)
                    break
                least[name, n] = min(seconds, least.get((name, n), seconds))
        return {key: value for key, value in least.items() if key[0] not in self.failures}

    def parameters(self, name: str) -> Parameters:
        """What the last fit found."""
        found: Parameters = self._of[name].parameters()
        return found

    def stop(self) -> None:
        for contestant in self._of.values():
            contestant.stop()


@contextmanager
def at_work(names: tuple[str, ...], n_threads: int) -> Iterator[Peers]:
    peers = Peers(names, n_threads)
    try:
        yield peers
    finally:
        peers.stop()
