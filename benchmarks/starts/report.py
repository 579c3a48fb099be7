"""The results in Markdown."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from em.tables import table, target_table

from starts import fits, kmeans, optima
from starts.targets import Measured, targets

_ABOUT_KMEANS = f"""\
Everybody starts from the same random rows and makes the same iterations (tol=0), in turns, on all
cores. A fit of one iteration has all that comes before and after it: checks, copies, norms, the
final labels. A further iteration is the difference of a fit of {1 + kmeans.MORE} and one of 1, by
{kmeans.MORE}. gaussmix and scikit-learn get float64; for FAISS, which has float32 alone, there is
gaussmix with float32. Before times come results: an inertia that is off by more than
{kmeans.AGREEMENT:g} from scikit-learn's counts as a failure. Milliseconds; medians of the rounds.
"""

_ABOUT_INERTIAS = f"""\
Whole fits from k-means++ with n_init=1 and a seed each, {kmeans.FEW_SEEDS} with more than
{kmeans.MANY} clusters: the median over the seeds, and in brackets the least and the greatest.
"""

_ABOUT_FITS = f"""\
Full covariances, tol 1e-3, the right number of components, a seed each; everything else is
everybody's default. Seconds: the median over the seeds, and in brackets the least and the greatest.
"As good": seeds whose mean log-likelihood is at least scikit-learn's - {fits.TOLERANCE:g}.
"""

_ABOUT_OPTIMA = """\
scikit-learn's curve is the best of 1, 2, 3, ... single fits, which is what n_init=1, 2, 3, ...
would find. The points of gaussmix are fits by themselves, with n_init = 1, 2, 4, ..., as long as
they fit into scikit-learn's time; more starts may be worse than fewer. What is compared is what the
most starts found, in the table as in the targets. max_iter=1000, tol=1e-6.
"""


@dataclass
class Results:
    machine: dict[str, str]
    versions: dict[str, str]
    n_rounds: int
    n_seeds: int
    measured: Measured


def markdown(results: Results, plot: str | None) -> str:
    measured = results.measured
    sections = [
        "# Results of the benchmark of starts",
        "Written by `python benchmarks/compare_starts.py`; all numbers are of one run.",
        table(["", ""], [[name, text] for name, text in results.machine.items()]),
        table(["", "version"], [[name, text] for name, text in results.versions.items()]),
        "## Targets",
        target_table(list(targets(measured))),
        "## Iterations of k-means",
        f"{_ABOUT_KMEANS.strip()} Rounds: {results.n_rounds}.",
        table(
            ["", "library", "a fit of one iteration", "each further iteration"],
            [row for size in measured.kmeans for row in _iteration_rows(size)],
        ),
        "## Inertia of k-means",
        _ABOUT_INERTIAS.strip(),
        table(
            ["", "library", "seconds", "inertia"],
            [row for size in measured.kmeans for row in _inertia_rows(size)],
        ),
        "## Fits from nothing",
        _ABOUT_FITS.strip(),
        table(
            ["", "", "seconds", "faster", "mean log-likelihood", "as good", "iterations"],
            [row for size in measured.fits for row in _fit_rows(size)],
        ),
        "## The best log-likelihood against time",
        _ABOUT_OPTIMA.strip(),
        f"![mean log-likelihood against seconds]({plot})" if plot else "",
        table(
            ["", "seconds", "scikit-learn", "gaussmix", "relative gain"],
            [_race_row(race) for race in measured.optima],
        ),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _iteration_rows(size: kmeans.Size) -> Iterable[list[str]]:
    for name, entry in size.iterations.items():
        whole, each = entry.whole(), entry.each()
        if entry.failure is not None or whole is None or each is None:
            yield [str(size.shape), name, f"failed: {entry.failure}", ""]
        else:
            yield [str(size.shape), name, f"{whole:.3g}", f"{each:.3g}"]


def _inertia_rows(size: kmeans.Size) -> Iterable[list[str]]:
    for name in size.inertias:
        cells = [_spread(size.seconds[name], ".3g"), _spread(size.inertias[name], ".6g")]
        yield [str(size.shape), name, *cells]


def _fit_rows(size: fits.Size) -> Iterable[list[str]]:
    for name, fit in size.fits.items():
        reference = name == fits.THEIRS
        yield [
            str(size.shape),
            name,
            _spread(fit.seconds, ".3g"),
            "" if reference else f"{size.speedup(name):.3g}x",
            _spread(fit.log_likelihoods, ".6g"),
            "" if reference else f"{size.as_good(name)} of {size.n_seeds()}",
            _spread([float(n) for n in fit.n_iterations], ".0f"),
        ]


def _race_row(race: optima.Race) -> list[str]:
    if race.failure is not None:
        return [str(race.question), f"failed: {race.failure}", "", "", ""]
    best = [f"{race.reached(name):.6f}" for name in (fits.THEIRS, fits.OURS)]
    return [str(race.question), f"{race.budget:.3g}", *best, f"{race.gain():+.1e}"]


def _spread(values: list[float], form: str) -> str:
    middle, least, most = statistics.median(values), min(values), max(values)
    return f"{middle:{form}} ({least:{form}} to {most:{form}})"
