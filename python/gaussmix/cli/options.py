"""What the command line may say."""

import argparse
import csv
from collections.abc import Callable
from typing import Any, NoReturn

import gaussmix
from gaussmix._constraints import C_INT_MAX, SEED_MAX
from gaussmix._types import COVARIANCE_TYPES, FAMILIES
from gaussmix.cli.layout import DELIMITERS
from gaussmix.cli.messages import say

# What `gaussmix.select` takes as `criterion`; --help needs none of what that imports.
CRITERIA = ("bic", "aic", "icl", "stability")

# Those that a fit estimates.
_COVARIANCES = tuple(name for name in COVARIANCE_TYPES if name != "fixed")

_MOST_NUMBERS = 100_000


class _Parser(argparse.ArgumentParser):
    """argparse, but with errors of one line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        say(f"error: {message} (see {self.prog} --help)")
        raise SystemExit(2)


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *args: Any) -> NoReturn:
        print("gaussmix", gaussmix.__version__)
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """Returns the parser of the command line; its result names the command in `command`."""
    top = _Parser(
        prog="gaussmix", description="Find clusters in a table of numbers: fit Gaussian mixtures."
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, add_options, description in (
        ("fit", _add_fit, "Fit a mixture to a table, and describe what was found."),
        ("select", _add_select, "Choose the number of components, and describe the best mixture."),
        ("classify", _add_classify, "Fit a classifier, a mixture for each class, and try it."),
        ("predict", _add_predict, "Assign each row of a table to a component or class of a model."),
        ("info", _add_info, "Describe a model."),
    ):
        add_options(commands.add_parser(name, help=description, description=description))
    return top


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a file that -o MODEL wrote")


def _add_info(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    _add_plot(parser, "the components")


def _add_plot(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "--plot", metavar="FILE", help=f"draw {what}: a .png, .pdf or .svg (needs matplotlib)"
    )


def _add_fit(parser: argparse.ArgumentParser) -> None:
    _add_data(parser)
    parser.add_argument(
        "-k",
        "--components",
        type=_integer(1),
        required=True,
        metavar="K",
        dest="n_components",
        help="number of components",
    )
    parser.add_argument("-o", "--output", metavar="MODEL", help="write the model to this file")
    _add_plot(parser, "rows and components")
    group = parser.add_argument_group("how to fit")
    group.add_argument(
        "--covariance",
        choices=_COVARIANCES,
        default="full",
        help="what the components' covariances may be (default: %(default)s)",
    )
    group.add_argument(
        "--stream",
        action="store_true",
        help="read DATA, .npy or Parquet, in each iteration, and keep a part of it in memory; "
        "that is done by itself where it would take more than half of the memory",
    )
    _add_em(group, n_init=10)


def _add_select(parser: argparse.ArgumentParser) -> None:
    _add_data(parser)
    parser.add_argument(
        "-k",
        "--components",
        type=_numbers,
        default="1-9",
        metavar="K",
        dest="n_components",
        help="numbers of components to try, such as 1-9 or 2,4,8-10 (default: %(default)s)",
    )
    parser.add_argument("-o", "--output", metavar="MODEL", help="write the best model to this file")
    _add_plot(parser, "the criterion")
    group = parser.add_argument_group("how to choose")
    group.add_argument(
        "--families",
        type=_families,
        default="full,tied,diag,spherical",
        metavar="A,B,...",
        help="what the components' covariances may be, or all (default: %(default)s)",
    )
    group.add_argument(
        "--criterion",
        choices=CRITERIA,
        default="bic",
        help="what the best model is best in (default: %(default)s)",
    )
    group.add_argument(
        "--resamples",
        type=_integer(1),
        default=10,
        metavar="N",
        help="pairs of halves of the rows that show the stability (default: %(default)s)",
    )
    _add_em(parser.add_argument_group("how to fit"), n_init="auto")


def _add_classify(parser: argparse.ArgumentParser) -> None:
    _add_data(parser)
    parser.add_argument(
        "--class",
        required=True,
        metavar="COLUMN",
        dest="label",
        help="the column that names the class of each row",
    )
    parser.add_argument(
        "-k",
        "--components",
        type=_number_or_bic,
        default="bic",
        metavar="K",
        dest="n_components",
        help="number of components of each class, or bic to choose it (default: %(default)s)",
    )
    parser.add_argument("-o", "--output", metavar="MODEL", help="write the model to this file")
    parser.add_argument(
        "--folds",
        type=_folds,
        default=10,
        metavar="N",
        help="parts of the rows that are predicted from the others, or 0 (default: %(default)s)",
    )
    group = parser.add_argument_group("how to fit")
    group.add_argument(
        "--covariance",
        choices=("bic", "shared", *_COVARIANCES),
        default="bic",
        help="what the covariances of a class may be; bic chooses, with shared all components of "
        "all classes have one (default: %(default)s)",
    )
    _add_effort(group, n_init=1)


def em(options: argparse.Namespace) -> dict[str, Any]:
    """Returns what `_add_em` reads, as parameters of a mixture."""
    return {"init_params": options.init, "noise": options.noise, **effort(options)}


def effort(options: argparse.Namespace) -> dict[str, Any]:
    """Returns what `_add_effort` reads, as parameters of a mixture or a classifier."""
    return {
        "tol": options.tol,
        "reg_covar": options.reg_covar,
        "max_iter": options.max_iter,
        "n_init": options.n_init,
        "random_state": options.seed,
    }


def _add_em(group: argparse._ArgumentGroup, n_init: int | str) -> None:
    group.add_argument(
        "--noise",
        action="store_true",
        help="add a component for rows that belong to no cluster",
    )
    group.add_argument(
        "--init",
        choices=("kmeans", "k-means++", "random", "random_from_data"),
        default="kmeans",
        help="where the starts come from (default: %(default)s)",
    )
    _add_effort(group, n_init)


def _add_effort(group: argparse._ArgumentGroup, n_init: int | str) -> None:
    group.add_argument(
        "--n-init",
        type=_number_of_starts,
        default=n_init,
        metavar="N",
        help="number of starts, of which the best is kept, or auto: one from the best of several "
        "clusterings (default: %(default)s)",
    )
    group.add_argument(
        "--seed",
        type=_integer(0, SEED_MAX),
        default=0,
        help="the same seed repeats the same starts (default: %(default)s)",
    )
    group.add_argument(
        "--max-iter",
        type=_integer(1),
        default=100,
        metavar="N",
        help="most iterations of a start (default: %(default)s)",
    )
    group.add_argument(
        "--tol",
        type=_non_negative,
        default=1e-3,
        help="stop when the mean log-likelihood changes by less (default: %(default)s)",
    )
    group.add_argument(
        "--reg-covar",
        type=_non_negative,
        default=1e-6,
        metavar="R",
        help="added to every variance, in the data's unit squared (default: %(default)s)",
    )


def _add_predict(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    _add_data(parser)
    parser.add_argument(
        "--proba",
        action="store_true",
        help="write the probability of every component or class instead of the most probable one",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        default="-",
        help="write to this file, .csv or .npy (default: -, standard output, as CSV)",
    )


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "data", metavar="DATA", help="a CSV, .npy or Parquet file; - is standard input"
    )
    group = parser.add_argument_group("how to read DATA")
    group.add_argument(
        "--columns",
        type=_names,
        metavar="A,B,...",
        help="the columns to use; without a header they are called x1, x2, ...",
    )
    group.add_argument(
        "--drop-missing", action="store_true", help="leave out rows that have a missing value"
    )
    group.add_argument(
        "--delimiter", choices=tuple(DELIMITERS), help="what separates fields (default: detect)"
    )
    group.add_argument(
        "--decimal",
        choices=("point", "comma"),
        default="point",
        help="the decimal mark of numbers (default: %(default)s)",
    )
    group.add_argument(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="whether the first line names the columns (default: detect)",
    )


def _number_of_starts(text: str) -> int | str:
    return text if text == "auto" else _integer(1)(text)


def _integer(low: int, high: int = C_INT_MAX) -> Callable[[str], int]:
    def integer(text: str) -> int:
        digits = text.isascii() and text.isdigit() and len(text) <= len(str(high))
        if not (digits and low <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"{text!r} is not an integer from {low} to {high}")
        return int(text)

    return integer


def _number_or_bic(text: str) -> int | str:
    return text if text == "bic" else _integer(1)(text)


def _folds(text: str) -> int:
    return 0 if text == "0" else _integer(2)(text)


def _numbers(text: str) -> list[int]:
    """Reads numbers and ranges with both ends: 2,4,8-10."""
    numbers: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        low = _integer(1)(first.strip())
        high = _integer(1)(last.strip()) if dash else low
        if high < low:
            raise argparse.ArgumentTypeError(f"{part!r} is not a range: it begins above its end")
        if high - low >= _MOST_NUMBERS:
            raise argparse.ArgumentTypeError(f"{part!r} has more than {_MOST_NUMBERS} numbers")
        numbers += range(low, high + 1)
    return numbers


def _families(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if names == ["all"]:
        return list(FAMILIES)
    for name in names:
        if name not in _COVARIANCES:
            known = ", ".join(_COVARIANCES)
            raise argparse.ArgumentTypeError(f"{name!r} is none of {known}, and not all")
    return names


def _non_negative(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 0")
    return value


def _names(text: str) -> list[str]:
    try:
        names = next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error
    if not names:
        raise argparse.ArgumentTypeError(f"{text!r} names no column")
    return names
