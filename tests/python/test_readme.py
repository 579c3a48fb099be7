"""What README.md shows is what comes out."""

import doctest
import re
import subprocess
import sysconfig
from pathlib import Path

from data import ROOT

README = ROOT / "README.md"


def test_python_example() -> None:
    failures, examples = doctest.testfile(str(README), module_relative=False)
    assert failures == 0
    assert examples > 5


def test_command() -> None:
    ((arguments, expected),) = re.findall(
        r"```console\n\$ gaussmix (.*?)\n(.*?)```", README.read_text(), re.DOTALL
    )
    command = Path(sysconfig.get_path("scripts")) / "gaussmix"
    done = subprocess.run(
        [command, *arguments.split()], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    assert done.stdout == expected
