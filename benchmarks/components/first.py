"""The first iteration, in which nothing is known of rows, beside oneDAL and scikit-learn."""

import dataclasses
from collections.abc import Iterator

import numpy as np
from em.problems import Array, Parameters, Problem, Shape, make_start
from em.rounds import mean_log_likelihood

from components.part import Part, Settings, judged
from components.peers import Peers, at_work
from components.rows import overlapping, shrunk

OURS = "gaussmix"
VARIANCES, COVARIANCE = "variances", "covariance"  # of the data, that all components start with
# Each with how many times as long the peers must take.
CASES: tuple[tuple[Shape, str, dict[str, float]], ...] = (
    *(
        (Shape("full", *sizes), start, {"oneDAL": 4.0})
        for sizes in ((200_000, 8, 1024), (100_000, 16, 512), (100_000, 32, 256))
        for start in (VARIANCES, COVARIANCE)
    ),
    *(
        (Shape("diag", *sizes), VARIANCES, {"oneDAL": 4.0, "scikit-learn": 80.0})
        for sizes in ((200_000, 8, 1024), (100_000, 64, 512))
    ),
)
# How many iterations the fits have that are timed. scikit-learn ends one with another E-step; an
# iteration is what two take more than one.
FITS = {OURS: (1,), "oneDAL": (1,), "scikit-learn": (2, 1)}
# It has several arrays of rows x components: it gets one row in so many.
SHARE = {OURS: 1, "oneDAL": 1, "scikit-learn": 4}
CHECKED = 5_000  # rows whose mean log-likelihood is compared


def started(X: Array, k: int, covariance_type: str, start: str) -> Parameters:
    """make_start; or with the data's covariance, which has no zeros, for every component."""
    found = make_start(X, k, covariance_type)
    if start == VARIANCES:
        return found
    return dataclasses.replace(found, covariances=np.tile(np.cov(X.T), (k, 1, 1)))


def _difference(peers: Peers, problem: Problem, peer: str) -> str:
    """Of the mean log-likelihoods after the first iteration, by scikit-learn."""
    if SHARE[peer] > 1:
        return ""
    part = dataclasses.replace(problem, X=problem.X[:CHECKED])
    scores = [mean_log_likelihood(part, peers.parameters(name)) for name in (OURS, peer)]
    return f"{abs(scores[0] - scores[1]):.0e}"


def _rows(
    peers: Peers, problem: Problem, musts: dict[str, float], n_rounds: int
) -> Iterator[list[str]]:
    """Of each peer: the peer, our milliseconds, its own, the verdict and the difference."""
    names = (OURS, *musts)
    problems = {n: dataclasses.replace(problem, X=problem.X[:: SHARE[n]]) for n in names}
    least = peers.least_seconds(problems, n_rounds, FITS)

    def iteration(name: str) -> float:
        fits = [least[name, n] for n in FITS[name]]
        return SHARE[name] * (fits[0] if len(fits) == 1 else fits[0] - fits[1])

    for peer, must in musts.items():
        if peer in peers.failures or OURS in peers.failures:
            yield [peer, "", next(iter(peers.failures.values())), *judged(None, must), ""]
            continue
        ours, theirs = iteration(OURS), iteration(peer)
        times = [f"{1e3 * seconds:.0f}" for seconds in (ours, theirs)]
        yield [peer, *times, *judged(theirs / ours, must), _difference(peers, problem, peer)]


def _measure(settings: Settings) -> Iterator[list[str]]:
    with at_work(tuple(FITS), settings.n_threads) as peers:
        for shape, start, musts in CASES:
            small = shrunk(shape) if settings.quick else shape
            X, _ = overlapping(small)
            problem = Problem(X, shape.name, started(X, small.n_components, shape.name, start))
            for cells in _rows(peers, problem, musts, settings.n_rounds):
                yield [str(small), start, *cells]


FIRST = Part(
    "The first iteration",
    f"""\
Means N(0, I), unit covariances. Everybody starts from equal weights, random rows as means, and the
variances of the data, or their covariance, for every component; in processes of their own, in
turns, with all threads. Milliseconds of a whole fit of one iteration, the least of the rounds.
scikit-learn ends a fit with one more E-step: its time is what two iterations take more than one, of
one row in {SHARE["scikit-learn"]}, multiplied. The difference is that of the mean log-likelihoods
of {CHECKED:,} rows after the iteration.""",
    ("(rows, features, components)", "start", "peer", "gaussmix, ms", "peer, ms", "times", "must",
     "verdict", "difference"),
    _measure,
)  # fmt: skip
