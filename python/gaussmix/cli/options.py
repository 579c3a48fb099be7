"""What the command line may say."""

import argparse
from typing import Any, NoReturn

import gaussmix
from gaussmix._constraints import SEED_MAX
from gaussmix.cli import values
from gaussmix.cli.examples import EXAMPLES
from gaussmix.cli.layout import DELIMITERS
from gaussmix.cli.messages import say

# What `gaussmix.select` takes as `criterion`; --help needs none of what that imports.
CRITERIA = ("bic", "aic", "icl", "stability")


class _Parser(argparse.ArgumentParser):
    """argparse, but with errors of one line."""

    def __init__(self, **options: Any) -> None:
        form = argparse.RawDescriptionHelpFormatter
        super().__init__(**options, allow_abbrev=False, formatter_class=form)

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
        prog="gaussmix",
        description="Find clusters in a table of numbers: fit Gaussian mixtures.",
        epilog=EXAMPLES[""],
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, add_options, description in (
        ("fit", _add_fit, "Fit a mixture to a table, and describe what was found."),
        ("select", _add_select, "Choose the number of components, and describe the best mixture."),
        ("classify", _add_classify, "Fit a classifier, a mixture for each class, and try it."),
        ("predict", _add_predict, "Assign each row of a table to a component or class of a model."),
        ("score", _add_score, "Tell how well a model describes a table, or classifies it."),
        ("sample", _add_sample, "Draw random rows from a model."),
        ("info", _add_info, "Describe a model."),
        ("convert", _add_convert, "Write a model as ONNX, .npz or JSON, for other programs."),
        ("plot", _add_picture, "Draw a model, and the rows of a table."),
        ("completion", _add_completion, "Print what makes a shell complete this command."),
    ):
        own = commands.add_parser(
            name, help=description, description=description, epilog=EXAMPLES[name]
        )
        add_options(own)
    return top


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a file that -o MODEL wrote")


def _add_info(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    _add_plot(parser, "the components")
    _add_json(parser)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="print what is found as JSON, with all digits"
    )


def _add_score(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    _add_data(parser)
    parser.add_argument(
        "--rows", action="store_true", help="write the log-density of each row instead"
    )
    parser.add_argument(
        "--class",
        metavar="COLUMN",
        dest="label",
        help="of a classifier: count the rows whose class in this column it gets wrong",
    )
    _add_results(parser, "with --rows, write to this file")
    _add_json(parser)


def _add_sample(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    parser.add_argument(
        "-n",
        "--rows",
        type=values.integer(1),
        required=True,
        metavar="N",
        dest="n_rows",
        help="number of rows",
    )
    _add_seed(parser, "the same seed draws the same rows")
    _add_results(parser, "write to this file")


def _add_convert(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    parser.add_argument(
        "output", metavar="OUT", help="a .onnx (needs onnx), .npz or .json file to write"
    )
    parser.add_argument(
        "--float32",
        action="store_true",
        dest="single",
        help="have the graph of .onnx compute in float32",
    )


def _add_picture(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    _add_data(parser, nargs="?")
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FILE",
        help="the .png, .pdf or .svg to draw (needs matplotlib)",
    )
    parser.add_argument(
        "--kind",
        choices=values.KINDS_OF_PICTURE,
        default="clusters",
        help="what to draw (default: %(default)s)",
    )
    parser.add_argument(
        "--features",
        type=values.names,
        metavar="A,B,...",
        help="the model's columns to draw (default: the first six)",
    )


def _add_completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="which shell it is for")


def _add_results(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        default="-",
        help=f"{what}, .csv or .npy (default: -, standard output, as CSV)",
    )


def _add_plot(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "--plot", metavar="FILE", help=f"draw {what}: a .png, .pdf or .svg (needs matplotlib)"
    )


def _add_fit(parser: argparse.ArgumentParser) -> None:
    _add_data(parser)
    parser.add_argument(
        "-k",
        "--components",
        type=values.integer(1),
        required=True,
        metavar="K",
        dest="n_components",
        help="number of components",
    )
    parser.add_argument("-o", "--output", metavar="MODEL", help="write the model to this file")
    _add_plot(parser, "rows and components")
    _add_json(parser)
    group = parser.add_argument_group("how to fit")
    group.add_argument(
        "--covariance",
        choices=values.COVARIANCES,
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
        type=values.numbers,
        default="1-9",
        metavar="K",
        dest="n_components",
        help="numbers of components to try, such as 1-9 or 2,4,8-10 (default: %(default)s)",
    )
    parser.add_argument("-o", "--output", metavar="MODEL", help="write the best model to this file")
    _add_plot(parser, "the criterion")
    _add_json(parser)
    group = parser.add_argument_group("how to choose")
    group.add_argument(
        "--families",
        type=values.families,
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
        type=values.integer(1),
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
        type=values.number_or_bic,
        default="bic",
        metavar="K",
        dest="n_components",
        help="number of components of each class, or bic to choose it (default: %(default)s)",
    )
    parser.add_argument("-o", "--output", metavar="MODEL", help="write the model to this file")
    parser.add_argument(
        "--folds",
        type=values.folds,
        default=10,
        metavar="N",
        help="parts of the rows that are predicted from the others, or 0 (default: %(default)s)",
    )
    _add_json(parser)
    group = parser.add_argument_group("how to fit")
    group.add_argument(
        "--covariance",
        choices=("bic", "shared", *values.COVARIANCES),
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
        type=values.number_of_starts,
        default=n_init,
        metavar="N",
        help="number of starts, of which the best is kept, or auto: one from the best of several "
        "clusterings (default: %(default)s)",
    )
    _add_seed(group, "the same seed repeats the same starts")
    group.add_argument(
        "--max-iter",
        type=values.integer(1),
        default=100,
        metavar="N",
        help="most iterations of a start (default: %(default)s)",
    )
    group.add_argument(
        "--tol",
        type=values.non_negative,
        default=1e-3,
        help="stop when the mean log-likelihood changes by less (default: %(default)s)",
    )
    group.add_argument(
        "--reg-covar",
        type=values.non_negative,
        default=1e-6,
        metavar="R",
        help="added to every variance, in the data's unit squared (default: %(default)s)",
    )


def _add_seed(parser: argparse._ActionsContainer, what: str) -> None:
    parser.add_argument(
        "--seed",
        type=values.integer(0, SEED_MAX),
        default=0,
        help=f"{what} (default: %(default)s)",
    )


def _add_predict(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    _add_data(parser)
    parser.add_argument(
        "--proba",
        action="store_true",
        help="write the probability of every component or class instead of the most probable one",
    )
    _add_results(parser, "write to this file")


def _add_data(parser: argparse.ArgumentParser, nargs: str | None = None) -> None:
    parser.add_argument(
        "data",
        metavar="DATA",
        nargs=nargs,
        help="a CSV, .npy, Parquet or Excel file; - is standard input",
    )
    group = parser.add_argument_group("how to read DATA")
    group.add_argument(
        "--columns",
        type=values.names,
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
