"""The command `gaussmix`. docs/command-line.md describes it.

`main` alone is public; the modules beside it are parts of the command.
"""

import argparse
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence

from gaussmix.cli.messages import one_line_messages, say
from gaussmix.cli.options import parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code: 0, 2 after an error, 130 after Ctrl-C.

    That nobody reads the output to its end, as before `| head`, is no error.

    `arguments` are those after the command's name; None takes them from sys.argv.
    """
    if sys.stdout is None:
        say("error: standard output is closed")
        return 2
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            options = parser().parse_args(arguments)
            with one_line_messages():
                _command(options.command)(options)
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    except BrokenPipeError:
        _abandon_output()
        return 0
    except Exception as error:
        _abandon_output()
        say(f"error: {_explain(error)}")
        return 2
    return 0


def _command(name: str) -> Callable[[argparse.Namespace], None]:
    # --version and --help need none of what these import.
    home = "commands" if name in ("fit", "select", "info") else name
    module = importlib.import_module(f"gaussmix.cli.{home}")
    command: Callable[[argparse.Namespace], None] = getattr(module, name)
    return command


def _explain(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, ValueError | ImportError):  # the core may not run on this machine
        return str(error)
    return f"{type(error).__name__}: {error}"


def _abandon_output() -> None:
    """Sends what stdout could not write to nowhere: Python tries it again when it exits."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
