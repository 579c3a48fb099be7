"""Makes the source distribution and checks it: what it holds, and that it builds from itself.

Usage: check_sdist.py FOLDER [--build], in a checkout. FOLDER is made anew, and gets the archive and
what it unpacks to; --build makes a wheel of that and tries it.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
MEBIBYTE = 1 << 20


def tracked_files() -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    return set(listed.split("\0")) - {""}


def make(folder: Path) -> Path:
    build = (sys.executable, "-m", "build", "--sdist", "--outdir", folder, ROOT)
    subprocess.run(build, stdout=subprocess.DEVNULL, check=True)
    (sdist,) = folder.glob("*.tar.gz")
    return sdist


def check_content(sdist: Path) -> None:
    """All files of the checkout, tests, docs and benchmarks too, and nothing that was built."""
    size = sdist.stat().st_size
    assert size < 4 * MEBIBYTE, f"{sdist.name} has {size} bytes"
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive if member.isfile()}
    tracked = tracked_files()
    assert names - tracked == {"PKG-INFO"}, sorted(names - tracked)
    assert tracked <= names, sorted(tracked - names)
    print(f"{sdist.name}: {size / MEBIBYTE:.2f} MiB, {len(names)} files")


def unpack(sdist: Path) -> Path:
    shutil.unpack_archive(sdist, sdist.parent)
    return sdist.parent / sdist.name.removesuffix(".tar.gz")


def build_wheel(unpacked: Path) -> Path:
    """In an isolated environment, with nothing of the checkout."""
    build = (sys.executable, "-m", "build", "--wheel", "--outdir", unpacked.parent, unpacked)
    subprocess.run(build, stdout=subprocess.DEVNULL, check=True)
    (wheel,) = unpacked.parent.glob("*.whl")
    return wheel


def check_wheel(wheel: Path, folder: Path) -> None:
    """It has each Python file of the package, and works."""
    sources = {path for path in tracked_files() if path.startswith("python/gaussmix/")}
    expected = {path.removeprefix("python/") for path in sources}
    with zipfile.ZipFile(wheel) as files:
        assert expected <= set(files.namelist()), sorted(expected - set(files.namelist()))
        files.extractall(folder / "installed")
    subprocess.run(
        [sys.executable, "-P", ROOT / ".ci" / "try_package.py"],
        env={**os.environ, "PYTHONPATH": str(folder / "installed")},
        check=True,
    )
    print(f"{wheel.name}: built from the source distribution")


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sdist = make(folder)
    check_content(sdist)
    unpacked = unpack(sdist)
    if "--build" in sys.argv[2:]:
        check_wheel(build_wheel(unpacked), folder)


if __name__ == "__main__":
    main()
