"""The results in Markdown."""

from dataclasses import dataclass

import memory

from em.limits import LIMITS, PRODUCT_ONE_THREAD
from em.rounds import AGREEMENT, REFERENCE, Case, Entry
from em.tables import table, target_table
from em.targets import OURS, product_rate, ratio, targets, useful_fraction

_ABOUT = f"""\
Everybody fits the same data from the same start for the same number of iterations, in a process of
its own with the threads named above (where not said otherwise), in turns: each round times
everybody once, beginning with another one each time. Shapes are (rows, features, components).
Data: a mixture with means 3 N(0, I) ("separated") or 0.3 N(0, I) ("overlapping") and covariances
A A^T, A entries N(0, 1/d). Start: equal weights, random rows as means, the data's variances as
covariances. tol is 0. gaussmix and scikit-learn add 1e-6 to every variance, their default; the
others add nothing to sound covariances. The data are float64 where not said otherwise. gaussmix
has degenerate="raise", with which it treats components that run empty as scikit-learn does: its
repairs, the default, would lead elsewhere.

Times are milliseconds an iteration: that of a whole fit, by the iterations it took. Some libraries
end a fit with one more E-step (scikit-learn, VLFeat, OpenCV), which is a twentieth of ten
iterations' work and half of one's.

Before times come results. They are compared with those of {REFERENCE}, whose log-densities are
centred, in float64, and leave out nothing: the mean log-likelihood of the data under the model, and
weights, means and covariances normwise, both relative. A mean log-likelihood that is off by more
than {AGREEMENT:g} counts as a failure, as does an error or a crash. Who adds nothing to variances
is compared with a reference that adds nothing, where that one finds a result: in a case where
covariances collapse it does not. VLFeat leaves out small responsibilities, and ends early where the
log-likelihood changes by less than a relative 1e-5; who ends early is compared with as many
iterations of the reference.
"""

_ABOUT_WORK = """\
Useful work is 2 n k d^2 operations an iteration: half for the triangular products of the E-step,
half for the products of the M-step. Its rate is held against the faster of two matrix products of
512 x 512 float64 by the same threads in the same rounds, NumPy's and Eigen's. "exp alone" is
Eigen's vectorised exponential of as many values as there are rows times components, in cache.

This is no share of a machine's peak, and may exceed 1: gaussmix does not do all of this work. It
brings rows together by component, and passes over a component for a tile of 64 rows where a bound
shows that none of the rows belongs to it by 1e-17 of its weight; and where part of a distance says
so, it leaves off the rest. How much that saves depends on the data: where clusters overlap there is
less to pass over. In a first iteration from this start covariances are diagonal, and the zeros of
their factors are passed over.
"""


@dataclass
class Results:
    machine: dict[str, str]
    versions: dict[str, str]  # what ran, or why it did not
    n_rounds: int
    cases: list[Case]
    memory: list[memory.Peak]


def markdown(results: Results, plot: str | None) -> str:
    sections = [
        "# Results of the benchmarks",
        "Written by `python benchmarks/compare_em.py`; all numbers are of one run.",
        table(["", ""], [[name, text] for name, text in results.machine.items()]),
        table(["", "version"], [[name, text] for name, text in results.versions.items()]),
        f"![how much longer others take, and useful work]({plot})" if plot else "",
        "## Targets",
        "Where a line names the smallest or largest value, every shape counts by itself. One thread"
        " to two has in brackets what Eigen's matrix product gained in the same rounds.",
        target_table(targets(results.cases)),
        "## How it was measured",
        _ABOUT.strip(),
        f"Rounds: {results.n_rounds}. A cell has the median, and in brackets the fastest and the"
        " slowest.",
        "## Useful work",
        _ABOUT_WORK.strip(),
        _work_table(results.cases),
        *_time_sections(results.cases),
        "## Differences from the reference",
        "Relative: mean log-likelihood / parameters.",
        _difference_table(results.cases),
        "## Failures",
        _failures(results.cases),
        "## Memory",
        "Peak memory of a fit with full covariances, from a start by k-means, beyond its data"
        " (`python benchmarks/memory.py`). Promised are 64 MiB, 32 bytes a row and"
        " (2 threads + log2 of the number of blocks) k d^2 doubles.",
        memory.table(results.memory) if results.memory else "Not measured.",
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _work_table(cases: list[Case]) -> str:
    full = [case for case in cases if case.covariance_type == "full"]
    rows = []
    for case in full:
        fraction, rate = useful_fraction(case), product_rate(case)
        rate_text = f"{rate[1]:.0f} ({rate[0]})" if rate else "failed"
        fraction_text = "failed" if fraction is None else f"{fraction:.3g}"
        rows.append([str(case), rate_text, fraction_text])
    return table(["full", "matrix product, GFLOP/s", "useful work against it"], rows)


def _time_sections(cases: list[Case]) -> list[str]:
    sections = []
    kinds = dict.fromkeys((c.data, c.covariance_type, c.iterations) for c in cases)
    for data, covariance_type, iterations in kinds:
        chosen = [
            case
            for case in cases
            if (case.data, case.covariance_type, case.iterations)
            == (data, covariance_type, iterations)
        ]
        counted = "1 iteration" if iterations == 1 else f"{iterations} iterations"
        sections.append(f"## {covariance_type}, {data} clusters, {counted}: ms an iteration")
        sections.append(_time_table(chosen))
    return sections


def _time_table(cases: list[Case]) -> str:
    names = [name for name in cases[0].entries if "matrix product" not in name]
    rows = []
    for name in names:
        cells = [name]
        for case in cases:
            entry = case.entries.get(name)
            times = ratio(case, name, OURS)
            text = _time_cell(entry)
            cells.append(f"{text}, {times:.2g}x" if times and name != OURS else text)
        rows.append(cells)
    return table(["", *(str(case.shape) for case in cases)], rows)


def _time_cell(entry: Entry | None) -> str:
    if entry is None:
        return ""
    if entry.failure is not None:
        return "failed"
    times = sorted(entry.iteration_times())
    if not times:
        return "failed"
    middle = (times[(len(times) - 1) // 2] + times[len(times) // 2]) / 2
    return f"{middle:.3g} ({times[0]:.3g} to {times[-1]:.3g})"


def _difference_table(cases: list[Case]) -> str:
    not_compared = {*LIMITS, PRODUCT_ONE_THREAD, REFERENCE}
    names = [name for name in dict.fromkeys(n for c in cases for n in c.entries)
             if name not in not_compared]  # fmt: skip
    rows = []
    for case in cases:
        cells = [str(case)]
        for name in names:
            entry = case.entries.get(name)
            known = entry is not None and entry.log_likelihood_difference is not None
            pair = (entry.log_likelihood_difference, entry.parameter_difference) if known else ()
            early = f" ({entry.iterations} iterations)" if _ended_early(entry, case) else ""
            cells.append(" / ".join(f"{value:.0e}" for value in pair) + early)
        rows.append(cells)
    return table(["", *names], rows)


def _ended_early(entry: Entry | None, case: Case) -> bool:
    return entry is not None and 0 < entry.iterations < case.iterations


def _failures(cases: list[Case]) -> str:
    lines = [
        f"- {name}, {case}: {entry.failure}"
        for case in cases
        for name, entry in case.entries.items()
        if entry.failure is not None
    ]
    return "\n".join(lines) or "None."
