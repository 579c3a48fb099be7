"""The other instruction sets of this CPU: what pytest itself runs on is the best of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from gaussmix._cpu import instruction_sets

# Whatever depends on the core's arithmetic: scikit-learn's numbers, bits for threads and single
# rows, hard data.
FILES = ("test_parity.py", "test_determinism.py", "test_scorer.py", "test_failures.py")


@pytest.mark.parametrize("isa", instruction_sets()[1:])
@pytest.mark.parametrize("name", FILES)
def test_passes_the_tests_of(name: str, isa: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            Path(__file__).with_name(name),
        ],
        env={**os.environ, "GAUSSMIX_ISA": isa},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
