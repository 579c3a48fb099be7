"""The command `gaussmix`, run in this process."""

import re
from typing import NamedTuple

import pytest
from data import PENGUINS_CSV
from gaussmix import cli

PENGUINS = str(PENGUINS_CSV)


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class Run:
    """Runs the command, and returns how it ended and what it printed."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(self, *arguments: object) -> Ran:
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        return Ran(code, *self._capture.readouterr())

    def succeeds(self, *arguments: object) -> str:
        ran = self(*arguments)
        assert (ran.code, ran.err) == (0, "")
        return ran.out

    def fails(self, *arguments: object) -> str:
        """Returns the error, which has to be one line."""
        ran = self(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert re.fullmatch(r"gaussmix: error: .+\n", ran.err), ran.err
        return ran.err
