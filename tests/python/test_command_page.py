"""docs/command-line.md shows what the command prints."""

import doctest
import re
import shlex
import shutil
from pathlib import Path

import pytest
from command import PENGUINS, Run
from data import ROOT
from gaussmix.cli.options import parser

PAGE = (ROOT / "docs" / "command-line.md").read_text()


def shown() -> list[tuple[str, str]]:
    """Each command of the page's console blocks, and what it prints there."""
    blocks = "".join(re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    return re.findall(r"^\$ gaussmix (.*)\n((?:(?!\$ ).*\n)*)", blocks, re.MULTILINE)


def test_what_the_page_shows_is_printed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(PENGUINS, tmp_path)
    monkeypatch.chdir(tmp_path)
    checker = doctest.OutputChecker()
    examples = shown()
    assert len(examples) > 8
    for arguments, expected in examples:
        ran = run(*shlex.split(arguments))
        assert ran.code == 0, ran.err
        assert checker.check_output(expected, ran.out, doctest.ELLIPSIS), (arguments, ran.out)


def test_page_names_every_command_and_option() -> None:
    (commands,) = (a.choices for a in parser()._actions if a.dest == "command")
    for name, command in commands.items():
        assert f"gaussmix {name} " in PAGE
        for action in command._actions:
            options = [option for option in action.option_strings if option.startswith("--")]
            long = [option for option in options if option not in ("--help", "--output")]
            assert all(f"`{option}" in PAGE or f" {option}" in PAGE for option in long[:1]), long
