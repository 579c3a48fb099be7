"""Checks the wheel that users get: what it holds, and that it works where nothing else is.

Usage: check_wheel.py WHEEL PYTHON ISA..., where PYTHON is that of an environment with the wheel and
NumPy alone, and the rest are the instruction sets that the wheel should be built for.
"""

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

MEGABYTE = 1 << 20

FIT = """
import numpy as np, gaussmix
X = np.concatenate([np.random.default_rng(0).normal(m, 1, (500, 3)) for m in (0, 9)])
model = gaussmix.GaussianMixture(2, random_state=0, n_jobs=2).fit(X)
assert sorted(np.round(model.means_[:, 0])) == [0, 9], model.means_
gaussmix.show_config()
"""


def check_content(wheel: Path, isas: list[str]) -> None:
    size = wheel.stat().st_size
    assert size < 5 * MEGABYTE, f"{wheel.name} has {size} bytes"
    with zipfile.ZipFile(wheel) as files, tempfile.TemporaryDirectory() as folder:
        names = files.namelist()
        for module in ("_cpu", *(f"_core_{isa}" for isa in isas)):
            (name,) = (n for n in names if re.match(rf"gaussmix/{module}\..*\.so$", n))
            exported = subprocess.run(
                ["nm", "--dynamic", "--defined-only", files.extract(name, folder)],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            ).stdout.split()[2::3]
            assert exported == [f"PyInit_{module}"], (module, exported)
    assert any(re.match(r"gaussmix\.libs/libgomp.*\.so", n) for n in names), names
    strays = [n for n in names if not re.match(r"gaussmix(\.libs|-[^/]*\.dist-info)?/", n)]
    assert not strays, strays
    print(f"{wheel.name}: {size / MEGABYTE:.2f} MB, {len(names)} files")


def check_use(python: str) -> None:
    listed = "from gaussmix._cpu import instruction_sets; print(*instruction_sets())"
    sets = subprocess.run([python, "-c", listed], stdout=subprocess.PIPE, text=True, check=True)
    for isa in sets.stdout.split():
        subprocess.run([python, "-c", FIT], env={"GAUSSMIX_ISA": isa}, check=True)


if __name__ == "__main__":
    check_content(Path(sys.argv[1]), sys.argv[3:])
    check_use(sys.argv[2])
