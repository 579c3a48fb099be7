"""The first iteration against matrix products of as many operations."""

from collections.abc import Iterator

from em.limits import PRODUCT_LIMITS
from em.problems import DISTANCES, SHAPES, Problem, make_data
from em.rounds import Case, Entry
from em.targets import OURS, product_rate, useful_fraction

from components.first import COVARIANCE, VARIANCES, started
from components.part import Part, Settings
from components.peers import at_work
from components.rows import shrunk


def _measure(settings: Settings) -> Iterator[list[str]]:
    names = (OURS, *PRODUCT_LIMITS)
    with at_work(names, settings.n_threads) as peers:
        for shape in SHAPES[1:]:
            small = shrunk(shape) if settings.quick else shape
            X = make_data(small, DISTANCES["separated"])
            cells = [str(small)]
            for start in (COVARIANCE, VARIANCES):
                problem = Problem(X, "full", started(X, small.n_components, "full", start))
                once = dict.fromkeys(names, (1,))
                least = peers.least_seconds(dict.fromkeys(names, problem), settings.n_rounds, once)
                entries = {name: Entry(None, 1, [seconds]) for (name, _), seconds in least.items()}
                case = Case("separated", small, "full", 1, entries)
                rate, share = product_rate(case), useful_fraction(case)
                cells += [f"{rate[1]:.0f}" if rate else "failed", f"{share:.3g}" if share else ""]
            yield cells


PRODUCTS = Part(
    "The first iteration against matrix products",
    """\
The shapes, the clusters and the useful work, 2 n k d^2 operations, of RESULTS.md; with the data's
covariance as the start, which is dense, and with their variances, as there, whose zeros are passed
over. Its rate against that of the faster of NumPy's and Eigen's matrix products, in the same
rounds.""",
    ("full", "dense start: products, GFLOP/s", "useful work against them",
     "start of variances: products, GFLOP/s", "useful work against them"),
    _measure,
)  # fmt: skip
