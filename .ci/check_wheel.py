"""Checks the wheel that users get: what it holds, and that it works where nothing else is.

Usage: check_wheel.py FOLDER, which has one wheel, for the Python that runs this; twine and
check-wheel-contents have to be there.
"""

import platform
import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

MEBIBYTE = 1 << 20
ISAS = ("v2", "v3", "v4") if platform.machine() == "x86_64" else ("generic",)


def check_content(wheel: Path) -> None:
    size = wheel.stat().st_size
    assert size < 5 * MEBIBYTE, f"{wheel.name} has {size} bytes"
    with zipfile.ZipFile(wheel) as files, tempfile.TemporaryDirectory() as folder:
        names = files.namelist()
        for module in ("_cpu", *(f"_core_{isa}" for isa in ISAS)):
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
    print(f"{wheel.name}: {size / MEBIBYTE:.2f} MiB, {len(names)} files")


def check_use(wheel: Path, folder: str) -> None:
    """Beside NumPy alone, and without a PATH: no compiler is there to be found."""
    venv.create(folder, with_pip=True)
    python = Path(folder, "bin", "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True)
    script = Path(__file__).with_name("try_package.py").resolve()
    subprocess.run([python, "-P", script], env={"PATH": ""}, cwd=folder, check=True)


def main() -> None:
    (wheel,) = Path(sys.argv[1]).resolve().glob("*.whl")
    check_content(wheel)
    subprocess.run(["twine", "check", "--strict", wheel], check=True)
    subprocess.run(["check-wheel-contents", wheel], check=True)
    with tempfile.TemporaryDirectory() as folder:
        check_use(wheel, folder)


if __name__ == "__main__":
    main()
