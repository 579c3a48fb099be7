"""completion: what a shell needs to complete the command's words, by shtab."""

from __future__ import annotations

import argparse
from typing import Any

from gaussmix.cli.options import parser

_FILES = {"DATA", "MODEL", "OUT", "FILE"}


def completion(options: argparse.Namespace) -> None:
    """Prints the script that makes a shell complete `gaussmix`."""
    try:
        import shtab
    except ImportError:
        raise ImportError(
            "completion is made by shtab, which is not installed: "
            "pip install 'gaussmix[completion]'"
        ) from None
    print(shtab.complete(_with_files(parser(), shtab.FILE), options.shell))


def _with_files(command: argparse.ArgumentParser, files: Any) -> argparse.ArgumentParser:
    """Returns the parser, whose files a shell looks for in its folders."""
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for own in action.choices.values():
                _with_files(own, files)
        elif action.metavar in _FILES:
            action.complete = files  # type: ignore[attr-defined]
    return command
